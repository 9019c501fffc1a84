// Something that is asked of the server by a click: once at a time, and what went wrong stands in words where it was asked.

import { Alert, Text } from '@mantine/core';
import { useRef, useState } from 'react';

export interface Running {
  isRunning: boolean;
  /** Why nothing was done; null: nothing went wrong. */
  failure: string | null;
  /** Whether it was done. A second click while the first runs does nothing. */
  run: (act: () => Promise<void>) => Promise<boolean>;
}

export function useRunning(): Running {
  // Known at once: two clicks of a double click may come before anything is drawn anew.
  const busy = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  return {
    isRunning,
    failure,
    async run(act) {
      if (busy.current) return false;
      busy.current = true;
      setRunning(true);
      setFailure(null);
      try {
        await act();
        return true;
      } catch (caught) {
        setFailure(caught instanceof Error ? caught.message : String(caught));
        return false;
      } finally {
        busy.current = false;
        setRunning(false);
      }
    },
  };
}

export function Failure({ of, title = 'Nothing was done' }: { of: string | null; title?: string }) {
  return of === null ? null : (
    <Alert color="red" role="alert" title={title}>
      <Text size="sm">{of}</Text>
    </Alert>
  );
}

export function Done({ words }: { words: string | null }) {
  return words === null ? null : (
    <Alert color="green" role="status" title="Done">
      <Text size="sm">{words}</Text>
    </Alert>
  );
}
