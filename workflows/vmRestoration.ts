// One machine back to a restore point that a person chose. Its id is the machine's lock, as a session's is (I3).

import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { RestorePointInput } from '../activities/restore.js';
import { records } from './proxies.js';
import { returnToRestorePoint, step } from './step.js';

export type VmRestorationResult =
  | { kind: 'settled'; problem: string | null }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export async function vmRestoration(input: RestorePointInput): Promise<VmRestorationResult> {
  const admission = await records.admitRestoration(input);
  if (admission.kind !== 'admitted') return admission;
  // From here on cancellation means finish: Azure would go on without us.
  return CancellationScope.nonCancellable(async () => {
    const session = { sessionId: input.sessionId, runKey: null, vmId: input.vmId };
    const problem = await returnToRestorePoint(session);
    await Promise.all([step(session, 'probeAfterUnwind'), step(session, 'assessAfterUnwind')]);
    const settled = await records.settleRestoration({ ...input, problem });
    setCurrentDetails(settled.problem ?? 'Back at its restore point, healthy');
    return { kind: 'settled', problem: settled.problem };
  });
}
