// Policy: what is in force, every version of it, and a change that waits for its second person.

import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { useAddress } from '../../app/address';
import { Act } from '../../parts/act';
import { Block, Readable } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Link } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';
import { Change } from './change';
import { PlanView } from './plan';

type Version = Schemas['PolicyText'];

export default function PolicyPage() {
  const { search } = useAddress();
  const wanted = search['version'];
  const versions = useRead(
    ['policy', 'versions'],
    () => ask(api.GET('/v1/policy/versions')),
    (change) => change.what.includes('policy'),
  );
  const text = useRead(['policy', wanted ?? 'current'], () =>
    wanted === undefined
      ? ask(api.GET('/v1/policy'))
      : ask(api.GET('/v1/policy/versions/{seq}', { params: { path: { seq: Number(wanted) } } })),
  );
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Policy
      </Title>
      <Block title="Versions" read={versions} isEmpty={(rows) => rows.length === 0}>
        {(rows) => (
          <RowTable
            label="Versions"
            rows={rows}
            keyOf={(row) => String(row.seq)}
            file="policy-versions"
            columns={[
              {
                head: 'Version',
                cell: (row) => <Link to={`/policy?version=${row.seq}`}>{String(row.seq)}</Link>,
                text: (row) => row.seq,
              },
              { head: 'Standing', cell: (row) => <Mark is={row.status} />, text: (row) => row.status },
              { head: 'By', cell: (row) => row.author, text: (row) => row.author },
              { head: 'When', cell: (row) => <When at={row.at} />, text: (row) => row.at },
              { head: 'Why', cell: (row) => row.reason, text: (row) => row.reason },
              {
                head: 'Needs a second person for',
                cell: (row) => row.guarded.join('; ') || 'nothing',
                text: (row) => row.guarded.join('; '),
              },
              { head: 'Second', cell: (row) => row.secondBy ?? '–', text: (row) => row.secondBy },
            ]}
          />
        )}
      </Block>
      <Block title={wanted === undefined ? 'In force' : `Version ${wanted}`} read={text} height={400}>
        {(one) => (
          <>
            <Settle version={one} />
            {wanted === undefined ? <Changing inForce={one}>{<Sources of={one} />}</Changing> : <Sources of={one} />}
          </>
        )}
      </Block>
    </Stack>
  );
}

function Sources({ of }: { of: Version }) {
  return (
    <>
      {of.sources.map((source) => (
        <section key={source.file} aria-label={source.file}>
          <Text fw={600}>{source.file}</Text>
          <pre className="plain-text" tabIndex={0} aria-label={`Text of ${source.file}`}>
            {source.text}
          </pre>
        </section>
      ))}
    </>
  );
}

/** Its text to read, or to change. */
function Changing({ inForce, children }: { inForce: Version; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return isOpen ? (
    <Change inForce={inForce} onClose={() => setOpen(false)} />
  ) : (
    <>
      <Button variant="default" mb="sm" onClick={() => setOpen(true)}>
        Change it…
      </Button>
      {children}
    </>
  );
}

/** What a proposed version would change, for whoever has to put their name to it. */
function Proposed({ version }: { version: Version }) {
  const read = useRead(['policy', 'plan', version.seq], () =>
    ask(api.POST('/v1/policy/plan', { body: { sources: version.sources } })),
  );
  return <Readable read={read}>{(plan) => <PlanView plan={plan} />}</Readable>;
}

function Settle({ version }: { version: Version }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  if (version.status !== 'proposed') return null;
  if (version.author === me.name)
    return (
      <>
        <Text>It waits for a second person: whoever wrote it cannot accept it.</Text>
        <Proposed version={version} />
      </>
    );
  const settlement = (accept: boolean): Question => ({
    title: accept ? `Put version ${version.seq} into force?` : `Reject version ${version.seq}?`,
    body: (
      <Text>
        {accept
          ? `From then on it governs every gate. It touches: ${version.guarded.join('; ')}.`
          : 'Nothing of it comes into force.'}
      </Text>
    ),
    yes: accept ? 'Put into force' : 'Reject',
    no: 'Go back',
    reason: 'Reason',
    run: async (reason) => {
      await ask(
        api.POST('/v1/policy/versions/{seq}/settlement', {
          params: { path: { seq: version.seq } },
          body: { accept, reason },
        }),
      );
      await queries.invalidateQueries({ queryKey: ['policy'] });
    },
  });
  return (
    <>
      <Proposed version={version} />
      <Group gap="sm" my="sm">
        <Act needs="policy" onClick={() => setQuestion(settlement(true))}>
          Accept…
        </Act>
        <Act needs="policy" variant="default" onClick={() => setQuestion(settlement(false))}>
          Reject…
        </Act>
        <Confirm question={question} onClose={() => setQuestion(null)} />
      </Group>
    </>
  );
}
