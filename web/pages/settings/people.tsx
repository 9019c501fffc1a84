// Everybody who is known here, their roles and where these come from.

import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { RowTable } from '../../parts/table';

type Person = Schemas['KnownPerson'];

export function People() {
  const [question, setQuestion] = useState<Question | null>(null);
  const read = useRead(
    ['people'],
    () => ask(api.GET('/v1/people')),
    (change) => change.what.includes('signed') || change.what.includes('policy'),
  );
  return (
    <>
      <Block title="People" read={read} isEmpty={(rows) => rows.length === 0} empty="Nobody is known yet.">
        {(rows) => (
          <RowTable
            label="People"
            rows={rows}
            keyOf={(row) => row.name}
            file="people"
            columns={[
              { head: 'Name', cell: (row) => row.name, text: (row) => row.name },
              { head: 'Mail', cell: (row) => row.mail || '–', text: (row) => row.mail },
              {
                head: 'Roles',
                cell: (row) => row.roles.join(', ') || 'none: sees nothing',
                text: (row) => row.roles.join(' '),
              },
              {
                head: 'Known by',
                cell: (row) => (row.from === 'local' ? 'the file of people' : row.from),
                text: (row) => row.from,
              },
              {
                head: 'Sessions',
                cell: (row) => (
                  <Button
                    variant="default"
                    aria-label={`End all sessions of ${row.name}`}
                    onClick={() => setQuestion(endingAll(row))}
                  >
                    End all…
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Block>
      <Text size="sm" c="dimmed" mt="sm">
        Roles come from the file of people, or from what the identity provider claims by <code>signIn.roles</code> of
        the policy. They are changed there, and count with the next request.
      </Text>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}

function endingAll(row: Person): Question {
  return {
    title: `End every session of ${row.name}?`,
    body: (
      <Text>
        {row.name} has to sign in again in every browser. Take the roles away first, or at the identity provider, if
        they shall not come back.
      </Text>
    ),
    yes: 'End all sessions',
    no: 'Keep them',
    harms: true,
    run: async () => {
      await ask(api.POST('/v1/people/{name}/end-sessions', { params: { path: { name: row.name } } }));
      await queries.invalidateQueries({ queryKey: ['sessions'] });
    },
  };
}
