// Table of checklists: one row for each item of a staging run.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const testCheck = pgTable(
  'test_check',
  {
    runKey: text().notNull(),
    category: text().notNull(),
    name: text().notNull(),
    text: text().notNull(),
    role: text(),
    person: text(),
    assignedAt: instant().notNull(),
    until: instant().notNull(),
    outcome: text().$type<'passed' | 'failed'>(),
    by: text(),
    note: text(),
    at: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.name] }),
    index().on(table.assignedAt),
    check('test_check_outcome', sql`${table.outcome} in ('passed', 'failed')`),
    // Whoever ticks says who they are and what they saw.
    check(
      'test_check_whole',
      sql`(${table.outcome} is null) = (${table.by} is null) and (${table.by} is null) = (${table.note} is null) and (${table.note} is null) = (${table.at} is null)`,
    ),
  ],
);
