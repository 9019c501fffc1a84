// Impact as it was shown, requests, and decisions (I5, I6).

import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { RequestApproval } from '../../../domain/approvalRules.js';
import type { RuleProof } from '../../../domain/automaticApproval.js';
import type { BundleMark, DecisionSubject } from '../../../domain/decision.js';
import type { DeferEvent } from '../../../domain/deferral.js';
import type { RequestUrgency } from '../../../domain/urgency.js';
import type { Claims, RequestStatus } from '../../../ports/decisions.js';
import { instant, json } from '../columns.js';

export const impact = pgTable(
  'impact',
  {
    patchId: text().notNull(),
    category: text().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    vmIds: json<string[]>().notNull(),
    services: json<string[]>().notNull(),
    order: json<string[]>().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.category] })],
);

export const decisionRequest = pgTable(
  'decision_request',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    requestId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    digest: text().notNull(),
    subject: json<DecisionSubject>().notNull(),
    requestedBy: json<string[]>().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    /** As it was shown, not signed. */
    urgency: json<RequestUrgency>(),
    /** The rules that it was asked by, and who could have decided. */
    approval: json<RequestApproval>(),
    status: text().$type<RequestStatus>().notNull(),
    closedAt: instant(),
  },
  (table) => [
    // I1: one thing at a time is asked for a patch and category.
    uniqueIndex('one_waiting_request').on(table.patchId, table.category).where(sql`status = 'waiting'`),
    index().on(table.patchId, table.category, table.seq),
  ],
);

export const decision = pgTable(
  'decision',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    decisionId: text().primaryKey(),
    requestId: text(),
    patchId: text().notNull(),
    category: text().notNull(),
    verdict: text().$type<'approve' | 'defer' | 'reject'>().notNull(),
    justification: text().notNull(),
    deferUntil: text(),
    deferEvent: json<DeferEvent>(),
    digest: text().notNull(),
    by: text().notNull(),
    at: text().notNull(),
    signature: text().notNull(),
    accepted: boolean().notNull(),
    reasons: json<string[]>().notNull(),
    policyVersion: text().notNull(),
    recordedAt: instant().notNull(),
    bundle: json<BundleMark>(),
    signedInBy: text(),
    /** Whose word a delegate gave. */
    onBehalfOf: text(),
    /** A rule of policy decided: no person signed it. */
    byRule: json<RuleProof>(),
    /** Accepted, and nothing more is needed. */
    complete: boolean().notNull().default(false),
    /** Of the request's rules, the one that it counts for. */
    step: text(),
    claims: json<Claims>(),
    /** By which it was taken back. */
    withdrawalId: text(),
  },
  (table) => [
    // I6: one request is answered once, and nobody counts twice in it.
    uniqueIndex('one_answer').on(table.requestId).where(sql`complete`),
    uniqueIndex('one_approval_each')
      .on(table.requestId, table.by)
      .where(sql`accepted and verdict = 'approve' and withdrawal_id is null`),
    uniqueIndex('one_voice_each')
      .on(table.requestId, sql`coalesce(on_behalf_of, by)`)
      .where(sql`accepted and verdict = 'approve' and withdrawal_id is null`),
    check('only_accepted_answers', sql`accepted or not complete`),
    index().on(table.patchId, table.category),
  ],
);
