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

type Waiver = Schemas['WaiverView'];

export function WaiversTab({ patch }: { patch: Schemas['PatchDetail'] }) {
  if (patch.waivers.length === 0)
    return <Text c="dimmed">No machine is waived. `patchline waiver grant` asks for one.</Text>;
  return (
    <Stack gap="sm">
      {patch.waivers.map((waiver) => (
        <WaiverCard key={waiver.waiverId} waiver={waiver} />
      ))}
    </Stack>
  );
}

function WaiverCard({ waiver }: { waiver: Waiver }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
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
      await queries.invalidateQueries({ queryKey: ['patch', waiver.patchId] });
    },
  });
  return (
    <section className="fold" aria-label={`Waiver of ${waiver.vmName ?? waiver.category}`}>
      <Text>
        <Mark is={waiver.status} /> {waiver.vmName ?? `every machine of ${waiver.category}`} until{' '}
        <When at={waiver.until} />, asked by {waiver.requestedBy}
        {waiver.decidedBy === null ? '' : `, decided by ${waiver.decidedBy}`}
      </Text>
      <Text size="sm" className="plain-text">
        {waiver.reason}
      </Text>
      <Text size="sm">Meanwhile: {waiver.control}</Text>
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
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}
