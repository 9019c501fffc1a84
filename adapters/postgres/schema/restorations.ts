// Returns of machines to an earlier state.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Item } from '../../../domain/baseline.js';
import type { RestorationOutcome, RestorationStatus, RestorationSubject } from '../../../domain/restoration.js';
import { instant, json } from '../columns.js';

/** Machines to be brought back to their baselines: each asked for, decided by another person, and what came of it. */
export const restoration = pgTable(
  'restoration',
  {
    restorationId: text().primaryKey(),
    vmId: text().notNull(),
    subject: json<RestorationSubject>().notNull(),
    digest: text().notNull(),
    status: text().$type<RestorationStatus>().notNull(),
    requestedBy: text().notNull(),
    reason: text().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    decidedBy: text(),
    justification: text(),
    decidedAt: instant(),
    outcome: text().$type<RestorationOutcome>(),
    detail: text().notNull(),
    differencesAfter: json<Item[]>(),
    endedAt: instant(),
  },
  (table) => [
    index().on(table.vmId),
    uniqueIndex('one_restoration_under_way').on(table.vmId).where(sql`status in ('waiting', 'approved')`),
    // I6: whoever asked for it does not decide it.
    check('decided_by_another', sql`decided_by is null or decided_by <> requested_by`),
    check('approved_was_decided', sql`status <> 'approved' or decided_by is not null`),
  ],
);
