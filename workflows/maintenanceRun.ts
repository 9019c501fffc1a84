// A maintenance run: sleeps until planning, fixes the manifest, opens wave after wave behind its gates, settles. The rows are the truth.

import {
  ActivityFailure,
  ParentClosePolicy,
  condition,
  executeChild,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunBrief } from '../activities/maintain.js';
import type { RunOutcome } from '../domain/run.js';
import { waveWorkflowId } from '../domain/run.js';
import { hint } from './hint.js';
import { lookAgainSignal, runSettledSignal } from './messages.js';
import { records, telling } from './proxies.js';
import { soak } from './soak.js';
import { wave } from './wave.js';

/** How long a closed gate is left alone before it is asked again. */
const gatePauseSeconds = 10;

export async function maintenanceRun({
  runKey,
}: {
  runKey: string;
}): Promise<{ outcome: RunOutcome; installed: number; other: number }> {
  let looks = 0;
  setHandler(lookAgainSignal, () => {
    looks += 1;
  });

  const announced = await records.describeRun(runKey);
  await sleepUntil(announced.planAt, 'Waiting for planning time');
  const plan = await records.planRun(runKey);
  if (plan.status === 'settled')
    return settle(runKey, plan, { outcome: 'empty', reason: 'nothing was due' }, ownersOf(plan));
  await sleepUntil(plan.opensAt, 'Waiting for the window');

  const owners = ownersOf(plan);
  for (let number = 1; number <= plan.waves; number += 1) {
    const stopped = await passGate(runKey, number, () => looks);
    if (stopped !== null) return settle(runKey, plan, stopped, owners);
    if (number === 1 && owners !== null) owners.begun = tellOwners(runKey, 'started');
    setCurrentDetails(`Wave ${number} of ${plan.waves}`);
    await executeChild(wave, {
      workflowId: waveWorkflowId(runKey, number),
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: `Wave ${number} of ${plan.waves}`,
      args: [{ runKey, wave: number, inFlightMax: plan.inFlightMax }],
    });
  }
  if (plan.environment === 'staging' && plan.soakSeconds > 0) await soakOf(runKey, plan);
  return settle(runKey, plan, { outcome: 'completed', reason: `${plan.waves} waves done` }, owners);
}

/** Shortened or not, what soaked is probed at its end. */
async function soakOf(runKey: string, plan: RunBrief): Promise<void> {
  if (!patched('machines are probed while they soak')) {
    await sleep(plan.soakSeconds * 1000, { summary: 'Soaking' });
    return;
  }
  const probesAt = plan.soakProbesAt ?? [plan.soakSeconds];
  await soak({ runKey, inFlightMax: plan.inFlightMax, probesAt });
}

interface End {
  outcome: RunOutcome;
  reason: string;
}

async function passGate(runKey: string, number: number, looks: () => number): Promise<End | null> {
  for (;;) {
    const seen = looks();
    const answer = await records.checkWave({ runKey, wave: number });
    if (answer.kind === 'open') return null;
    setCurrentDetails(`Gate of wave ${number} is closed: ${answer.reasons.join('; ')}`);
    // A closed gate is waited out until the window is over: the answer itself says when there is no hope left.
    if (answer.hopeless) return { outcome: number > 1 ? 'halted' : 'windowClosed', reason: answer.reasons.join('; ') };
    await condition(() => looks() > seen, gatePauseSeconds * 1000);
  }
}

async function settle(
  runKey: string,
  plan: RunBrief,
  end: End,
  owners: Owners | null,
): Promise<{ outcome: RunOutcome; installed: number; other: number }> {
  const settled = await records.settleRun({ runKey, ...end });
  setCurrentDetails(`Settled: ${settled.outcome}. ${settled.installed} installed, ${settled.other} otherwise.`);
  for (const workflowId of plan.notify) await hint(workflowId, runSettledSignal, { runKey });
  if (owners !== null) {
    await owners.begun;
    await tellOwners(runKey, 'ended');
  }
  return settled;
}

interface Owners {
  /** Told meanwhile: maintenance does not wait for it. */
  begun: Promise<void>;
}

/** Owners of production machines. Of runs that began before they were told here, the next look tells. */
function ownersOf(plan: RunBrief): Owners | null {
  return plan.environment === 'production' && patched('run tells owners') ? { begun: Promise.resolve() } : null;
}

async function tellOwners(runKey: string, stage: 'started' | 'ended'): Promise<void> {
  try {
    await telling.tellMaintenance({ runKey, stage });
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
}

async function sleepUntil(instant: string, summary: string): Promise<void> {
  const milliseconds = Date.parse(instant) - Date.now();
  if (Number.isNaN(milliseconds)) throw new Error(`run ${workflowInfo().workflowId} has no time for: ${summary}`);
  if (milliseconds > 0) await sleep(milliseconds, { summary });
}
