// The standing stop: one person halts every new installation everywhere, and one lifts it, both with a reason.

import { Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../api/client';
import { queries, useRead } from '../api/queries';
import { Act } from './act';
import { Confirm, type Question } from './confirm';
import { When } from './when';

const key = ['stop'];

function useStop() {
  const read = useRead(
    key,
    () => ask(api.GET('/v1/stop-all')),
    (change) => change.what.includes('stop'),
  );
  return read.data?.stopped;
}

const again = () => queries.invalidateQueries({ queryKey: key });

const lifting: Question = {
  title: 'Lift the stop?',
  body: (
    <Text>Gates open again wherever nothing else closes them: what waits for them is installed in its window.</Text>
  ),
  yes: 'Lift the stop',
  no: 'Stay stopped',
  reason: 'Reason',
  harms: true,
  run: async (reason) => {
    await ask(api.POST('/v1/stop-all/lift', { body: { reason } }));
    await again();
  },
};

const stopping: Question = {
  title: 'Stop everything?',
  body: (
    <Text>
      No gate opens and no machine begins, in staging and in production, until the stop is lifted. Machines under way
      finish, or go back to their restore point, as they would.
    </Text>
  ),
  yes: 'Stop everything',
  no: 'Go on',
  reason: 'Reason',
  type: 'stop',
  harms: true,
  run: async (reason) => {
    await ask(api.POST('/v1/stop-all', { body: { reason } }));
    await again();
  },
};

/** Concerns everybody, on every page. */
export function StopBand() {
  const stop = useStop();
  const [question, setQuestion] = useState<Question | null>(null);
  if (stop === null || stop === undefined) return null;
  return (
    <>
      <div
        role="alert"
        style={{
          background: 'var(--mark-ink-red)',
          color: 'var(--mark-filled)',
          padding: '0.5rem 1rem',
          marginBottom: 12,
        }}
      >
        Everything is stopped by {stop.by} since <When at={stop.at} />: {stop.reason}{' '}
        <Act needs="stop" variant="default" ml="sm" onClick={() => setQuestion(lifting)}>
          Lift…
        </Act>
      </div>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}

export function StopEverything() {
  const stop = useStop();
  const [question, setQuestion] = useState<Question | null>(null);
  return (
    <>
      {stop === null ? (
        <Act needs="stop" variant="outline" color="red" size="xs" onClick={() => setQuestion(stopping)}>
          Stop everything…
        </Act>
      ) : null}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
