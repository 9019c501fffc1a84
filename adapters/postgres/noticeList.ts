// What was told to whom, as people look it up: newest first, in pages; and how notices stand as a whole.

import { and, asc, count, desc, eq, gte, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { NoticeStore } from '../../ports/noticeLog.js';
import type { Database } from './database.js';
import { notice, noticeDelivery, noticeProblem } from './schema/notices.js';

/** The last attempt brought nothing, and there will be another. */
const isFailing = and(isNotNull(noticeDelivery.problem), inArray(noticeDelivery.state, ['waiting', 'sending', 'held']));

const isProblem = or(
  eq(noticeDelivery.state, 'undeliverable'),
  isFailing,
  and(eq(notice.pageState, 'unacknowledged'), eq(noticeDelivery.reason, 'unacknowledged')),
);

/** Without its text: a list is of many. */
const told = {
  occasion: notice.occasion,
  kind: notice.kind,
  urgency: notice.urgency,
  subject: notice.subject,
  patchId: notice.patchId,
  category: notice.category,
  pageState: notice.pageState,
  acknowledgedBy: notice.acknowledgedBy,
  acknowledgedAt: notice.acknowledgedAt,
  exhaustedAt: notice.exhaustedAt,
};

export function createNoticeList(db: Database): Pick<NoticeStore, 'list' | 'standing'> {
  return {
    async list({ noticeId, recipients, patchId, kind, problems, pages, after, limit }) {
      const rows = await db
        .select({ delivery: noticeDelivery, notice: told })
        .from(noticeDelivery)
        .innerJoin(notice, eq(notice.noticeId, noticeDelivery.noticeId))
        .where(
          and(
            noticeId === undefined ? undefined : eq(notice.noticeId, noticeId),
            recipients === undefined
              ? undefined
              : inArray(sql`lower(${noticeDelivery.recipient})`, lowered(recipients)),
            patchId === undefined ? undefined : eq(notice.patchId, patchId),
            kind === undefined ? undefined : eq(notice.kind, kind),
            problems === true ? isProblem : undefined,
            pages === true ? isNotNull(notice.pageState) : undefined,
            after === undefined
              ? undefined
              : sql`(${noticeDelivery.toldAt}, ${noticeDelivery.deliveryId}) < (select p.told_at, p.delivery_id from notice_delivery p where p.delivery_id = ${after})`,
          ),
        )
        .orderBy(desc(noticeDelivery.toldAt), desc(noticeDelivery.deliveryId))
        .limit(limit);
      return rows.map((row) => ({ ...row.delivery, notice: row.notice }));
    },

    async standing(since) {
      const [failing, undeliverable, pages, problems] = await Promise.all([
        db.select({ rows: count() }).from(noticeDelivery).where(isFailing),
        // A test that failed was told to whoever asked for it.
        db
          .select({ rows: count() })
          .from(noticeDelivery)
          .innerJoin(notice, eq(notice.noticeId, noticeDelivery.noticeId))
          .where(
            and(
              eq(noticeDelivery.state, 'undeliverable'),
              gte(noticeDelivery.closedAt, since),
              ne(notice.kind, 'test'),
            ),
          ),
        db
          .select({ state: notice.pageState, rows: count() })
          .from(notice)
          .where(inArray(notice.pageState, ['open', 'unacknowledged']))
          .groupBy(notice.pageState),
        db.select().from(noticeProblem).orderBy(asc(noticeProblem.subject)),
      ]);
      return {
        failing: failing[0]?.rows ?? 0,
        undeliverable: undeliverable[0]?.rows ?? 0,
        openPages: pages.find((one) => one.state === 'open')?.rows ?? 0,
        unacknowledgedPages: pages.find((one) => one.state === 'unacknowledged')?.rows ?? 0,
        problems,
      };
    },
  };
}

function lowered(texts: string[]): string[] {
  return texts.map((text) => text.toLowerCase());
}
