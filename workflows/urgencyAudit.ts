// Every patch on every machine against its deadline: computed, moves and alarms told, running stories given their new date.

import { continueAsNew, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import type { ComputedDue } from '../activities/urgency.js';
import { hint } from './hint.js';
import { computeAgainSignal, dueMovedSignal } from './messages.js';
import { bulk } from './proxies.js';

/** After so many computations in one go the history begins anew. */
const roundsMax = 20;
/** Facts come in many parts, and a changed policy is noticed within a second: what comes together is computed together. */
const settleSeconds = 3;

export async function urgencyAudit(): Promise<ComputedDue> {
  let asked = 0;
  setHandler(computeAgainSignal, () => {
    asked += 1;
  });
  for (let round = 1; round <= roundsMax; round += 1) {
    if (asked > 0) await sleep(settleSeconds * 1000, { summary: 'Waiting for facts that come together' });
    const seen = asked;
    const computed = await audit();
    if (asked === seen) return computed;
  }
  return continueAsNew<typeof urgencyAudit>();
}

async function audit(): Promise<ComputedDue> {
  setCurrentDetails('Computing deadlines');
  const computed = await bulk.computeDue();
  setCurrentDetails('Telling what moved and what is in danger');
  const told = await bulk.tellMoves();
  const { overdue, inDanger } = await bulk.tellAlarms();
  const moved = new Set([...computed.moved, ...told.patches]);
  for (const { patchId, categories, ...urgency } of computed.patches) {
    if (!moved.has(patchId)) continue;
    await hint(`patch/${patchId}`, dueMovedSignal, urgency);
    for (const { category, ...own } of categories) await hint(`rollout/${patchId}/${category}`, dueMovedSignal, own);
  }
  setCurrentDetails(
    `${computed.rows} deadlines, ${computed.changed} changed; newly told: ${moved.size} moved, ${overdue} overdue, ${inDanger} in danger`,
  );
  return computed;
}
