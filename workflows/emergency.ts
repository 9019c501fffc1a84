// The life of an emergency: signed for, used, ended by a durable timer, and reviewed by a deadline of its own. Nothing prolongs it (I2, I10).

import { condition, continueAsNew, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { EmergencyStatus } from '../domain/emergency.js';
import { hint } from './hint.js';
import { emergencyChangedSignal, newsSignal, runSettledSignal } from './messages.js';
import { records } from './proxies.js';

export interface EmergencyInput {
  emergencyId: string;
}

/** Each look is a few events. */
const looksMax = 200;
const pauseMsMin = 1000;

export async function emergency(input: EmergencyInput): Promise<{ status: EmergencyStatus }> {
  let hints = 1;
  const heard = () => {
    hints += 1;
  };
  setHandler(emergencyChangedSignal, heard);
  setHandler(runSettledSignal, heard);
  for (let look = 0, told = 0; look < looksMax; look += 1) {
    const seen = hints;
    const attended = await records.attendEmergency(input);
    const { status, patchId, category, nextAt } = attended;
    setCurrentDetails(`${attended.about}: ${attended.words}`);
    // Its rollout looks at the rows: it may enrol outside of its window now, or may no longer.
    if (attended.moved || seen > told) await hint(`rollout/${patchId}/${category}`, newsSignal);
    told = seen;
    if (nextAt === null) return { status };
    await condition(() => hints > seen, Math.max(pauseMsMin, Date.parse(nextAt) - Date.now()));
  }
  return continueAsNew<typeof emergency>(input);
}
