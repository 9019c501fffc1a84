// One of a few words that filters a page and stands in its address.

import { NativeSelect } from '@mantine/core';
import { useAddress } from '../app/address';

export function Choice({
  name,
  label,
  options,
}: {
  name: string;
  label: string;
  options: { value: string; label: string }[];
}) {
  const { search, set } = useAddress();
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={search[name] ?? ''}
      onChange={(event) => set({ [name]: event.currentTarget.value || undefined })}
      data={[{ value: '', label: 'all' }, ...options]}
    />
  );
}
