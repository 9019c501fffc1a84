// A machine back to its baseline: a person decides on the difference that is shown; by a restore point, or by installing again what is
// missing; then the guest itself is asked whether it complies. Silence changes nothing (I5).

import {
  ActivityFailure,
  ParentClosePolicy,
  condition,
  executeChild,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RestorationBrief } from '../activities/restore.js';
import type { RestorationOutcome } from '../domain/restoration.js';
import { textIn } from '../domain/received.js';
import { sessionWorkflowId, type RunTimes } from '../domain/run.js';
import { restorationDecidedSignal, runSettledSignal } from './messages.js';
import { guests, operations, records } from './proxies.js';
import { ofMachine } from './searchAttributes.js';
import { vmRestoration, type VmRestorationResult } from './vmRestoration.js';

export interface BaselineRestoreInput {
  restorationId: string;
}

export interface BaselineRestoreResult {
  outcome: RestorationOutcome | 'rejected' | 'expired';
  detail: string;
}

/** How often a machine that is busy is tried again, and how long between: the window bounds the whole. */
const triesMax = 40;
const busyPauseSeconds = 15;

type Gone = { refused: boolean; problem: string | null };

export async function baselineRestore({ restorationId }: BaselineRestoreInput): Promise<BaselineRestoreResult> {
  let hints = 0;
  const settledRuns: string[] = [];
  setHandler(restorationDecidedSignal, () => {
    hints += 1;
  });
  setHandler(runSettledSignal, (settled) => void settledRuns.push(textIn(settled, 'runKey')));

  const brief = await records.describeRestoration(restorationId);
  setCurrentDetails(`${brief.vmName}: awaiting a decision until ${brief.expiresAt}`);
  await records.askForRestoration(restorationId);
  const status = await decided(restorationId, brief, () => hints);
  if (status !== 'approved') {
    setCurrentDetails(`${brief.vmName}: ${status}, nothing was changed`);
    return { outcome: status, detail: 'nothing was changed' };
  }
  const gone =
    brief.way === 'restorePoint'
      ? await backToRestorePoint(restorationId, brief)
      : await installAgain(restorationId, settledRuns);
  setCurrentDetails(`${brief.vmName}: asking whether it complies`);
  if (!gone.refused) await look(restorationId, brief);
  const { outcome, detail } = await records.concludeRestoration({ restorationId, ...gone });
  setCurrentDetails(`${brief.vmName}: ${outcome}. ${detail}`);
  return { outcome, detail };
}

/** The row says what was decided; the signal only wakes. */
async function decided(
  restorationId: string,
  brief: RestorationBrief,
  hints: () => number,
): Promise<'approved' | 'rejected' | 'expired'> {
  for (;;) {
    const seen = hints();
    const { status } = await records.describeRestoration(restorationId);
    if (status === 'approved' || status === 'rejected' || status === 'expired') return status;
    const left = Date.parse(brief.expiresAt) - Date.now();
    if (left > 0) await condition(() => hints() > seen, left);
    else await records.expireRestoration(restorationId);
  }
}

async function backToRestorePoint(restorationId: string, brief: RestorationBrief): Promise<Gone> {
  const times = await records.restorationWindow(restorationId);
  setCurrentDetails(`${brief.vmName}: approved, waiting for its window at ${times.opensAt}`);
  const wait = Date.parse(times.opensAt) - Date.now();
  if (wait > 0) await sleep(wait, { summary: 'Waiting for the window' });
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const done = await underLock(restorationId, brief, times);
    if (done?.kind === 'settled') return { refused: false, problem: done.problem };
    if (done?.kind === 'refused') return { refused: true, problem: done.reasons.join('; ') };
    await sleep(busyPauseSeconds * 1000, { summary: done?.reason ?? 'another session holds the machine' });
  }
  return { refused: true, problem: 'the machine stayed busy' };
}

async function underLock(
  restorationId: string,
  { vmId, vmName }: RestorationBrief,
  times: RunTimes,
): Promise<VmRestorationResult | null> {
  try {
    return await executeChild(vmRestoration, {
      workflowId: sessionWorkflowId(vmId),
      // The machine is finished even when its parent dies: its end would free the lock while Azure still works.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${vmName}: back to its restore point`,
      typedSearchAttributes: ofMachine(vmName),
      args: [{ restorationId, sessionId: `restoration/${restorationId}#${vmId}`, vmId, vmName, times }],
    });
  } catch (failure) {
    if (failure instanceof Error && failure.name === 'WorkflowExecutionAlreadyStartedError') return null;
    throw failure;
  }
}

/** The machine's own maintenance installs, behind its gates; its rows are judged by what the guest tells afterwards. */
async function installAgain(restorationId: string, settledRuns: string[]): Promise<Gone> {
  const enrolled = await records.enrolRestoration({ restorationId, notifyWorkflowId: workflowInfo().workflowId });
  for (const { runKey, deadline } of enrolled) {
    setCurrentDetails(`Enrolled in ${runKey}`);
    const wait = Math.max(60_000, Date.parse(deadline) - Date.now());
    if (!(await condition(() => settledRuns.includes(runKey), wait))) {
      const { settled } = await records.rescueRun(runKey);
      if (!settled) return { refused: false, problem: `${runKey} did not settle by ${deadline}` };
    }
  }
  return { refused: false, problem: null };
}

/** A guest that does not answer leaves facts that are stale: then it is not known that it complies. */
async function look(restorationId: string, { vmId, vmName }: RestorationBrief): Promise<void> {
  try {
    await operations.performStep.executeWithOptions({ summary: `Assessing ${vmName}` }, [
      { sessionId: `restoration/${restorationId}/look`, runKey: null, vmId, step: 'assess' },
    ]);
    await guests.askGuest.executeWithOptions({ summary: `Asking ${vmName}` }, [{ vmId }]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
}
