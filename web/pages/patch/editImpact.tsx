// Somebody says of an impact what the computation does not know. It stands beside what was computed, under their name.

import { NumberInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../../api/client';
import { queries } from '../../api/queries';
import { FormDialog } from '../../parts/formDialog';
import { Words } from '../../parts/words';

export function EditImpact({ patchId, category, onClose }: { patchId: string; category: string; onClose: () => void }) {
  const [vm, setVm] = useState('');
  const [minutes, setMinutes] = useState<string | number>('');
  const [note, setNote] = useState('');
  const [reason, setReason] = useState('');
  async function run(): Promise<void> {
    if (minutes === '' && note.trim() === '') throw new Error('Give minutes, a note, or both');
    const body = {
      category,
      vm: vm.trim() === '' ? null : vm.trim(),
      downtimeMinutes: minutes === '' ? null : Number(minutes),
      note: note.trim() === '' ? null : note,
      reason,
    };
    await ask(api.POST('/v1/patches/{patchId}/impact', { params: { path: { patchId } }, body }));
    await queries.invalidateQueries({ queryKey: ['impact', patchId] });
  }
  return (
    <FormDialog
      title={`What ${patchId} costs ${category}`}
      yes="Record"
      failed="Nothing was recorded"
      run={run}
      onClose={onClose}
    >
      <Text size="sm">
        Your words stand beside what was computed. A request that waits is asked again with them, and whoever edits an
        impact cannot decide on it.
      </Text>
      <TextInput
        label="Machine"
        description="Empty: the whole category"
        value={vm}
        onChange={(event) => setVm(event.currentTarget.value)}
      />
      <NumberInput
        label="Minutes that it is away"
        description="Instead of the forecast; empty: as forecast"
        min={0}
        value={minutes}
        onChange={setMinutes}
        hideControls
      />
      <Words label="Note" value={note} onChange={setNote} needed={false} />
      <Words label="Reason" description="How you know" value={reason} onChange={setReason} />
    </FormDialog>
  );
}
