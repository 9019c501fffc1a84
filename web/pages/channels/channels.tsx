// Channels: who told what and when, which are silent or troubled, and reading one now.

import { Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

type Channel = Schemas['ChannelView'];

const healthWords: Record<Channel['health'], string> = {
  healthy: 'Healthy',
  neverRead: 'Never read',
  failing: 'Failing',
  silent: 'Silent',
};

export default function ChannelsPage() {
  const [question, setQuestion] = useState<Question | null>(null);
  const read = useRead(
    ['channels'],
    () => ask(api.GET('/v1/channels')),
    (change) => change.what.includes('channel'),
  );
  const sync = (channel: Channel): Question => ({
    title: `Read ${channel.name} now?`,
    body: (
      <Text>
        Its list is asked for, and what changed since the last visit is read. Patches that are new or changed start a
        cycle.
      </Text>
    ),
    yes: 'Read now',
    no: 'Not now',
    run: async () => {
      await ask(api.POST('/v1/channels/{name}/visits', { params: { path: { name: channel.name } } }));
      await queries.invalidateQueries({ queryKey: ['channels'] });
    },
  });
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Channels
      </Title>
      <Block title="Channels" read={read} isEmpty={(rows) => rows.length === 0} empty="Policy names no channel.">
        {(rows) => (
          <RowTable
            label="Channels"
            rows={rows}
            keyOf={(row) => row.name}
            file="channels"
            columns={[
              { head: 'Channel', cell: (row) => row.name, text: (row) => row.name },
              { head: 'Kind', cell: (row) => row.kind, text: (row) => row.kind },
              {
                head: 'Health',
                cell: (row) => (
                  <>
                    <Mark is={row.health === 'healthy' ? 'healthy' : 'troubled'} word={healthWords[row.health]} />{' '}
                    {row.reason ?? ''}
                  </>
                ),
                text: (row) => `${row.health} ${row.reason ?? ''}`,
              },
              { head: 'Last visit', cell: (row) => <When at={row.triedAt} />, text: (row) => row.triedAt },
              { head: 'Last change', cell: (row) => <When at={row.changedAt} />, text: (row) => row.changedAt },
              {
                head: 'Read',
                cell: (row) => (
                  <Act needs="schedule" variant="default" onClick={() => setQuestion(sync(row))}>
                    Read {row.name} now…
                  </Act>
                ),
              },
            ]}
          />
        )}
      </Block>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Stack>
  );
}
