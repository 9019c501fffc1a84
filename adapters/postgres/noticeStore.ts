// Notices: told once per occasion, delivered attempt by attempt, pages acknowledged once. Each change locks its rows first.

import { and, asc, count, eq, gte, inArray, lt, lte, sql } from 'drizzle-orm';
import type { DeliveryState } from '../../domain/notice.js';
import type { Recipient } from '../../domain/noticeRouting.js';
import type { NewDelivery, NoticeStore, ToldNotice } from '../../ports/noticeLog.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { createNoticeList } from './noticeList.js';
import { deliveryIdOf, noticeIdOf } from './noticeIds.js';
import { notice, noticeDelivery, noticePreference, noticeProblem } from './schema/notices.js';

const openStates: DeliveryState[] = ['waiting', 'held', 'sending'];
const isOpen = inArray(noticeDelivery.state, openStates);
/** What one look finds at most; the next look finds the rest. */
const unattendedMax = 500;

export function createNoticeStore(db: Database, tell: Tell): NoticeStore {
  return {
    async tell(asked, deliveries, at) {
      const noticeId = noticeIdOf(asked.occasion);
      return db.transaction(async (tx) => {
        const pageState = asked.urgency === 'page' ? ('open' as const) : null;
        const [made] = await tx
          .insert(notice)
          .values({ ...asked, noticeId, toldAt: at, pageState })
          .onConflictDoNothing({ target: notice.occasion })
          .returning();
        if (made === undefined) {
          const ours = eq(noticeDelivery.noticeId, noticeId);
          const [left] = await tx.select({ open: count() }).from(noticeDelivery).where(and(ours, isOpen));
          return { noticeId, isNew: false, open: (left?.open ?? 0) > 0 };
        }
        const added = await addRound(tx, noticeId, { round: 0, reason: 'told' }, deliveries, at);
        await tell(tx, [{ ...about(made, deliveries), at, what: `notice told: ${made.kind}` }]);
        return { noticeId, isNew: true, open: added > 0 };
      });
    },

    async notice(noticeId) {
      const [row] = await db.select().from(notice).where(eq(notice.noticeId, noticeId));
      return row ?? null;
    },

    async told(occasions) {
      if (occasions.length === 0) return new Map();
      const rows = await db
        .select({ occasion: notice.occasion, toldAt: notice.toldAt })
        .from(notice)
        .where(inArray(notice.occasion, occasions));
      return new Map(rows.map((row) => [row.occasion, row.toldAt]));
    },

    async due(noticeId, round, at) {
      const ours = and(eq(noticeDelivery.noticeId, noticeId), eq(noticeDelivery.round, round), isOpen);
      const open = await db.select().from(noticeDelivery).where(ours).orderBy(asc(noticeDelivery.deliveryId));
      const isDue = (row: { nextAttemptAt: string | null }) =>
        row.nextAttemptAt !== null && Date.parse(row.nextAttemptAt) <= Date.parse(at);
      const later = open.flatMap((row) => (isDue(row) || row.nextAttemptAt === null ? [] : [row.nextAttemptAt]));
      return { due: open.filter(isDue), nextAt: later.sort()[0] ?? null };
    },

    async claim(deliveryId, at, staleSeconds) {
      return db.transaction(async (tx) => {
        const [asked] = await tx.select().from(noticeDelivery).where(eq(noticeDelivery.deliveryId, deliveryId));
        if (asked === undefined) return null;
        const group =
          asked.digest === null ? eq(noticeDelivery.deliveryId, deliveryId) : eq(noticeDelivery.digest, asked.digest);
        const ready = and(group, isOpen, lte(noticeDelivery.nextAttemptAt, at));
        const rows = await tx
          .select({ deliveryId: noticeDelivery.deliveryId })
          .from(noticeDelivery)
          .where(ready)
          .orderBy(asc(noticeDelivery.deliveryId))
          .for('update');
        const ids = rows.map((row) => row.deliveryId);
        if (!ids.includes(deliveryId)) return null;
        await tx
          .update(noticeDelivery)
          .set({
            state: 'sending',
            attempts: sql`${noticeDelivery.attempts} + 1`,
            attemptedAt: at,
            nextAttemptAt: new Date(Date.parse(at) + staleSeconds * 1000).toISOString(),
          })
          .where(inArray(noticeDelivery.deliveryId, ids));
        const claimed = await withNotices(tx, ids);
        return { deliveries: claimed.map((one) => one.delivery), notices: claimed.map((one) => one.notice) };
      });
    },

    async attempted(deliveryIds, after, at) {
      await db.transaction(async (tx) => {
        const sending = and(inArray(noticeDelivery.deliveryId, deliveryIds), eq(noticeDelivery.state, 'sending'));
        const set =
          after.state === 'waiting'
            ? { state: after.state, nextAttemptAt: after.nextAttemptAt, problem: after.problem }
            : {
                ...closed(after.state, at),
                ...(after.state === 'delivered' ? { answer: after.answer, problem: null } : { problem: after.problem }),
              };
        const rows = await tx.update(noticeDelivery).set(set).where(sending).returning();
        if (after.state === 'waiting') return;
        const changed = await withNotices(
          tx,
          rows.map((row) => row.deliveryId),
        );
        await tell(
          tx,
          changed.map(({ delivery, notice: held }) => ({
            ...about(held, [delivery]),
            at,
            what: `notice ${after.state} by ${delivery.way}`,
            ...(after.state === 'delivered' ? {} : { why: after.problem }),
          })),
        );
      });
    },

    async undeliverable(noticeId, round) {
      return db
        .select()
        .from(noticeDelivery)
        .where(
          and(
            eq(noticeDelivery.noticeId, noticeId),
            eq(noticeDelivery.round, round),
            eq(noticeDelivery.state, 'undeliverable'),
          ),
        )
        .orderBy(asc(noticeDelivery.deliveryId));
    },

    async retry(noticeId, by, at) {
      return db.transaction(async (tx) => {
        const rows = await tx
          .update(noticeDelivery)
          .set({ state: 'waiting', attempts: 0, nextAttemptAt: at, closedAt: null, digest: null })
          .where(and(eq(noticeDelivery.noticeId, noticeId), eq(noticeDelivery.state, 'undeliverable')))
          .returning();
        const [held] = await tx.select().from(notice).where(eq(notice.noticeId, noticeId));
        if (held === undefined || rows.length === 0) return 0;
        await tell(tx, [{ ...about(held, rows), at, who: by, what: 'notice to be delivered anew' }]);
        return rows.length;
      });
    },

    async tellRound(noticeId, { round, reason, last }, recipients, at) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, noticeId);
        if (held === null) throw new Error(`notice ${noticeId} is not in the inventory`);
        if (held.pageState === 'acknowledged') return { acknowledgedBy: held.acknowledgedBy };
        const added = await addRound(tx, noticeId, { round, reason }, recipients, at);
        const exhausted = last && held.pageState === 'open';
        if (exhausted)
          await tx
            .update(notice)
            .set({ pageState: 'unacknowledged', exhaustedAt: at })
            .where(eq(notice.noticeId, noticeId));
        if (added > 0 || exhausted) {
          await tell(tx, [{ ...about(held, recipients), at, what: `page ${reason}, round ${round}` }]);
        }
        return { acknowledgedBy: null };
      });
    },

    async acknowledge(noticeId, { by, note, at }) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, noticeId);
        if (held === null) return 'unknown' as const;
        if (held.pageState === null) return 'notAPage' as const;
        if (held.pageState === 'acknowledged') return { first: false, notice: held };
        const set = {
          pageState: 'acknowledged' as const,
          acknowledgedBy: by,
          acknowledgedAt: at,
          acknowledgement: note,
        };
        await tx.update(notice).set(set).where(eq(notice.noticeId, noticeId));
        const further = and(eq(noticeDelivery.noticeId, noticeId), gte(noticeDelivery.round, 1), isOpen);
        await tx.update(noticeDelivery).set(closed('skipped', at)).where(further);
        const before = { pageState: held.pageState };
        const what = `page acknowledged: ${held.subject}`;
        const told = { at, who: by, what, why: note, before, after: { noticeId, ...set }, patchId: held.patchId };
        await tell(tx, [told]);
        return { first: true, notice: { ...held, ...set } };
      });
    },

    async unattended(overdueSince) {
      const deliveries = await db
        .selectDistinct({ noticeId: noticeDelivery.noticeId, round: noticeDelivery.round })
        .from(noticeDelivery)
        .where(and(isOpen, lt(noticeDelivery.nextAttemptAt, overdueSince)))
        .limit(unattendedMax);
      const pages = await db
        .select({ noticeId: notice.noticeId })
        .from(notice)
        .where(eq(notice.pageState, 'open'))
        .orderBy(asc(notice.toldAt))
        .limit(unattendedMax);
      return { deliveries, pages: pages.map((row) => row.noticeId) };
    },

    ...createNoticeList(db),

    async saveProblems(problems, at) {
      await db.transaction(async (tx) => {
        const before = await tx.select().from(noticeProblem);
        const isSame = (one: { subject: string; problem: string }) =>
          before.some((held) => held.subject === one.subject && held.problem === one.problem);
        const fresh = problems.filter((one) => !isSame(one));
        const gone = before.filter((held) => !problems.some((one) => one.subject === held.subject));
        if (gone.length > 0)
          await tx.delete(noticeProblem).where(
            inArray(
              noticeProblem.subject,
              gone.map((one) => one.subject),
            ),
          );
        for (const one of fresh)
          await tx
            .insert(noticeProblem)
            .values({ ...one, seenAt: at })
            .onConflictDoUpdate({ target: noticeProblem.subject, set: { problem: one.problem, seenAt: at } });
        await tell(tx, [
          ...fresh.map(
            ({ subject, problem }): Told => ({ at, what: `notices cannot be delivered: ${subject}`, why: problem }),
          ),
          ...gone.map(
            ({ subject }): Told => ({ at, what: `notices can be delivered again: ${subject}`, why: 'it was mended' }),
          ),
        ]);
      });
    },

    async preferences() {
      const rows = await db.select().from(noticePreference).orderBy(asc(noticePreference.person));
      return new Map(rows.map(({ person, content, setAt }) => [person, { ...content, setAt }]));
    },

    async prefer(person, content, at) {
      await db.transaction(async (tx) => {
        const mine = eq(noticePreference.person, person);
        const [before] = await tx.select().from(noticePreference).where(mine);
        if (content === null) await tx.delete(noticePreference).where(mine);
        else
          await tx
            .insert(noticePreference)
            .values({ person, content, setAt: at })
            .onConflictDoUpdate({ target: noticePreference.person, set: { content, setAt: at } });
        const what = `${person} prefers other notices`;
        await tell(tx, [{ at, who: person, what, why: 'own wish', before: before?.content ?? null, after: content }]);
      });
    },
  };
}

