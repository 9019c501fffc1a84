// Delivers one round of a notice: each recipient by each way, again later where it must be, until all are closed. Attempts are bounded (I10).

import { setCurrentDetails, sleep } from '@temporalio/workflow';
import { inLanes } from './lanes.js';
import { deliveries, records } from './proxies.js';

export interface NoticeDeliveryInput {
  noticeId: string;
  round: number;
}

const atOnce = 5;
/** Attempts are bounded by policy; this bounds the history, and what is left is found by the next look at what is unattended. */
const looksMax = 200;
/** Rows that another attempt holds are looked at again after this long. */
const pauseMsMin = 1000;

export async function noticeDelivery(input: NoticeDeliveryInput): Promise<{ undeliverable: number }> {
  for (let look = 0; look < looksMax; look += 1) {
    const { due, nextAt } = await records.dueDeliveries(input);
    if (due.length > 0) {
      await inLanes(due, atOnce, async ({ deliveryId, recipient, way }) => {
        await deliveries.deliver.executeWithOptions({ summary: `${recipient} by ${way}` }, [{ deliveryId }]);
      });
    } else if (nextAt === null) {
      break;
    } else {
      setCurrentDetails(`Next attempt at ${nextAt}`);
      await sleep(Math.max(pauseMsMin, Date.parse(nextAt) - Date.now()), { summary: 'Until the next attempt' });
    }
  }
  const { undeliverable } = await records.tellUndeliverable(input);
  setCurrentDetails(undeliverable === 0 ? 'Delivered' : `${undeliverable} could not be delivered`);
  return { undeliverable };
}
