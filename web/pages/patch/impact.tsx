// What a patch costs a category: computed, and beside it what people said.

import { Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Readable } from '../../parts/block';
import { counted } from '../../parts/count';
import { When } from '../../parts/when';
import { EditImpact } from './editImpact';

export function ImpactTab({ patch }: { patch: Schemas['PatchDetail'] }) {
  const { patchId } = patch;
  const read = useRead(
    ['impact', patchId],
    () => ask(api.GET('/v1/patches/{patchId}/impact', { params: { path: { patchId }, query: {} } })),
    (change) => change.patchId === patchId,
  );
  return (
    <Readable read={read} height={160}>
      {(impacts) =>
        impacts.length === 0 ? (
          <Text c="dimmed">Its impact is recorded once a test has passed.</Text>
        ) : (
          <Stack gap="lg">
            {impacts.map((impact) => (
              <Impact key={impact.category} patchId={patchId} impact={impact} />
            ))}
          </Stack>
        )
      }
    </Readable>
  );
}

function Impact({ patchId, impact }: { patchId: string; impact: Schemas['ImpactView'] }) {
  const [isEditing, setEditing] = useState(false);
  return (
    <section aria-label={impact.category}>
      <Group gap="sm">
        <Title order={2} size="h5">
          {impact.category}, as of <When at={impact.at} />
        </Title>
        <Act
          needs="record"
          variant="default"
          size="xs"
          aria-label={`Edit the impact on ${impact.category}`}
          onClick={() => setEditing(true)}
        >
          Edit…
        </Act>
      </Group>
      {isEditing ? <EditImpact patchId={patchId} category={impact.category} onClose={() => setEditing(false)} /> : null}
      <ul>
        {impact.forecast.map((one) => (
          <li key={one.system}>
            {one.system}, {counted(one.machines, 'machine')}: {one.words}
          </li>
        ))}
        <li>Services: {impact.services.join(', ') || 'none known'}</li>
        {impact.dependents.length === 0 ? null : (
          <li>Interrupts too: {impact.dependents.map((one) => `${one.place} (${one.since})`).join(', ')}</li>
        )}
        <li>{impact.capacity.words}</li>
        {[...impact.risk.notApplying.words, ...impact.risk.applying.words].map((words) => (
          <li key={words}>{words}</li>
        ))}
        <li>{impact.rollback.words}</li>
        <li>Lost by going back: {impact.rollback.lost}</li>
        {impact.order.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
        {impact.edits.map((edit) => (
          <li key={edit.editId}>
            {edit.by} said of {edit.vmName ?? 'the category'}, <When at={edit.at} />:{' '}
            {edit.note ?? `${String(edit.downtimeMinutes)} min`} ({edit.reason})
          </li>
        ))}
      </ul>
    </section>
  );
}
