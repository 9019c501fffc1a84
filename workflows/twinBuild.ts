// A copy of a production machine in staging: decided by another person, built, looked at before anything is done on it, measured; and removed when
// its life is over. Silence builds nothing, and nothing of it is ever production (I1, I5, I6, I10).

import {
  ActivityFailure,
  ParentClosePolicy,
  condition,
  executeChild,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { TwinBrief, TwinInput } from '../activities/twins.js';
import { sessionWorkflowId } from '../domain/run.js';
import { twinSessionId, twinWaitsUntil, twinWorkflowId, type TwinStatus } from '../domain/twin.js';
import { twinChangedSignal } from './messages.js';
import { bulk, guests, operations, records } from './proxies.js';
import { ofMachine } from './searchAttributes.js';
import { twinRemoval } from './twinRemoval.js';
import { twinSource } from './twinSource.js';
import { twinStep } from './twinStep.js';

export interface TwinBuildResult {
  status: TwinStatus;
}

/** How often a machine that somebody else holds is tried again, and how long between. */
const busyTriesMax = 240;
const busyPauseSeconds = 15;
/** Azure's lists lag behind by some minutes. */
const listTriesMax = 20;
const listPauseSeconds = 30;
const removalTriesMax = 5;
const removalPauseMinutes = 10;
const pauseMsMin = 1000;

export async function twinBuild({ twinId }: TwinInput): Promise<TwinBuildResult> {
  let hints = 0;
  setHandler(twinChangedSignal, () => {
    hints += 1;
  });
  const brief = await records.describeTwin({ twinId });
  setCurrentDetails(`${brief.about}: ${brief.status}`);
  if (brief.status === 'proposed') await records.askForTwin({ twinId });
  await waited(twinId, 'proposed', () => hints);
  const decided = await records.describeTwin({ twinId });
  if (decided.status === 'approved' || decided.status === 'building') await build(twinId, decided);
  await waited(twinId, 'built', () => hints);
  const { ended } = await records.describeTwin({ twinId });
  if (!ended) await remove(twinId);
  const { status, about } = await records.describeTwin({ twinId });
  setCurrentDetails(`${about}: ${status}`);
  return { status };
}

/** While it stands so. The row says what was decided; the signal only wakes. */
async function waited(twinId: string, standing: 'proposed' | 'built', hints: () => number): Promise<void> {
  for (;;) {
    const seen = hints();
    const twin = await records.describeTwin({ twinId });
    if (twin.status !== standing || twin.retireAskedBy !== null) return;
    const until = twinWaitsUntil(twin);
    setCurrentDetails(`${twin.about}: ${standing} until ${until ?? 'its end'}`);
    const left = until === null ? 0 : Date.parse(until) - Date.now();
    if (left > 0) await condition(() => hints() > seen, Math.max(pauseMsMin, left));
    else if (standing === 'built') return;
    else await records.expireTwin({ twinId });
  }
}

/** Whatever goes wrong is its reason; what was made of it is removed afterwards. */
async function build(twinId: string, brief: TwinBrief): Promise<void> {
  const problem = await built(twinId, brief).catch((failure: unknown) => {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { reason: failure.cause?.message ?? failure.message, alarm: false };
  });
  if (problem === null) await records.tellTwinBuilt({ twinId });
  else await records.failTwin({ twinId, ...problem });
}

type Problem = { reason: string; alarm: boolean } | null;

async function built(twinId: string, { about, name, source }: TwinBrief): Promise<Problem> {
  setCurrentDetails(`${about}: looking whether it may be built`);
  let opened = await operations.openTwin({ twinId });
  if (opened.kind === 'open' && opened.fresh) {
    const problem = await takeRestorePoint(twinId, source);
    if (problem !== null) return { reason: problem, alarm: false };
    opened = await operations.openTwin({ twinId });
  }
  if (opened.kind === 'refused') return { reason: opened.reasons.join('; '), alarm: false };
  const sessionId = twinSessionId(twinId);
  for (let place = 0; place < (opened.disks ?? 0); place += 1) {
    const made = await twinStep({ twinId, sessionId, step: `makeDisk${place}` });
    if (made.kind !== 'succeeded') return { reason: made.message, alarm: false };
  }
  const made = await twinStep({ twinId, sessionId, step: 'makeMachine' });
  if (made.kind !== 'succeeded') return { reason: made.message, alarm: false };
  setCurrentDetails(`${about}: waiting for its agent`);
  const summary = `Waiting for ${name}`;
  await operations.awaitTwin.executeWithOptions({ summary, scheduleToCloseTimeout: '1 hour' }, [{ twinId }]);
  const placed = await listed(twinId);
  if (placed.kind === 'unlisted') return { reason: 'Azure does not list it', alarm: false };
  if (placed.kind === 'misplaced') return { reason: placed.reasons.join('; '), alarm: true };
  await look(sessionId, placed.vmId, name);
  const measured = await records.measureTwin({ twinId });
  return measured.kind === 'built' ? null : { reason: measured.reason, alarm: false };
}

async function takeRestorePoint(twinId: string, { vmId, name }: TwinBrief['source']): Promise<string | null> {
  setCurrentDetails(`A restore point of ${name}`);
  const input = { twinId, vmId, sessionId: `${twinSessionId(twinId)}#source` };
  for (let attempt = 0; attempt < busyTriesMax; attempt += 1) {
    const taken = await underLock(() =>
      executeChild(twinSource, {
        workflowId: sessionWorkflowId(vmId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${name}: a restore point for a twin`,
        typedSearchAttributes: ofMachine(name),
        args: [input],
      }),
    );
    if (taken !== null)
      return taken.done.kind === 'succeeded' ? null : `no restore point of ${name}: ${taken.done.message}`;
    await sleep(busyPauseSeconds * 1000, { summary: `${name} is busy` });
  }
  return `${name} stayed busy: no restore point could be taken`;
}

async function listed(twinId: string) {
  for (let attempt = 1; ; attempt += 1) {
    await bulk.syncInventory();
    const placed = await records.placeTwin({ twinId });
    if (placed.kind !== 'unlisted' || attempt >= listTriesMax) return placed;
    await sleep(listPauseSeconds * 1000, { summary: 'Waiting until Azure lists it' });
  }
}

/** What it is compared by: what a guest that does not answer leaves unknown counts for nothing (I5). */
async function look(sessionId: string, vmId: string, name: string): Promise<void> {
  setCurrentDetails(`Asking ${name} what it is`);
  try {
    for (const step of ['assess', 'probe'] as const)
      await operations.performStep.executeWithOptions({ summary: `Asking ${name}: ${step}` }, [
        { sessionId, runKey: null, vmId, step },
      ]);
    await guests.askGuest.executeWithOptions({ summary: `Asking ${name}` }, [{ vmId }]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
  await bulk.computeDemand();
}

async function remove(twinId: string): Promise<void> {
  const { about, name, vmId } = await records.describeTwin({ twinId });
  setCurrentDetails(`${about}: removing it`);
  let problem: string | null = 'the machine stayed busy';
  for (let attempt = 1, tries = 0; attempt <= removalTriesMax && tries < busyTriesMax; tries += 1) {
    const number = attempt;
    const done = await underLock(() =>
      executeChild(twinRemoval, {
        workflowId: vmId === null ? `${twinWorkflowId(twinId)}/removal` : sessionWorkflowId(vmId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${name}: removed`,
        typedSearchAttributes: ofMachine(name),
        args: [{ twinId, attempt: number }],
      }),
    );
    if (done === null) {
      await sleep(busyPauseSeconds * 1000, { summary: `${name} is busy` });
      continue;
    }
    problem = done.done;
    if (problem === null) break;
    attempt += 1;
    await sleep(removalPauseMinutes * 60_000, { summary: 'Trying to remove it again' });
  }
  await records.settleTwinRemoval({ twinId, problem });
  await bulk.syncInventory();
}

/** Null: another session holds the machine. */
async function underLock<T>(work: () => Promise<T>): Promise<{ done: T } | null> {
  try {
    return { done: await work() };
  } catch (failure) {
    if (failure instanceof Error && failure.name === 'WorkflowExecutionAlreadyStartedError') return null;
    throw failure;
  }
}
