// Tells webhooks of a change, version after version, again later where it must be; a rollout that waits for one to take it looks again. Bounded (I10).

import { condition, continueAsNew, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { hint } from './hint.js';
import { changeUpdatedSignal, newsSignal } from './messages.js';
import { deliveries, records } from './proxies.js';

export interface ChangeDeliveryInput {
  changeId: string;
}

const looksMax = 200;
const pauseMsMin = 1000;

export async function changeDelivery(input: ChangeDeliveryInput): Promise<{ delivered: number; failed: number }> {
  let updates = 0;
  setHandler(changeUpdatedSignal, () => {
    updates += 1;
  });
  const counts = { delivered: 0, failed: 0 };
  for (let look = 0; look < looksMax; look += 1) {
    const seen = updates;
    const { due, nextAt } = await records.dueChangeDeliveries(input);
    for (const deliveryId of due) {
      const { state } = await deliveries.deliverChange({ deliveryId });
      if (state === 'delivered') counts.delivered += 1;
      if (state === 'undeliverable') counts.failed += 1;
      // `change/<patch>/<category>/<digest>`
      if (state === 'delivered') await hint(`rollout/${input.changeId.split('/').slice(1, 3).join('/')}`, newsSignal);
    }
    if (due.length > 0) continue;
    if (nextAt === null) {
      if (updates > seen) continue;
      setCurrentDetails(`${counts.delivered} taken, ${counts.failed} could not be delivered`);
      return counts;
    }
    setCurrentDetails(`Next attempt at ${nextAt}`);
    await condition(() => updates > seen, Math.max(pauseMsMin, Date.parse(nextAt) - Date.now()));
  }
  return continueAsNew<typeof changeDelivery>(input);
}
