// Starting a patch cycle by hand, and how the one that was started goes.

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../../api/client';
import { anything, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Failure, useRunning } from '../../parts/running';

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
  const { isRunning, failure, run } = useRunning();
  const start = () =>
    run(async () => {
      const body = { month: month.trim() === '' ? null : month.trim() };
      onStarted((await ask(api.POST('/v1/cycles', { body }))).cycleId);
    });

  return (
    <Modal opened onClose={onClose} title="Start a patch cycle?" closeOnClickOutside={false}>
      <Stack gap="sm">
        <Text>
          The fleet is assessed, and each patch that a machine needs is tested in staging. Production waits for
          decisions, and whoever starts a cycle cannot make them.
        </Text>
        <TextInput
          label="Month"
          description="Of Microsoft to read first, such as 2026-Jun; empty: what channels brought"
          data-autofocus
          value={month}
          onChange={(event) => setMonth(event.currentTarget.value)}
        />
        <Failure of={failure} title="Nothing was started" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button loading={isRunning} onClick={() => void start()}>
            Start cycle
          </Button>
        </Group>
      </Stack>
    </Modal>
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
