// Notices as they were told, and each delivery of them: the outbox and the log in one.

import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { DeliveryState, NoticeKind, Preferences, RoundReason, Urgency, Way } from '../../../domain/notice.js';
import type { PageState } from '../../../ports/noticeLog.js';
import { instant, json } from '../columns.js';

export const notice = pgTable(
  'notice',
  {
    noticeId: text().primaryKey(),
    occasion: text().notNull().unique(),
    kind: text().$type<NoticeKind>().notNull(),
    urgency: text().$type<Urgency>().notNull(),
    subject: text().notNull(),
    lines: json<string[]>().notNull(),
    /** Those whom it concerns, as the activity named them. */
    concerned: json<string[]>().notNull(),
    left: json<{ recipient: string; why: string }[]>().notNull(),
    patchId: text(),
    category: text(),
    toldAt: instant().notNull(),
    /** Of a page; null otherwise. */
    pageState: text().$type<PageState>(),
    acknowledgedBy: text(),
    acknowledgedAt: instant(),
    acknowledgement: text(),
    /** When everybody had been told and nobody had acknowledged. */
    exhaustedAt: instant(),
  },
  (table) => [index().on(table.patchId), index().on(table.pageState)],
);

/** One notice to one recipient by one way, in one round of a page. */
export const noticeDelivery = pgTable(
  'notice_delivery',
  {
    deliveryId: text().primaryKey(),
    noticeId: text()
      .notNull()
      .references(() => notice.noticeId),
    recipient: text().notNull(),
    way: text().$type<Way>().notNull(),
    round: integer().notNull(),
    reason: text().$type<RoundReason>().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    /** What is held for the same end of quiet hours is delivered as one. */
    digest: text(),
    attempts: integer().notNull(),
    nextAttemptAt: instant(),
    attemptedAt: instant(),
    /** What the receiver answered last. */
    answer: text(),
    problem: text(),
    toldAt: instant().notNull(),
    closedAt: instant(),
  },
  (table) => [
    uniqueIndex('one_delivery').on(table.noticeId, table.recipient, table.way, table.round),
    index().on(table.state, table.nextAttemptAt),
    index().on(table.toldAt, table.deliveryId),
    index('notice_delivery_recipient').on(sql`lower(${table.recipient})`, table.toldAt),
    index().on(table.digest),
  ],
);

export const noticePreference = pgTable('notice_preference', {
  person: text().primaryKey(),
  content: jsonb().$type<Preferences>().notNull(),
  setAt: instant().notNull(),
});

/** What keeps notices from being delivered, as a worker found it last: a missing secret, a rule that names nobody. */
export const noticeProblem = pgTable('notice_problem', {
  subject: text().primaryKey(),
  problem: text().notNull(),
  seenAt: instant().notNull(),
});
