// A test notice, asked for by a person: written down and delivered like any other, in one attempt.

import type { Way } from '../domain/notice.js';
import type { Recipient } from '../domain/noticeRouting.js';
import type { Ports } from './ports.js';

export interface NoticeTestInput {
  testId: string;
  by: string;
  recipients: Recipient[];
}

export interface OpenedTest {
  noticeId: string;
  deliveries: { deliveryId: string; recipient: string; way: Way }[];
}

export function createNoticeTestActivities({ inventory: { notices }, clock }: Ports) {
  return {
    async openTest({ testId, by, recipients }: NoticeTestInput): Promise<OpenedTest> {
      const at = clock.now();
      const { noticeId } = await notices.tell(
        {
          occasion: `test/${testId}`,
          kind: 'test',
          urgency: 'routine',
          subject: 'A test notice of Patchline',
          lines: [`${by} asked for it at ${at}. Nothing has happened, and nothing is to be done.`],
          concerned: [],
          left: [],
          patchId: null,
          category: null,
        },
        recipients.map((one) => ({ ...one, heldUntil: null, problem: null })),
        at,
      );
      const { due } = await notices.due(noticeId, 0, at);
      return { noticeId, deliveries: due.map(({ deliveryId, recipient, way }) => ({ deliveryId, recipient, way })) };
    },
  };
}