async function locked(on: Statements, noticeId: string): Promise<ToldNotice | null> {
  const [row] = await on.select().from(notice).where(eq(notice.noticeId, noticeId)).for('update');
  return row ?? null;
}

/** How many deliveries of the round are new and can be delivered. */
async function addRound(
  on: Statements,
  noticeId: string,
  { round, reason }: { round: number; reason: typeof noticeDelivery.$inferInsert.reason },
  deliveries: NewDelivery[],
  at: string,
): Promise<number> {
  if (deliveries.length === 0) return 0;
  const rows = deliveries.map(({ recipient, way, heldUntil, problem }): typeof noticeDelivery.$inferInsert => ({
    deliveryId: deliveryIdOf(noticeId, way, recipient, round),
    noticeId,
    recipient,
    way,
    round,
    reason,
    attempts: 0,
    problem,
    toldAt: at,
    digest: heldUntil === null ? null : `${way}/${recipient}/${heldUntil}`,
    ...(problem === null
      ? { state: heldUntil === null ? ('waiting' as const) : ('held' as const), nextAttemptAt: heldUntil ?? at }
      : closed('undeliverable', at)),
  }));
  const added = await on.insert(noticeDelivery).values(rows).onConflictDoNothing().returning();
  return added.filter((row) => row.state !== 'undeliverable').length;
}

function closed<State extends DeliveryState>(state: State, at: string) {
  return { state, closedAt: at, nextAttemptAt: null };
}

async function withNotices(on: Statements, deliveryIds: string[]) {
  return on
    .select({ delivery: noticeDelivery, notice })
    .from(noticeDelivery)
    .innerJoin(notice, eq(notice.noticeId, noticeDelivery.noticeId))
    .where(inArray(noticeDelivery.deliveryId, deliveryIds))
    .orderBy(asc(notice.toldAt), asc(noticeDelivery.deliveryId));
}

/** Addresses stand in `after` alone: what happened and why is shown to more people than whom it was told. */
function about(
  { noticeId, patchId, subject }: Pick<ToldNotice, 'noticeId' | 'patchId' | 'subject'>,
  recipients: Recipient[],
): Pick<Told, 'patchId' | 'after' | 'why'> {
  const to = recipients.map(({ recipient, way }) => `${recipient} by ${way}`);
  return { patchId, why: subject, after: { noticeId, to } };
}
