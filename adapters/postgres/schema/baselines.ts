// Baselines and compliance with them.

import { sql } from 'drizzle-orm';
import { check, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { BaselineContent, BaselineStatus, Item } from '../../../domain/baseline.js';
import { instant, json } from '../columns.js';

/** Baselines by name and version; a version's content never changes. */
export const baseline = pgTable(
  'baseline',
  {
    name: text().notNull(),
    version: integer().notNull(),
    category: text(),
    content: json<BaselineContent>().notNull(),
    status: text().$type<BaselineStatus>().notNull(),
    author: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
    approvedBy: text(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    uniqueIndex('one_approved_version').on(table.name).where(sql`status = 'approved'`),
    // I6: whoever wrote it does not approve it.
    check('approved_by_another', sql`status <> 'approved' or (approved_by is not null and approved_by <> author)`),
  ],
);

/** Each machine against its baseline: the newest audit and the one before it, so that drift can be told. */
export const compliance = pgTable('compliance', {
  vmId: text().primaryKey(),
  baseline: text().notNull(),
  version: integer().notNull(),
  items: json<Item[]>().notNull(),
  at: instant().notNull(),
  itemsBefore: json<Item[]>(),
  before: instant(),
});
