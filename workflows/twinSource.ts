// A restore point of the machine that a twin is made of. Its id is the machine's lock, as a session's is (I3).

import type { TwinInput } from '../activities/twins.js';
import type { StepResult } from '../activities/steps.js';
import { step } from './step.js';

export interface TwinSourceInput extends TwinInput {
  sessionId: string;
  vmId: string;
}

export async function twinSource({ sessionId, vmId }: TwinSourceInput): Promise<StepResult> {
  return step({ sessionId, runKey: null, vmId }, 'restorePoint');
}
