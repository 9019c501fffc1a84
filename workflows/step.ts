// One Azure operation of a machine's session, told in a sentence; and the way back, which is four of them.

import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import type { EvidenceTaken } from '../activities/forensics.js';
import type { StepResult } from '../activities/steps.js';
import type { ProbesTaken } from '../activities/machineProbe.js';
import type { AzureStep, ProbeStep } from '../domain/operation.js';
import { guests, operations } from './proxies.js';

export interface StepOf {
  sessionId: string;
  runKey: string | null;
  vmId: string;
}

export async function step(input: StepOf, name: AzureStep): Promise<StepResult> {
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

const sentences: Record<AzureStep, string> = {
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

/** Where it stopped, null when the machine runs from its restore point again. */
export async function returnToRestorePoint(input: StepOf): Promise<string | null> {
  for (const name of ['deallocate', 'restoreDisk', 'swapDisk', 'start'] as const) {
    const done = await step(input, name);
    if (done.kind !== 'succeeded') return `the way back stopped at ${name}: ${done.message}`;
  }
  return null;
}

/** A guest that never answers ends the machine's session, and never lets it pass. */
export async function takeEvidence(input: StepOf & { runKey: string }): Promise<EvidenceTaken> {
  try {
    const { sessionId, runKey, vmId } = input;
    return await guests.takeEvidence.executeWithOptions({ summary: 'Taking forensic evidence' }, [
      { sessionId, runKey, vmId },
    ]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { kind: 'failed', reason: `forensic evidence is missing: ${failure.cause?.message ?? failure.message}` };
  }
}

const probeSentences: Record<ProbeStep, string> = {
  probesBefore: 'Probing the machine before anything changes',
  probesAfter: 'Probing the machine after the installation',
  probesAfterUnwind: 'Probing the machine after the return',
};

/** A guest that never answers is unknown, and never lets its machine pass. */
export async function takeProbes(input: StepOf & { runKey: string }, name: ProbeStep): Promise<ProbesTaken> {
  setCurrentDetails(probeSentences[name]);
  try {
    const { sessionId, runKey, vmId } = input;
    return await guests.takeProbes.executeWithOptions({ summary: probeSentences[name] }, [
      { sessionId, runKey, vmId, step: name },
    ]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { kind: 'failed', reason: `its probes did not answer: ${failure.cause?.message ?? failure.message}` };
  }
}
