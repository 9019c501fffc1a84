// One staging machine back to the restore point of the trial before. Its id is the machine's lock, as a session's is (I3).

import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { ReturnInput } from '../activities/isolationReturn.js';
import { records } from './proxies.js';
import { returnToRestorePoint, step } from './step.js';

export type TrialReturnResult =
  | { kind: 'settled'; problem: string | null }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export async function trialReturn(input: ReturnInput): Promise<TrialReturnResult> {
  const admission = await records.admitReturn(input);
  if (admission.kind !== 'admitted') return admission;
  // From here on cancellation means finish: Azure would go on without us.
  return CancellationScope.nonCancellable(async () => {
    const session = { sessionId: input.sessionId, runKey: null, vmId: input.vmId };
    const problem = await returnToRestorePoint(session);
    await Promise.all([step(session, 'probeAfterUnwind'), step(session, 'assessAfterUnwind')]);
    const settled = await records.settleReturn({ ...input, problem });
    setCurrentDetails(settled.problem ?? 'Back where the trial begins, healthy');
    return { kind: 'settled', problem: settled.problem };
  });
}
