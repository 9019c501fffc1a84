// Where somebody is signed in, and an end to it. Administrators see the sessions of everybody.

import { Button, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

type Session = Schemas['SessionView'];

export function Sessions() {
  const me = useMe();
  const { search, set } = useAddress();
  const mayAll = me.permissions.includes('administer');
  const everybody = mayAll && search['everybody'] === 'true';
  const [question, setQuestion] = useState<Question | null>(null);
  const read = useRead(
    ['sessions', everybody],
    () => ask(api.GET('/v1/sessions', { params: { query: { everybody: everybody ? 'true' : 'false' } } })),
    (change) => change.what.includes('signed') || change.what.includes('session'),
  );
  return (
    <Stack gap="sm">
      {mayAll ? (
        <Switch
          label="Of everybody"
          checked={everybody}
          onChange={(event) => set({ everybody: event.currentTarget.checked ? 'true' : undefined })}
        />
      ) : null}
      <Block
        title={everybody ? 'Open sessions' : 'Your open sessions'}
        read={read}
        isEmpty={(rows) => rows.length === 0}
        empty="None: who asks by a token has no session."
      >
        {(rows) => (
          <RowTable
            label="Sessions"
            rows={rows}
            keyOf={(row) => row.sessionId}
            file="sessions"
            columns={[
              {
                head: 'Who',
                cell: (row) => (
                  <>
                    {row.name} {row.current ? <Mark is="gateOpen" word="this one" /> : null}
                  </>
                ),
                text: (row) => row.name,
              },
              { head: 'Since', cell: (row) => <When at={row.startedAt} />, text: (row) => row.startedAt },
              { head: 'Last seen', cell: (row) => <When at={row.lastSeenAt} />, text: (row) => row.lastSeenAt },
              { head: 'Ends', cell: (row) => <When at={row.endsAt} />, text: (row) => row.endsAt },
              { head: 'From', cell: (row) => row.address, text: (row) => row.address },
              { head: 'Browser', cell: (row) => browserWords(row.browser), text: (row) => row.browser },
              {
                head: 'End',
                cell: (row) => (
                  <Button variant="default" aria-label={endLabel(row)} onClick={() => setQuestion(ending(row))}>
                    End…
                  </Button>
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

const endLabel = (row: Session) => `End the session of ${row.name} from ${row.address}`;

function ending(row: Session): Question {
  return {
    title: `End the session of ${row.name}?`,
    body: (
      <Text>
        {row.current
          ? 'It is the one that you use: you will have to sign in again. '
          : 'That browser can ask for nothing more and has to sign in again. '}
        What is typed there stays in that browser.
      </Text>
    ),
    yes: 'End session',
    no: 'Keep it',
    harms: true,
    run: async () => {
      await ask(api.POST('/v1/sessions/{id}/end', { params: { path: { id: row.sessionId } } }));
      await queries.invalidateQueries({ queryKey: ['sessions'] });
    },
  };
}

/** The browser's name and system out of what it calls itself; whole in the file. */
function browserWords(text: string): string {
  const name = /(Edg|OPR|Firefox|Chrome|Safari)\/\d+/.exec(text)?.[0] ?? text.slice(0, 40);
  const system = /\(([^;)]+)/.exec(text)?.[1];
  return system === undefined ? name : `${name}, ${system}`;
}
