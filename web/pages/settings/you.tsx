// Who is signed in, for how long, and what their roles let them do.

import { Group, Stack, Text } from '@mantine/core';
import { useMe } from '../../api/session';
import { Mark } from '../../parts/mark';
import { permissionWords } from '../../parts/permission';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

export function You() {
  const me = useMe();
  return (
    <Stack gap="md">
      <div>
        <Text>
          {me.name}, {me.mail || 'no mail address'}: {me.roles.join(', ') || 'no role'}
        </Text>
        {me.session === null ? null : (
          <Text size="sm" c="dimmed">
            Signed in since <When at={me.session.startedAt} />. Ends <When at={me.session.endsAt} />, or when nothing
            was done for a while.
          </Text>
        )}
      </div>
      <RowTable
        label="What your roles let you do"
        rows={permissionWords.filter(([name]) => name !== 'signedIn')}
        keyOf={([name]) => name}
        columns={[
          {
            head: 'You',
            cell: ([name]) => (
              <Mark
                is={me.permissions.includes(name) ? 'gateOpen' : 'skipped'}
                word={me.permissions.includes(name) ? 'may' : 'may not'}
              />
            ),
          },
          { head: 'What', cell: ([, { means }]) => means },
          { head: 'Who may', cell: ([, { roles }]) => <Group gap={4}>{roles.join(', ')}</Group> },
        ]}
      />
      <Text size="sm" c="dimmed">
        Whether a decision counts is judged each time by the rules of approval and by separation of duties.
      </Text>
    </Stack>
  );
}
