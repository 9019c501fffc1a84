// Asking a rollout something: one that is over, or that does not take it now, is an answer and no failure.

import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApiProblem } from './problem.js';

/** `over`: what is told besides, where the rollout has ended. */
export async function asking<T>(patchId: string, category: string, ask: () => Promise<T>, over = ''): Promise<T> {
  try {
    return await ask();
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError)
      throw new ApiProblem(409, 'Nothing to decide', `No rollout of ${patchId} for ${category} is under way.${over}`);
    if (failure instanceof WorkflowUpdateFailedError)
      throw new ApiProblem(409, 'Not now', failure.cause?.message ?? failure.message);
    throw failure;
  }
}
