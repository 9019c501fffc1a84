// Starting a patch cycle by hand, and how the one that was started goes.

import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../../api/client';
import { anything, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { FormDialog } from '../../parts/formDialog';

export function StartCycle() {
  const [isAsking, setAsking] = useState(false);
  const [cycleId, setCycleId] = useState<string | null>(null);
  return (
    <>
      <Act needs="schedule" variant="default" size="xs" onClick={() => setAsking(true)}>
        Start cycle…
      </Act>
      {isAsking ? (
        <Asked
          onClose={() => setAsking(false)}
          onStarted={(id) => {
            setCycleId(id);
            setAsking(false);
          }}
        />
      ) : null}
      {cycleId === null ? null : <Progress cycleId={cycleId} />}
    </>
  );
}

function Asked({ onClose, onStarted }: { onClose: () => void; onStarted: (cycleId: string) => void }) {
  const [month, setMonth] = useState('');
  const start = async () => {
    const body = { month: month.trim() === '' ? null : month.trim() };
    onStarted((await ask(api.POST('/v1/cycles', { body }))).cycleId);
  };

  return (
    <FormDialog
      title="Start a patch cycle?"
      yes="Start cycle"
      no="Not now"
      failed="Nothing was started"
      run={start}
      onClose={onClose}
    >
      <Text>
        The fleet is assessed, and each patch that a machine needs is tested in staging. Production waits for decisions,
        and whoever starts a cycle cannot make them.
      </Text>
      <TextInput
        label="Month"
        description="Of Microsoft to read first, such as 2026-Jun; empty: what channels brought"
        data-autofocus
        value={month}
        onChange={(event) => setMonth(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

function Progress({ cycleId }: { cycleId: string }) {
  const read = useRead(
    ['cycle', cycleId],
    () => ask(api.GET('/v1/cycles/{cycleId}', { params: { path: { cycleId } } })),
    anything,
  );
  const words = { RUNNING: 'is under way', COMPLETED: 'has ended' }[read.data?.status ?? 'RUNNING'];
  return (
    <Text size="sm" role="status">
      Cycle {cycleId} {words ?? `ended as ${read.data?.status ?? 'unknown'}`}
      {read.data?.problem === null || read.data === undefined ? '' : `: ${read.data.problem}`}
    </Text>
  );
}
