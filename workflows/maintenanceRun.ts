// A maintenance run: sleeps until planning, fixes the manifest, opens wave after wave behind its gates, settles. The rows are the truth.

import {
  ParentClosePolicy,
  condition,
  executeChild,
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
import { records } from './proxies.js';
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
  if (plan.status === 'settled') return settle(runKey, plan, 'empty', 'nothing was due');
  await sleepUntil(plan.opensAt, 'Waiting for the window');

  for (let number = 1; number <= plan.waves; number += 1) {
    const stopped = await passGate(runKey, number, () => looks);
    if (stopped !== null) return settle(runKey, plan, stopped.outcome, stopped.reasons.join('; '));
    setCurrentDetails(`Wave ${number} of ${plan.waves}`);
    await executeChild(wave, {
      workflowId: waveWorkflowId(runKey, number),
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: `Wave ${number} of ${plan.waves}`,
      args: [{ runKey, wave: number, inFlightMax: plan.inFlightMax }],
    });
  }
  if (plan.environment === 'staging' && plan.soakSeconds > 0)
    await sleep(plan.soakSeconds * 1000, { summary: 'Soaking' });
  return settle(runKey, plan, 'completed', `${plan.waves} waves done`);
}

async function passGate(
  runKey: string,
  number: number,
  looks: () => number,
): Promise<{ outcome: RunOutcome; reasons: string[] } | null> {
  for (;;) {
    const seen = looks();
    const answer = await records.checkWave({ runKey, wave: number });
    if (answer.kind === 'open') return null;
    setCurrentDetails(`Gate of wave ${number} is closed: ${answer.reasons.join('; ')}`);
    // A closed gate is waited out until the window is over: the answer itself says when there is no hope left.
    if (answer.hopeless) return { outcome: number > 1 ? 'halted' : 'windowClosed', reasons: answer.reasons };
    await condition(() => looks() > seen, gatePauseSeconds * 1000);
  }
}

async function settle(
  runKey: string,
  plan: RunBrief,
  outcome: RunOutcome,
  reason: string,
): Promise<{ outcome: RunOutcome; installed: number; other: number }> {
  const settled = await records.settleRun({ runKey, outcome, reason });
  setCurrentDetails(`Settled: ${settled.outcome}. ${settled.installed} installed, ${settled.other} otherwise.`);
  for (const workflowId of plan.notify) await hint(workflowId, runSettledSignal, { runKey });
  return settled;
}

async function sleepUntil(instant: string, summary: string): Promise<void> {
  const milliseconds = Date.parse(instant) - Date.now();
  if (Number.isNaN(milliseconds)) throw new Error(`run ${workflowInfo().workflowId} has no time for: ${summary}`);
  if (milliseconds > 0) await sleep(milliseconds, { summary });
}
