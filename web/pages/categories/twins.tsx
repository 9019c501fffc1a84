// Copies of production machines in staging: proposed where nothing stands for them, decided by another person, with an end.

import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { Act } from '../../parts/act';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { Link, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';

type Twin = Schemas['TwinView'];

const again = () => queries.invalidateQueries({ queryKey: ['twins'] });

export function Twins() {
  const read = useRead(
    ['twins'],
    () => ask(api.GET('/v1/twins', { params: { query: {} } })),
    (change) => change.what.includes('twin'),
  );
  return (
    <Block
      title="Twins"
      read={read}
      isEmpty={(rows) => rows.length === 0}
      empty="No copy of a production machine was proposed. One is, where nothing in staging stands for a machine."
      height={40}
    >
      {(rows) => (
        <Stack gap="sm">
          {rows.map((twin) => (
            <TwinCard key={twin.twinId} twin={twin} />
          ))}
        </Stack>
      )}
    </Block>
  );
}

function TwinCard({ twin }: { twin: Twin }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const { subject, status } = twin;
  const path = { id: twin.twinId };
  const decide = (verdict: 'approve' | 'refuse'): Question => ({
    title: verdict === 'approve' ? `Build ${subject.name}?` : `Refuse ${subject.name}?`,
    body: (
      <>
        <Text>
          {verdict === 'approve'
            ? `A copy of ${subject.source.name}, with its software and its data, in ${subject.resourceGroup}, subnet ${subject.subnet}, for ${counted(subject.lifeDays, 'day')}.`
            : `Patches of ${counted(subject.standsFor.length, 'machine')} stay without a test that counts.`}
        </Text>
        {verdict === 'approve' ? (
          <ul>
            {subject.cautions.map((caution) => (
              <li key={caution}>{caution}</li>
            ))}
          </ul>
        ) : null}
      </>
    ),
    yes: verdict === 'approve' ? 'Sign and build' : 'Refuse',
    no: 'Go back',
    reason: 'Justification',
    run: async (reason) => {
      await ask(
        api.POST('/v1/twins/{id}/decision', { params: { path }, body: { verdict, digest: twin.digest, reason } }),
      );
      await again();
    },
  });
  const retire: Question = {
    title: `Retire ${subject.name}?`,
    body: (
      <Text>
        The copy is deleted with its disks and its network interface. {counted(twin.standsFor ?? 0, 'machine')} in
        production are left without a machine that stands for them.
      </Text>
    ),
    yes: 'Retire twin',
    no: 'Keep it',
    reason: 'Reason',
    type: subject.name,
    harms: true,
    run: async (reason) => {
      await ask(api.POST('/v1/twins/{id}/retirement', { params: { path }, body: { reason } }));
      await again();
    },
  };
  return (
    <section className="fold" aria-label={`Twin ${subject.name}`}>
      <Text>
        <Mark is={status} /> {twin.vmId === null ? subject.name : <Link to={vmPath(subject.name)}>{subject.name}</Link>}
        , copy of <Link to={vmPath(subject.source.name)}>{subject.source.name}</Link> for {subject.category}, proposed
        by {twin.proposedBy} <When at={twin.proposedAt} />
      </Text>
      <Text size="sm" className="plain-text">
        {twin.reason}
      </Text>
      <Text size="sm">
        {twin.score === null
          ? `It would stand for ${counted(subject.standsFor.length, 'machine')}, with a score of ${Math.floor(subject.expectedScore * 100)}`
          : `It stands for ${counted(twin.standsFor ?? 0, 'machine')}, with a score of ${Math.floor(twin.score * 100)}`}
        {twin.retiresAt === null ? null : (
          <>
            ; it goes <When at={twin.retiresAt} />
          </>
        )}
        . {twin.detail}
      </Text>
      {twin.decidedBy === null ? null : (
        <Text size="sm" className="plain-text">
          {twin.decidedBy}, <When at={twin.decidedAt} />: {twin.justification}
        </Text>
      )}
      <Group gap="sm" mt="xs">
        {status === 'proposed' ? (
          twin.proposedBy === me.name ? (
            <Text size="sm">Whoever proposed it does not decide.</Text>
          ) : (
            <>
              <Act needs="decide" variant="default" onClick={() => setQuestion(decide('approve'))}>
                Build it…
              </Act>
              <Act needs="decide" variant="default" onClick={() => setQuestion(decide('refuse'))}>
                Refuse…
              </Act>
            </>
          )
        ) : null}
        {status === 'built' ? (
          <Act needs="operate" variant="default" onClick={() => setQuestion(retire)}>
            Retire…
          </Act>
        ) : null}
      </Group>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}

/** Beside a gap: a copy of one of its machines would close it. */
export function ProposeTwin({ machines }: { machines: { name: string }[] }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [first] = machines;
  if (first === undefined) return null;
  const propose: Question = {
    title: `Propose a twin of ${first.name}?`,
    body: (
      <Text>
        A copy of it would be built in staging after somebody else has decided. Where that closes nothing, or policy
        allows none, it is refused and says why.
      </Text>
    ),
    yes: 'Propose twin',
    no: 'Go back',
    reason: 'Reason',
    run: async (reason) => {
      await ask(api.POST('/v1/twins', { body: { vm: first.name, reason, fresh: false } }));
      await again();
    },
  };
  return (
    <>
      <Act needs="record" variant="default" size="xs" onClick={() => setQuestion(propose)}>
        Propose a twin…
      </Act>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
