// Emergencies of a patch: what they want to open, who signed for it, their end and their review afterwards.

import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { Act } from '../../parts/act';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';

type Emergency = Schemas['EmergencyView'];
type Wanted = Emergency['wanted'][number];

const kindWords: Record<Wanted['kind'], string> = {
  window: 'outside of the window',
  freeze: 'in the freeze',
  quorum: 'decided by fewer people, by the rule',
};

export function Emergencies({ patchId }: { patchId: string }) {
  const read = useRead(
    ['emergencies', patchId],
    () => ask(api.GET('/v1/emergencies', { params: { query: { patch: patchId } } })),
    (change) => change.patchId === patchId,
  );
  return (
    <Block
      title="Emergencies"
      level={3}
      read={read}
      isEmpty={(all) => all.length === 0}
      empty="It was never an emergency."
      height={20}
    >
      {(all) => (
        <Stack gap="sm">
          {all.map((one) => (
            <EmergencyCard key={one.emergencyId} emergency={one} />
          ))}
        </Stack>
      )}
    </Block>
  );
}

function EmergencyCard({ emergency }: { emergency: Emergency }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const { emergencyId, patchId, category, status } = emergency;
  const path = { id: emergencyId };
  const again = () => queries.invalidateQueries({ queryKey: ['emergencies', patchId] });
  const isOpen = status === 'open';
  const isMine = emergency.requestedBy === me.name;

  const sign = (wanted: Wanted): Question => ({
    title: `Sign: ${patchId} for ${category} ${kindWords[wanted.kind]} ${wanted.names}?`,
    body: (
      <Text>
        It holds for this patch and category alone, for exactly this, and until <When at={emergency.expiresAt} />. Every
        other gate stays.
      </Text>
    ),
    yes: 'Sign',
    no: 'Go back',
    reason: 'Reason',
    harms: true,
    run: async (reason) => {
      const body = { kind: wanted.kind, names: wanted.kind === 'window' ? null : wanted.names, reason };
      await ask(api.POST('/v1/emergencies/{id}/overrides', { params: { path }, body }));
      await again();
    },
  });
  const end: Question = {
    title: 'End this emergency?',
    body: <Text>Nothing more begins by it; what has begun finishes or unwinds. Its review is opened.</Text>,
    yes: 'End emergency',
    no: 'Go back',
    reason: 'Reason',
    run: async (reason) => {
      await ask(api.POST('/v1/emergencies/{id}/end', { params: { path }, body: { reason } }));
      await again();
    },
  };
  const review: Question = {
    title: 'Close the review?',
    body: <Text>Say what was found: it is kept with the emergency for good.</Text>,
    yes: 'Close review',
    no: 'Go back',
    reason: 'Outcome',
    run: async (outcome) => {
      await ask(api.POST('/v1/emergencies/{id}/review', { params: { path }, body: { outcome } }));
      await again();
    },
  };

  return (
    <section className="fold" aria-label={`Emergency of ${emergency.requestedAt}`}>
      <Text>
        <Mark is={isOpen ? 'emergency' : 'ended'} /> {category}, asked for by {emergency.requestedBy}{' '}
        <When at={emergency.requestedAt} />
        {isOpen ? (
          <>
            , until <When at={emergency.expiresAt} />
          </>
        ) : null}
      </Text>
      <Text size="sm" className="plain-text">
        {emergency.reason}
      </Text>
      {emergency.wanted.map((wanted) => (
        <Group key={`${wanted.kind}${wanted.names}`} gap="sm">
          {wanted.signedBy === null ? (
            <Mark is="closed" word="Not signed" />
          ) : (
            <Mark is="overridden" word={`Signed by ${wanted.signedBy}`} />
          )}
          <Text size="sm">
            {kindWords[wanted.kind]} {wanted.names}
          </Text>
          {isOpen && wanted.signedBy === null && !isMine ? (
            <Act needs="decide" variant="default" onClick={() => setQuestion(sign(wanted))}>
              Sign for it…
            </Act>
          ) : null}
        </Group>
      ))}
      {emergency.endedAt === null ? null : (
        <Text size="sm">
          Ended <When at={emergency.endedAt} />
          {emergency.endedBy === null ? '' : ` by ${emergency.endedBy}`}: {emergency.endReason}
        </Text>
      )}
      {emergency.reviewedAt === null ? null : (
        <Text size="sm" className="plain-text">
          Reviewed by {emergency.reviewedBy} <When at={emergency.reviewedAt} />: {emergency.reviewOutcome}
        </Text>
      )}
      <Group gap="sm" mt="xs">
        {isOpen ? (
          <Act needs="stop" variant="default" onClick={() => setQuestion(end)}>
            End it…
          </Act>
        ) : null}
        {!isOpen && emergency.reviewedAt === null && emergency.reviewOpenedAt !== null ? (
          <>
            <Act needs="decide" variant="default" onClick={() => setQuestion(review)}>
              Close the review…
            </Act>
            <Text size="sm">
              due <When at={emergency.reviewDueAt} />
            </Text>
          </>
        ) : null}
      </Group>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}
