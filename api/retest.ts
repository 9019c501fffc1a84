// Testing a patch again where its last test did not pass: its story begins anew.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RetestView } from './contract/index.js';
import type { ApiParts } from './parts.js';
import { ApiProblem } from './problem.js';

export interface Retest {
  patchId: string;
  category: string;
  by: string;
  reason: string;
}

export async function retest(parts: ApiParts, { patchId, category, by, reason }: Retest): Promise<RetestView> {
  const { client, taskQueue, inventory, clock } = parts;
  const [newest] = await inventory.tests.testResults({ patchId, category });
  if (newest === undefined || newest.verdict === 'passed')
    throw new ApiProblem(
      409,
      'Not tested again',
      newest === undefined
        ? `${patchId} was never tested for ${category}: a cycle tests it where it is needed (\`patchline cycle start\`).`
        : `The newest test of ${patchId} for ${category} passed at ${newest.at}: nothing is open.`,
    );
  await inventory.stageTests.askAgain({ patchId, category, by, reason, at: clock.now() });
  const workflowId = `patch/${patchId}`;
  try {
    await client.workflow.start('patchLifecycle', {
      taskQueue,
      workflowId,
      staticSummary: `${patchId} from notice to verified`,
      args: [{ patchId, requestedBy: [by] }],
    });
    return { workflowId };
  } catch (failure) {
    if (!(failure instanceof WorkflowExecutionAlreadyStartedError)) throw failure;
    throw new ApiProblem(
      409,
      'Not tested yet',
      `${patchId} is under way (\`patchline patch show ${patchId}\`): once its story has ended, the next cycle tests again what did not pass.`,
    );
  }
}
