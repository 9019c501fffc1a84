// One Azure operation of a twin, told in a sentence.

import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import type { StepResult } from '../activities/steps.js';
import type { TwinStepInput } from '../activities/twinSteps.js';
import { operations } from './proxies.js';

export async function twinStep(input: TwinStepInput): Promise<StepResult> {
  const summary = sentenceOf(input.step);
  setCurrentDetails(summary);
  try {
    return await operations.performTwinStep.executeWithOptions({ summary }, [input]);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return { kind: 'failed', message: failure.cause?.message ?? failure.message };
  }
}

function sentenceOf(step: TwinStepInput['step']): string {
  if (step === 'makeMachine') return 'Making a machine of its disks';
  if (step === 'removeMachine') return 'Removing the machine with its disks';
  const place = /\d+$/.exec(step)?.[0] ?? '';
  return step.startsWith('make') ? `Making disk ${place} of the restore point` : `Removing disk ${place}`;
}
