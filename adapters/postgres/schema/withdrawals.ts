// Decisions that were taken back, refused attempts included.

import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Withdrawn, WithdrawnMachines } from '../../../domain/withdrawal.js';
import type { Claims } from '../../../ports/decisions.js';
import { instant, json } from '../columns.js';

export const withdrawal = pgTable(
  'withdrawal',
  {
    withdrawalId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    decisionId: text().notNull(),
    decisionDigest: text().notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    /** As it was signed. */
    at: text().notNull(),
    signedInBy: text().notNull(),
    signature: text().notNull(),
    accepted: boolean().notNull(),
    reasons: json<string[]>().notNull(),
    policyVersion: text().notNull(),
    recordedAt: instant().notNull(),
    requestId: text(),
    kind: text().$type<Withdrawn>(),
    machines: json<WithdrawnMachines>(),
    claims: json<Claims>(),
  },
  (table) => [
    uniqueIndex('withdrawn_once').on(table.decisionId).where(sql`accepted`),
    index().on(table.patchId, table.category),
  ],
);
