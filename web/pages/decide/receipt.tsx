// What was decided, by whom, on exactly what: what the Back button and a second tab find.

import { Stack, Text } from '@mantine/core';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { Readable } from '../../parts/block';
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
