// Machines that may lack the patch until a date: asked for by one, decided by another.

import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries } from '../../api/queries';
import { useMe } from '../../api/session';
import { Act } from '../../parts/act';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';
import { AskWaiver, RenewWaiver } from './askWaiver';

type Waiver = Schemas['WaiverView'];

export function WaiversTab({ patch }: { patch: Schemas['PatchDetail'] }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Stack gap="sm" align="flex-start">
      <Act needs="record" variant="default" size="xs" onClick={() => setAsking(true)}>
        Ask for a waiver…
      </Act>
      {patch.waivers.length === 0 ? <Text c="dimmed">No machine is waived.</Text> : null}
      {patch.waivers.map((waiver) => (
        <WaiverCard key={waiver.waiverId} waiver={waiver} />
      ))}
      {isAsking ? <AskWaiver patchId={patch.patchId} onClose={() => setAsking(false)} /> : null}
    </Stack>
  );
}

function WaiverCard({ waiver }: { waiver: Waiver }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const [isRenewing, setRenewing] = useState(false);
  const again = () => queries.invalidateQueries({ queryKey: ['patch', waiver.patchId] });
  const revocation: Question = {
    title: 'Revoke this waiver?',
    body: (
      <Text>
        {waiver.patchId} is due again for {placeOf(waiver)}, at once.
      </Text>
    ),
    yes: 'Revoke',
    no: 'Keep it',
    reason: 'Reason',
    run: async (reason) => {
      await ask(
        api.POST('/v1/waivers/{id}/revocation', { params: { path: { id: waiver.waiverId } }, body: { reason } }),
      );
      await again();
    },
  };
  const decide = (verdict: 'approve' | 'reject'): Question => ({
    title: verdict === 'approve' ? 'Grant this waiver?' : 'Refuse this waiver?',
    body: (
      <Text>
        {waiver.vmName ?? `Every machine of ${waiver.category}`} {verdict === 'approve' ? 'may lack' : 'has to get'}{' '}
        {waiver.patchId}
        {verdict === 'approve' ? (
          <>
            {' '}
            until <When at={waiver.until} />
          </>
        ) : null}
        .
      </Text>
    ),
    yes: verdict === 'approve' ? 'Grant' : 'Refuse',
    no: 'Go back',
    reason: 'Justification',
    run: async (justification) => {
      await ask(
        api.POST('/v1/waivers/{id}/decision', {
          params: { path: { id: waiver.waiverId } },
          body: { verdict, justification },
        }),
      );
      await again();
    },
  });
  return (
    <section className="fold" aria-label={`Waiver of ${waiver.vmName ?? waiver.category}`}>
      <Text>
        <Mark is={waiver.status} /> {placeOf(waiver)} until <When at={waiver.until} />, asked by {waiver.requestedBy}
        {waiver.decidedBy === null ? '' : `, decided by ${waiver.decidedBy}`}
      </Text>
      <Text size="sm" className="plain-text">
        {waiver.reason}
      </Text>
      <Text size="sm">Meanwhile: {waiver.control}</Text>
      {waiver.endedAt === null ? null : (
        <Text size="sm">
          Ended <When at={waiver.endedAt} />
          {waiver.endedBy === null ? '' : ` by ${waiver.endedBy}`}
          {waiver.endReason === null ? '' : `: ${waiver.endReason}`}
        </Text>
      )}
      {waiver.status === 'asked' && waiver.requestedBy !== me.name ? (
        <Group gap="sm">
          <Act needs="decide" variant="default" onClick={() => setQuestion(decide('approve'))}>
            Grant…
          </Act>
          <Act needs="decide" variant="default" onClick={() => setQuestion(decide('reject'))}>
            Refuse…
          </Act>
        </Group>
      ) : null}
      {waiver.status === 'approved' ? (
        <Group gap="sm">
          <Act needs="record" variant="default" onClick={() => setRenewing(true)}>
            Ask for longer…
          </Act>
          <Act needs="record" variant="default" onClick={() => setQuestion(revocation)}>
            Revoke…
          </Act>
        </Group>
      ) : null}
      {isRenewing ? <RenewWaiver waiver={waiver} onClose={() => setRenewing(false)} /> : null}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}

function placeOf(waiver: Waiver): string {
  return waiver.vmName ?? `every machine of ${waiver.category}`;
}
