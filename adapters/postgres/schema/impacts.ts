// Impacts as they were computed, and what people said of them.

import { sql } from 'drizzle-orm';
import { check, doublePrecision, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Impact } from '../../../domain/impact.js';
import { instant, json } from '../columns.js';

export const impactRecord = pgTable(
  'impact_record',
  {
    patchId: text().notNull(),
    category: text().notNull(),
    record: json<Impact>().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.category] })],
);

export const impactEdit = pgTable(
  'impact_edit',
  {
    editId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    vmId: text(),
    vmName: text(),
    downtimeMinutes: doublePrecision(),
    note: text(),
    reason: text().notNull(),
    by: text().notNull(),
    at: instant().notNull(),
    /** When those who wait were told of it; null: not yet. */
    toldAt: instant(),
  },
  (table) => [
    index().on(table.patchId, table.category),
    index('untold_impact_edits').on(table.at).where(sql`told_at is null`),
    check('impact_edit_says_something', sql`downtime_minutes is not null or note is not null`),
  ],
);
