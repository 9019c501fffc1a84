// Who gives whose word, and until when. Both count as one person wherever several have to decide.

import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, askPage, type Schemas } from '../../api/client';
import { queries } from '../../api/queries';
import { useMe } from '../../api/session';
import { Block } from '../../parts/block';
import { CategoryField } from '../../parts/categoryField';
import { Confirm, type Question } from '../../parts/confirm';
import { FormDialog } from '../../parts/formDialog';
import { InstantField, instantOf } from '../../parts/instantField';
import { Mark } from '../../parts/mark';
import { usePages } from '../../parts/pages';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';
import { Words } from '../../parts/words';

type Delegation = Schemas['DelegationView'];

const key = ['delegations'];
const standingWords: Record<Delegation['status'], [mark: string, word: string]> = {
  standing: ['applied', 'In force'],
  later: ['later', 'Later'],
  revoked: ['revoked', 'Revoked'],
  over: ['ended', 'Over'],
};

export function Delegations() {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const [isGranting, setGranting] = useState(false);
  const { read, rows, more } = usePages(
    key,
    (after) => askPage(api.GET('/v1/delegations', { params: { query: after === undefined ? {} : { after } } })),
    (change) => change.what.includes('delegat'),
  );
  const mayEnd = (row: Delegation) =>
    (row.status === 'standing' || row.status === 'later') &&
    ([row.delegator, row.delegate].includes(me.name) || me.permissions.includes('administer'));
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        While you are away, somebody else gives the word that is yours. Whoever had a hand in a change is barred from
        deciding on it, whoever of both it was.
      </Text>
      <Block
        title="Delegations"
        read={read}
        isEmpty={() => rows.length === 0}
        empty="Nobody decides in the place of another."
        aside={<Button onClick={() => setGranting(true)}>Delegate…</Button>}
      >
        {() => (
          <RowTable
            label="Delegations"
            rows={rows}
            more={more}
            keyOf={(row) => row.delegationId}
            file="delegations"
            columns={[
              {
                head: 'Standing',
                cell: (row) =>
                  row.signatureHolds ? (
                    <Mark is={standingWords[row.status][0]} word={standingWords[row.status][1]} />
                  ) : (
                    <Mark is="refused" word="Not signed here: counts for nothing" />
                  ),
                text: (row) => (row.signatureHolds ? row.status : 'unsigned'),
              },
              { head: 'Word of', cell: (row) => row.delegator, text: (row) => row.delegator },
              { head: 'Given by', cell: (row) => row.delegate, text: (row) => row.delegate },
              { head: 'Category', cell: (row) => row.category ?? 'every', text: (row) => row.category ?? 'every' },
              { head: 'From', cell: (row) => <When at={row.from} />, text: (row) => row.from },
              { head: 'Until', cell: (row) => <When at={row.until} />, text: (row) => row.until },
              {
                head: 'Why',
                cell: (row) => (
                  <>
                    {row.reason}
                    {row.barred.map((one) => (
                      <Text key={`${one.patchId}/${one.category}`} size="xs">
                        Not on {one.patchId} for {one.category}: {one.why}
                      </Text>
                    ))}
                  </>
                ),
                text: (row) => row.reason,
              },
              {
                head: 'End',
                cell: (row) =>
                  mayEnd(row) ? (
                    <Button
                      variant="default"
                      aria-label={`End the delegation of ${row.delegator} to ${row.delegate}`}
                      onClick={() => setQuestion(endOf(row))}
                    >
                      End…
                    </Button>
                  ) : null,
              },
            ]}
          />
        )}
      </Block>
      <Confirm question={question} onClose={() => setQuestion(null)} />
      {isGranting ? <Granting onClose={() => setGranting(false)} /> : null}
    </Stack>
  );
}

function endOf(row: Delegation): Question {
  return {
    title: `End the delegation of ${row.delegator} to ${row.delegate}?`,
    body: <Text>From now on {row.delegate} no longer gives this word. What was decided stays decided.</Text>,
    yes: 'End delegation',
    no: 'Keep it',
    reason: 'Reason',
    run: async (reason) => {
      const path = { id: row.delegationId };
      await ask(api.POST('/v1/delegations/{id}/revocation', { params: { path }, body: { reason } }));
      await queries.invalidateQueries({ queryKey: key });
    },
  };
}

function Granting({ onClose }: { onClose: () => void }) {
  const [delegate, setDelegate] = useState('');
  const [category, setCategory] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  async function run(): Promise<void> {
    if (delegate.trim() === '') throw new Error('To: give the name of a person');
    const body = {
      delegate: delegate.trim(),
      category: category === '' ? null : category,
      from: from === '' ? null : instantOf(from, 'From'),
      until: instantOf(until, 'Until'),
      reason,
    };
    await ask(api.POST('/v1/delegations', { body }));
    await queries.invalidateQueries({ queryKey: key });
  }
  return (
    <FormDialog
      title="Let somebody give your word"
      yes="Delegate"
      failed="Nothing was delegated"
      run={run}
      onClose={onClose}
    >
      <TextInput
        label="To"
        description="The name of a person who is known here"
        required
        data-autofocus
        value={delegate}
        onChange={(event) => setDelegate(event.currentTarget.value)}
      />
      <CategoryField label="For" empty="all that I decide for" value={category} onChange={setCategory} />
      <InstantField label="From" description="empty: from now on" needed={false} value={from} onChange={setFrom} />
      <InstantField label="Until" value={until} onChange={setUntil} />
      <Words label="Reason" value={reason} onChange={setReason} />
    </FormDialog>
  );
}
