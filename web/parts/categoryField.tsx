// One of the policy's categories, or what an empty choice means.

import { NativeSelect } from '@mantine/core';
import { api, ask } from '../api/client';
import { useRead } from '../api/queries';

export function CategoryField({
  label,
  empty,
  value,
  onChange,
  needed = false,
}: {
  label: string;
  /** Words of the empty choice. */
  empty: string;
  value: string;
  onChange: (category: string) => void;
  needed?: boolean;
}) {
  const categories = useRead(['categories'], () => ask(api.GET('/v1/policy/categories')));
  return (
    <NativeSelect
      label={label}
      required={needed}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: empty }, ...(categories.data ?? []).map(({ name }) => name)]}
    />
  );
}
