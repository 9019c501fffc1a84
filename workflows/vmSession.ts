// One machine's maintenance. The workflow id is the machine's lock (I3): admit, restore point, install, verify, settle; unwind when sick.
// No session waits for a person: it quarantines and closes.

import { ActivityFailure, CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { Conclusion, SessionInput } from '../activities/session.js';
import type { StepResult } from '../activities/steps.js';
import type { OperationStep } from '../domain/operation.js';
import { operations, records } from './proxies.js';

export type SessionResult =
  | { kind: 'settled'; outcome: string; detail: string }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export async function vmSession(input: SessionInput): Promise<SessionResult> {
  const admission = await records.admitSession(input);
  if (admission.kind !== 'admitted') return admission;
  setCurrentDetails(`Admitted for ${admission.patches.join(', ')}`);
  // From here on cancellation means finish or unwind: Azure would go on installing without us.
  return CancellationScope.nonCancellable(() => maintain(input));
}

async function maintain(input: SessionInput): Promise<SessionResult> {
  const restorePoint = await step(input, 'restorePoint');
  if (restorePoint.kind !== 'succeeded')
    return end(input, 'refused', `no way back: the restore point ${restorePoint.kind}: ${restorePoint.message}`);
  await records.keepRestorePoint(input);

  const installation = await step(input, 'install');
  if (installation.kind === 'inDoubt')
    return end(input, 'inDoubt', `nobody knows whether it was installed: ${installation.message}`);

  await Promise.all([step(input, 'assess'), step(input, 'probe')]);
  const conclusion = await records.concludeSession(input);
  if (conclusion.kind === 'settled') return told(conclusion);

  const why =
    installation.kind === 'failed'
      ? [`the installation failed: ${installation.message}`, ...conclusion.reasons]
      : conclusion.reasons;
  if (conclusion.unwind === 'ask') return end(input, 'quarantined', why.join('; '));
  return unwind(input, why);
}

/** Back to the restore point. Always allowed, whatever the window or freeze says (I2). */
async function unwind(input: SessionInput, why: string[]): Promise<SessionResult> {
  setCurrentDetails(`Sick: ${why.join('; ')}. Returning to the restore point.`);
  for (const name of ['deallocate', 'restoreDisk', 'swapDisk', 'start'] as const) {
    const done = await step(input, name);
    if (done.kind !== 'succeeded')
      return end(input, 'quarantined', `${why.join('; ')}; the way back stopped at ${name}: ${done.message}`);
  }
  await step(input, 'probeAfterUnwind');
  return told(await records.concludeUnwinding({ ...input, why }));
}

async function step(input: SessionInput, name: OperationStep): Promise<StepResult> {
  setCurrentDetails(sentences[name]);
  try {
    return await operations.performStep.executeWithOptions({ summary: sentences[name] }, [
      { sessionId: input.sessionId, runKey: input.runKey, vmId: input.vmId, step: name },
    ]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { kind: name === 'install' ? 'inDoubt' : 'failed', message: failure.cause?.message ?? failure.message };
  }
}

const sentences: Record<OperationStep, string> = {
  restorePoint: 'Taking a restore point',
  install: 'Installing the due patches, with one restart',
  assess: 'Asking Azure what is still missing',
  probe: 'Asking the guest how it is',
  deallocate: 'Stopping the machine to change its disk',
  restoreDisk: 'Making a disk from the restore point',
  swapDisk: 'Swapping the OS disk',
  start: 'Starting the machine',
  assessAfterUnwind: 'Asking Azure what is missing after the return',
  probeAfterUnwind: 'Asking the guest how it is after the return',
};

async function end(
  input: SessionInput,
  outcome: 'failed' | 'quarantined' | 'inDoubt' | 'refused',
  why: string,
): Promise<SessionResult> {
  return told(await records.endSession({ ...input, outcome, why }));
}

function told(conclusion: Conclusion): SessionResult {
  if (conclusion.kind === 'sick') return { kind: 'settled', outcome: 'inDoubt', detail: conclusion.reasons.join('; ') };
  setCurrentDetails(`${conclusion.outcome}: ${conclusion.detail}`);
  return { kind: 'settled', outcome: conclusion.outcome, detail: conclusion.detail };
}
