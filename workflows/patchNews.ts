// Something was written down about a patch: it is applied to what is under way, told to those concerned, and whoever waits looks again.

import { hint } from './hint.js';
import { newsSignal } from './messages.js';
import { bulk } from './proxies.js';

export async function patchNews(): Promise<{ looking: number; revised: boolean }> {
  const { workflowIds, revised } = await bulk.reviewPatches();
  for (const workflowId of workflowIds) await hint(workflowId, newsSignal);
  return { looking: workflowIds.length, revised };
}
