// Which patch of a staging set that failed is to blame: machines go back, a part of the set is tried, until the rows name somebody. The rows
// are the truth: started again, or reset, it goes on with the trial that is open.

import {
  ActivityFailure,
  ParentClosePolicy,
  condition,
  executeChild,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Enrolled } from '../activities/deploy.js';
import type { NextTrial } from '../activities/isolation.js';
import { textIn } from '../domain/received.js';
import { sessionWorkflowId } from '../domain/run.js';
import { hint } from './hint.js';
import { isolationEndedSignal, runSettledSignal } from './messages.js';
import { operations, records, telling } from './proxies.js';
import { ofMachine } from './searchAttributes.js';
import { trialReturn } from './trialReturn.js';

export interface IsolationInput {
  isolationId: string;
}

/** More than policy allows: the rows end it long before. */
const roundsMax = 200;
/** How often a machine that is busy is tried again, and how long between. */
const triesMax = 40;
const busyPauseSeconds = 15;
/** How often a run that lives on past its deadline is waited for, and how long. */
const lateLooksMax = 3;
const lateLookMs = 10 * 60_000;

type Trial = Extract<NextTrial, { kind: 'trial' }>;
type Machine = Trial['machines'][number];

export async function culpritIsolation({ isolationId }: IsolationInput): Promise<{ status: string; detail: string }> {
  const settledRuns = new Set<string>();
  setHandler(runSettledSignal, (settled) => void settledRuns.add(textIn(settled, 'runKey')));
  for (let round = 0; round < roundsMax; round += 1) {
    const next = await records.nextTrial(isolationId);
    if (next.kind === 'ended') return tellEnd(isolationId, next);
    await tryOut(isolationId, next, settledRuns);
  }
  await records.giveUpIsolation(isolationId);
  const next = await records.nextTrial(isolationId);
  return next.kind === 'ended' ? tellEnd(isolationId, next) : { status: 'running', detail: next.what };
}

async function tryOut(isolationId: string, trial: Trial, settledRuns: Set<string>): Promise<void> {
  const { number, what, machines, enrolled } = trial;
  if (!enrolled) {
    setCurrentDetails(`${what}. Machines go back to where it begins.`);
    await Promise.all(machines.map(async (machine) => prepare(isolationId, number, machine)));
  }
  const run = await records.startTrial({ isolationId, number });
  if (run !== null) {
    setCurrentDetails(`${what}. In ${run.runKey}.`);
    await untilSettled(run, settledRuns, enrolled);
  }
  await records.judgeTrial({ isolationId, number });
}

/** Back, or looked at: what Azure thinks is missing decides what the trial's run may install. */
async function prepare(isolationId: string, number: number, { vmId, vmName, standing }: Machine): Promise<void> {
  if (standing === 'changed') return goBack(isolationId, number, { vmId, vmName });
  if (standing === 'lost') return;
  try {
    await operations.performStep.executeWithOptions({ summary: `Assessing ${vmName}` }, [
      { sessionId: `${isolationId}/look-${number}#${vmId}`, runKey: null, vmId, step: 'assess' },
    ]);
  } catch (failure) {
    // Without an assessment the run leaves out what it cannot know: the trial then says nothing (I5).
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
}

async function goBack(
  isolationId: string,
  number: number,
  { vmId, vmName }: { vmId: string; vmName: string },
): Promise<void> {
  const sessionId = `${isolationId}/return-${number}#${vmId}`;
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const done = await underLock({ isolationId, sessionId, vmId, vmName });
    if (done !== null && done.kind !== 'later') return;
    await sleep(busyPauseSeconds * 1000, { summary: `${vmName} is busy` });
  }
}

/** Null: another session holds the machine. */
async function underLock(input: Parameters<typeof trialReturn>[0]) {
  try {
    return await executeChild(trialReturn, {
      workflowId: sessionWorkflowId(input.vmId),
      // The machine is finished even when its parent dies: its end would free the lock while Azure still works.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${input.vmName}: back to where a trial begins`,
      typedSearchAttributes: ofMachine(input.vmName),
      args: [input],
    });
  } catch (failure) {
    if (failure instanceof Error && failure.name === 'WorkflowExecutionAlreadyStartedError') return null;
    throw failure;
  }
}

/** By the run's hint, or by its deadline; the rows then say what became of it (I10). */
async function untilSettled(
  { runKey, deadline }: Enrolled,
  settledRuns: Set<string>,
  isResumed: boolean,
): Promise<void> {
  // Its hint may have come before this story began.
  if (isResumed && (await records.rescueRun(runKey)).settled) return;
  let wait = Math.max(1000, Date.parse(deadline) - Date.now());
  for (let look = 0; look < lateLooksMax; look += 1) {
    if (await condition(() => settledRuns.has(runKey), wait)) return;
    const { settled } = await records.rescueRun(runKey);
    if (settled) return;
    wait = lateLookMs;
  }
}

async function tellEnd(
  isolationId: string,
  { status, detail, notify }: Extract<NextTrial, { kind: 'ended' }>,
): Promise<{ status: string; detail: string }> {
  setCurrentDetails(`${status}: ${detail}`);
  try {
    await telling.tellIsolation(isolationId);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
  for (const workflowId of notify) await hint(workflowId, isolationEndedSignal, { isolationId });
  return { status, detail };
}
