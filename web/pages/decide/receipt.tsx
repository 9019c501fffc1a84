// What was decided, by whom, on exactly what: what the Back button and a second tab find.

import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { Act } from '../../parts/act';
import { Readable } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { Arrivals } from '../../parts/arrivals';
import { When } from '../../parts/when';

type Proof = Schemas['DecisionProofView'];

export function Receipt({ patchId, category }: { patchId: string; category: string }) {
  const read = useRead(['proofs', patchId], () =>
    ask(api.GET('/v1/patches/{patchId}/decisions', { params: { path: { patchId } } })),
  );
  return (
    <Readable read={read}>
      {(proofs) => {
        const mine = proofs.filter((proof) => proof.category === category);
        return mine.length === 0 ? (
          <Text c="dimmed">Nobody was asked about it yet.</Text>
        ) : (
          <Stack gap="md">
            {mine.map((proof) => (
              <ProofCard key={proof.requestId} proof={proof} />
            ))}
          </Stack>
        );
      }}
    </Readable>
  );
}

export function ProofCard({ proof }: { proof: Proof }) {
  return (
    <section className="fold" aria-label={`Request of ${proof.requestedAt}`}>
      <Text>
        <Mark is={proof.status} /> <b>{proof.category}</b>, asked <When at={proof.requestedAt} /> by{' '}
        {proof.requestedBy.join(', ') || 'the cycle'}; digest <code>{proof.digest.slice(0, 12)}…</code>{' '}
        {proof.digestHolds ? (
          <Mark is="gateOpen" word="is that of what is stored" />
        ) : (
          <Mark is="closed" word="is not that of what is stored" />
        )}
      </Text>
      {proof.votes.map((vote) => (
        <div key={vote.decisionId} style={{ padding: '0.3rem 0' }}>
          <Mark is={vote.accepted ? vote.verdict : 'refused'} /> {vote.by}, <When at={vote.at} />
          {vote.claims === null ? '' : ` as ${vote.claims.roles.join(', ')}`}
          {vote.signatureHolds ? '' : ' '}
          {vote.signatureHolds ? null : <Mark is="closed" word="signature does not hold" />}
          <Text className="plain-text" size="sm">
            {vote.justification}
          </Text>
          {vote.reasons.length === 0 ? null : <Text size="sm">Refused: {vote.reasons.join('; ')}</Text>}
        </div>
      ))}
      {proof.withdrawals.map((one) => (
        <div key={one.withdrawalId}>
          <Mark is={one.accepted ? 'withdrawn' : 'refused'} /> {one.by}, <When at={one.at} />: {one.line}
          <Text className="plain-text" size="sm">
            {one.reason}
          </Text>
        </div>
      ))}
      <Withdrawing proof={proof} />
      {proof.steps.length === 0 ? null : (
        <Text size="sm" c="dimmed">
          Could decide then:{' '}
          {proof.steps.map((step) => `${step.name} ${step.quorum} of ${step.eligible.join(', ')}`).join('; ')}
        </Text>
      )}
      <Text size="sm">{proof.arrivals.words ?? 'No machine may join later'}.</Text>
      <Arrivals arrivals={proof.arrivals.machines} />
      <details>
        <summary>What the signature covers</summary>
        <pre className="plain-text" tabIndex={0} aria-label="Signed text">
          {proof.signed}
        </pre>
      </details>
    </section>
  );
}

/** A decision that stands can be taken back, by whoever could have made it; the API judges whether. */
function Withdrawing({ proof }: { proof: Proof }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const standing = proof.votes.findLast((vote) => vote.accepted);
  if (proof.status !== 'decided' || standing === undefined) return null;
  const { patchId, category } = proof;
  const isEligible = standing.by === me.name || proof.steps.some((step) => step.eligible.includes(me.name));
  const door = isEligible ? { closed: null } : { needs: 'decide' };
  const withdraw: Question = {
    title: `Withdraw the decision on ${patchId} for ${category}?`,
    body: (
      <Text>
        Nothing more begins to install by it. Whoever has the patch keeps it, and what is being installed finishes. It
        is asked about again by the next cycle that needs it.
      </Text>
    ),
    yes: 'Withdraw decision',
    no: 'Let it stand',
    reason: 'Reason',
    type: patchId,
    harms: true,
    run: async (reason) => {
      const body = { category, reason, decisionId: standing.decisionId };
      const { accepted, reasons } = await ask(
        api.POST('/v1/patches/{patchId}/withdrawals', { params: { path: { patchId } }, body }),
      );
      if (!accepted) throw new Error(reasons.join('; '));
      await queries.invalidateQueries({ queryKey: ['proofs', patchId] });
    },
  };
  return (
    <>
      <Act {...door} variant="default" size="xs" onClick={() => setQuestion(withdraw)}>
        Withdraw…
      </Act>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
