// Signals that are only hints: whoever waits reads the rows at its own deadline, so a receiver that has ended is no failure.

import { getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';

export async function hint<Args extends unknown[]>(
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(signal, ...args);
  } catch (failure) {
    if (!(failure instanceof Error)) throw failure;
  }
}
