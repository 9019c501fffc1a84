// The life of a waiver: asked for, reminded of, and ended by a durable timer. Its end has the patch due again; nothing prolongs it (I5, I10).

import { condition, continueAsNew, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { AttendedWaiver } from '../activities/waivers.js';
import type { WaiverStatus } from '../domain/patchWaiver.js';
import { hint } from './hint.js';
import { newsSignal, waiverChangedSignal } from './messages.js';
import { records } from './proxies.js';
import { startOrRepeatCycle } from './unaskedCycle.js';

export interface PatchWaiverInput {
  waiverId: string;
}

/** Each look is a few events; a waiver needs seven. */
const looksMax = 200;
const pauseMsMin = 1000;

export async function patchWaiver(input: PatchWaiverInput): Promise<{ status: WaiverStatus }> {
  let hints = 0;
  setHandler(waiverChangedSignal, () => {
    hints += 1;
  });
  let before: WaiverStatus | null = null;
  for (let look = 0; look < looksMax; look += 1) {
    const seen = hints;
    const waiver = await records.attendWaiver(input);
    const { status, nextAt } = waiver;
    setCurrentDetails(`${waiver.about}: ${status}${nextAt === null ? '' : `, looked at again at ${nextAt}`}`);
    if (status !== before && (status === 'approved' || waiver.reopened)) await tellStories(waiver);
    before = status;
    if (nextAt === null) {
      if (waiver.reopened) await startOrRepeatCycle('a waiver has ended');
      return { status };
    }
    await condition(() => hints > seen, Math.max(pauseMsMin, Date.parse(nextAt) - Date.now()));
  }
  return continueAsNew<typeof patchWaiver>(input);
}

/** Whoever waits looks at the rows again: a request that names a machine which is waived now is asked anew without it. */
async function tellStories({ patchId, category }: AttendedWaiver): Promise<void> {
  await hint(`patch/${patchId}`, newsSignal);
  await hint(`rollout/${patchId}/${category}`, newsSignal);
}
