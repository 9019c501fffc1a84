// Settings: who I am here, where I am signed in, who decides in my place, what I want to be told; people and tokens for administrators.

import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../../api/session';
import { AddressTabs } from '../../parts/addressTabs';
import { lackWords } from '../../parts/permission';
import { Delegations } from './delegations';
import { NoticeSettings } from './notices';
import { People } from './people';
import { Sessions } from './sessions';
import { Tokens } from './tokens';
import { You } from './you';

export default function SettingsPage() {
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Settings
      </Title>
      <AddressTabs
        tabs={[
          { name: 'you', label: 'You', panel: <You /> },
          { name: 'sessions', label: 'Sessions', panel: <Sessions /> },
          { name: 'delegations', label: 'Delegations', panel: <Delegations /> },
          { name: 'notices', label: 'Notices', panel: <NoticeSettings /> },
          { name: 'people', label: 'People', panel: <ForAdministrators>{<People />}</ForAdministrators> },
          { name: 'tokens', label: 'Tokens', panel: <ForAdministrators>{<Tokens />}</ForAdministrators> },
        ]}
      />
    </Stack>
  );
}

function ForAdministrators({ children }: { children: ReactNode }) {
  const me = useMe();
  return me.permissions.includes('administer') ? children : <Text>{lackWords('administer', me)}</Text>;
}
