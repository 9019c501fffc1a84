// A patch cycle that nobody asked for: because channels told something new, or a waiver has ended. One at a time.

import { ParentClosePolicy, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import { wakeSignal } from './messages.js';
import { patchCycle } from './patchCycle.js';

const startAttempts = 3;

/** One cycle at a time is started unasked: one that runs looks once more when it has ended. */
export async function startOrRepeatCycle(because: string): Promise<void> {
  for (let attempt = 0; attempt < startAttempts; attempt += 1)
    if ((await startCycle(because)) || (await wakeCycle())) return;
}

const unasked = 'cycle/unasked';

async function startCycle(because: string): Promise<boolean> {
  try {
    await startChild(patchCycle, {
      workflowId: unasked,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Patch cycle, because ${because}`,
      args: [{ cycleId: 'unasked', month: null, requestedBy: [] }],
    });
    return true;
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== 'WorkflowExecutionAlreadyStartedError') throw failure;
    return false;
  }
}

/** False when it ended in this very moment. */
async function wakeCycle(): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(unasked).signal(wakeSignal);
    return true;
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== 'ExternalWorkflowExecutionNotFound') throw failure;
    return false;
  }
}
