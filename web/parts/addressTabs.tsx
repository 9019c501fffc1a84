// Tabs of a page: which one is open stands in the address, and what nobody looks at is not read. The first is open where the address names none.

import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAddress } from '../app/address';

export interface AddressTab {
  /** Its word in the address. */
  name: string;
  label: string;
  panel: ReactNode;
}

export function AddressTabs({ tabs }: { tabs: [AddressTab, ...AddressTab[]] }) {
  const { search, set } = useAddress();
  const [first] = tabs;
  return (
    <Tabs
      value={search['tab'] ?? first.name}
      onChange={(tab) => set({ tab: tab === null || tab === first.name ? undefined : tab })}
    >
      <Tabs.List>
        {tabs.map(({ name, label }) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ name, panel }) => (
        <Tabs.Panel key={name} value={name} pt="sm">
          {panel}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
