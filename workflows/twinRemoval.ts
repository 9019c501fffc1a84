// A twin goes, with its disks and its network interface; what does not carry its tag stays. Its id is the machine's lock, as a session's is (I3).

import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { TwinInput } from '../activities/twins.js';
import { twinSessionId } from '../domain/twin.js';
import { operations } from './proxies.js';
import { twinStep } from './twinStep.js';

export interface TwinRemovalInput extends TwinInput {
  /** Counted from 1: each has its own operations. */
  attempt: number;
}

/** What is left of it, null when nothing is. */
export async function twinRemoval({ twinId, attempt }: TwinRemovalInput): Promise<string | null> {
  const sessionId = `${twinSessionId(twinId)}/removal/${attempt}`;
  return CancellationScope.nonCancellable(async () => {
    const problems: string[] = [];
    const there = await operations.twinRemains({ twinId });
    if (there.machine) {
      const gone = await twinStep({ twinId, sessionId, step: 'removeMachine' });
      if (gone.kind !== 'succeeded') problems.push(gone.message);
    }
    // Its disks go with it; those that were made before there was a machine do not.
    const { disks } = await operations.twinRemains({ twinId });
    for (const place of disks) {
      const gone = await twinStep({ twinId, sessionId, step: `removeDisk${place}` });
      if (gone.kind !== 'succeeded') problems.push(gone.message);
    }
    const left = await operations.twinRemains({ twinId });
    const parts = [...(left.machine ? ['the machine'] : []), ...left.disks.map((place) => `disk ${place}`)];
    setCurrentDetails(parts.length === 0 ? 'Nothing of it is left' : `Left: ${parts.join(', ')}`);
    return parts.length === 0 ? null : `${parts.join(' and ')} could not be removed: ${problems.join('; ')}`;
  });
}
