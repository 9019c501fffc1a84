// A filter of a page: it stands in the address, so that what is filtered can be shared. `/` goes to it.

import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useAddress } from '../app/address';

const settleMs = 300;

export function Filter({ name, label }: { name: string; label: string }) {
  const { search, set } = useAddress();
  const held = search[name] ?? '';
  const [text, setText] = useState(held);
  useEffect(() => setText(held), [held]);
  useEffect(() => {
    if (text === held) return;
    const timer = setTimeout(() => set({ [name]: text === '' ? undefined : text }), settleMs);
    return () => clearTimeout(timer);
  });
  return (
    <TextInput
      data-filter
      size="xs"
      w={240}
      label={label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}
