// One patch cycle: read a vendor's month where one is named, look at the fleet, and start a lifecycle for each patch that it needs.

import {
  ActivityFailure,
  ParentClosePolicy,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { ComputedDue, Urgency } from '../activities/urgency.js';
import { assessFleet } from './assessFleet.js';
import { inventorySync } from './inventorySync.js';
import { hint } from './hint.js';
import { computeAgainSignal, wakeSignal } from './messages.js';
import { patchLifecycle } from './patchLifecycle.js';
import { patchNews } from './patchNews.js';
import { bulk, records } from './proxies.js';
import { ofPatch, ofUrgency } from './searchAttributes.js';
import { placeInQueue } from './queue.js';
import { urgencyAudit } from './urgencyAudit.js';

export interface CycleInput {
  cycleId: string;
  /** The month of the MSRC to read first; null: what channels brought. */
  month: string | null;
  requestedBy: string[];
}

export interface CycleResult {
  month: string | null;
  machines: number;
  needed: { patchId: string; machines: number }[];
}

export async function patchCycle(input: CycleInput): Promise<CycleResult> {
  let asksForAnother = false;
  setHandler(wakeSignal, () => {
    asksForAnother = true;
  });
  if (input.month !== null) {
    setCurrentDetails(`Reading ${input.month}`);
    await bulk.syncChannel({ month: input.month });
  }
  await records.sweepRuns();
  const { machines } = await bulk.syncInventory();
  setCurrentDetails(`Assessing ${machines} machines`);
  const { workflowId } = workflowInfo();
  const assessed = executeChild(assessFleet, {
    workflowId: `${workflowId}/assess`,
    parentClosePolicy: ParentClosePolicy.TERMINATE,
    staticSummary: 'Assessing the fleet',
    args: [{ cycleId: input.cycleId, offset: 0 }],
  });
  // Facts that are stale close gates (I5): whoever plans a run finds them fresh.
  if (patched('cycle asks guests')) {
    await executeChild(inventorySync, {
      workflowId: `${workflowId}/guests`,
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: 'Asking the guests',
      args: [{ offset: 0, asked: 0, failed: 0, onlyStale: true }],
    });
  }
  await assessed;
  const { needed } = await bulk.computeDemand();
  if (patched('cycle looks at patches under way')) {
    const { revised } = await patchNews();
    // What was thought to be fixed may be open again: who looks at compliance sees it at once.
    if (revised) await bulk.auditCompliance();
  }
  const due = patched('urgency orders the queue') ? await computeDue() : null;
  for (const { patchId, urgency } of byUrgency(needed, due?.patches ?? []))
    await startOrWake(patchId, input.requestedBy, urgency);
  if (due !== null) await auditUrgency(workflowId, due.moved);
  setCurrentDetails(`${needed.length} patches needed by ${machines} machines`);
  // What channels told meanwhile may have come too late for this one.
  if (asksForAnother) await continueAsNew<typeof patchCycle>(input);
  return { month: input.month, machines, needed };
}

/** Nothing waits for a deadline to be known. */
async function computeDue(): Promise<ComputedDue | null> {
  try {
    return await bulk.computeDue();
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return null;
  }
}

/** The most urgent first; what has no deadline stays in the order of its ids, last. */
function byUrgency(needed: { patchId: string }[], urgencies: ComputedDue['patches']) {
  const places = new Map(urgencies.map((urgency, place) => [urgency.patchId, { urgency, place }]));
  const placeOf = (patchId: string) => places.get(patchId)?.place ?? urgencies.length;
  return [...needed]
    .sort((a, b) => placeOf(a.patchId) - placeOf(b.patchId))
    .map(({ patchId }) => ({ patchId, urgency: places.get(patchId)?.urgency }));
}

/** People are told beside the cycle: it does not wait until they can be reached. */
async function auditUrgency(cycle: string, moved: string[]): Promise<void> {
  const workflowId = `${cycle}/urgency`;
  try {
    await startChild(urgencyAudit, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'Computing deadlines',
      args: [{ moved }],
    });
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== 'WorkflowExecutionAlreadyStartedError') throw failure;
    await hint(workflowId, computeAgainSignal);
  }
}

async function startOrWake(patchId: string, requestedBy: string[], urgency: Urgency | undefined): Promise<void> {
  const workflowId = `patch/${patchId}`;
  try {
    await startChild(patchLifecycle, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${patchId} from notice to verified`,
      typedSearchAttributes: [...ofPatch(patchId), ...ofUrgency(urgency)],
      ...placeInQueue(urgency),
      args: [{ patchId, requestedBy }],
    });
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== 'WorkflowExecutionAlreadyStartedError') throw failure;
    await getExternalWorkflowHandle(workflowId).signal(wakeSignal);
  }
}
