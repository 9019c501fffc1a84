// A test notice: one attempt by each way, and what the receivers really answered.

import type { NoticeTestInput } from '../activities/noticeTest.js';
import type { Way } from '../domain/notice.js';
import { deliveries, records } from './proxies.js';

export interface NoticeTestResult {
  noticeId: string;
  results: { recipient: string; way: Way; delivered: boolean; detail: string }[];
}

export async function noticeTest(input: NoticeTestInput): Promise<NoticeTestResult> {
  const opened = await records.openTest(input);
  const results = await Promise.all(
    opened.deliveries.map(async ({ deliveryId, recipient, way }) => {
      const { state, detail } = await deliveries.deliver.executeWithOptions({ summary: `${recipient} by ${way}` }, [
        { deliveryId },
      ]);
      return { recipient, way, delivered: state === 'delivered', detail };
    }),
  );
  return { noticeId: opened.noticeId, results };
}
