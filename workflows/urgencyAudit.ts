// Every patch on every machine against its deadline: computed, moves and alarms told, running stories given their new date.

import { continueAsNew, patched, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import type { ComputedDue } from '../activities/urgency.js';
import { hint } from './hint.js';
import { computeAgainSignal, dueMovedSignal } from './messages.js';
import { bulk, records } from './proxies.js';

/** After so many computations in one go the history begins anew. */
const roundsMax = 20;
/** Facts come in many parts, and a changed policy is noticed within a second: what comes together is computed together. */
const settleSeconds = 3;

export interface UrgencyAuditInput {
  /** Patches whose deadlines whoever starts this found moved, and told no story of. */
  moved: string[];
}

export async function urgencyAudit(input: UrgencyAuditInput = { moved: [] }): Promise<ComputedDue> {
  let asked = 0;
  setHandler(computeAgainSignal, () => {
    asked += 1;
  });
  for (let round = 1; round <= roundsMax; round += 1) {
    if (asked > 0) await sleep(settleSeconds * 1000, { summary: 'Waiting for facts that come together' });
    const seen = asked;
    const computed = await audit(round === 1 ? input.moved : []);
    if (asked === seen) return computed;
  }
  return continueAsNew<typeof urgencyAudit>({ moved: [] });
}

/** Stories hear first: people may be out of reach for a while. */
async function audit(movedBefore: string[]): Promise<ComputedDue> {
  setCurrentDetails('Computing deadlines');
  const computed = await bulk.computeDue();
  const moved = new Set([...movedBefore, ...computed.moved]);
  await hintStories([...moved]);
  setCurrentDetails('Telling what moved and what is in danger');
  const told = await bulk.tellMoves();
  await hintStories(told.patches.filter((patchId) => !moved.has(patchId)));
  const { overdue, inDanger } = await bulk.tellAlarms();
  if (patched('waivers are swept')) await bulk.sweepWaivers();
  if (patched('changes are swept')) await bulk.sweepChanges();
  if (patched('emergencies are swept')) await bulk.sweepEmergencies();
  if (patched('twins are swept')) await bulk.sweepTwins();
  setCurrentDetails(
    `${computed.rows} deadlines, ${computed.changed} changed; newly told: ${told.patches.length} moved, ${overdue} overdue, ${inDanger} in danger`,
  );
  return computed;
}

async function hintStories(moved: string[]): Promise<void> {
  for (const patchId of moved) {
    const urgency = await records.urgencyOf({ patchId });
    if (urgency === null) continue;
    const { tier, dueAt, categories } = urgency;
    await hint(`patch/${patchId}`, dueMovedSignal, { tier, dueAt });
    for (const { category, ...own } of categories) await hint(`rollout/${patchId}/${category}`, dueMovedSignal, own);
  }
}
