// A workflow that somebody asked for through the API, and how it stands.

import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { CycleView } from './contract/index.js';
import { ApiProblem } from './problem.js';

export async function asked(client: Client, cycleId: string, workflowId: string): Promise<CycleView> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await handle.describe();
    return {
      cycleId,
      workflowId,
      status: status.name,
      result: status.name === 'COMPLETED' ? await handle.result() : null,
      problem: status.name === 'FAILED' ? await handle.result().then(() => null, messageOf) : null,
    };
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError)
      throw new ApiProblem(404, 'Not asked for', `There is no ${workflowId}: it was never asked for, or long ago.`);
    throw failure;
  }
}

/** The innermost message: what the activity said. */
function messageOf(failure: unknown): string {
  let inner = failure;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(failure instanceof WorkflowFailedError)) throw failure;
  return inner instanceof Error ? inner.message : String(inner);
}
