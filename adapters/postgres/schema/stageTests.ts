// Tables of stage tests besides the machines' verdicts: the evidence of each, and what persons made of it.

import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const testEvidence = pgTable(
  'test_evidence',
  {
    runKey: text().notNull(),
    vmId: text().notNull(),
    item: text().notNull(),
    /** SHA-256 of `content`. */
    sha256: text().notNull(),
    /** Of the text as it came; `cut` when not all of it is kept. */
    characters: integer().notNull(),
    cut: boolean().notNull(),
    content: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runKey, table.vmId, table.item] }), index().on(table.vmId)],
);

/** Who wanted what failed to be tested again. */
export const testRetry = pgTable(
  'test_retry',
  {
    patchId: text().notNull(),
    category: text().notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.category, table.at] })],
);

/** One word of a person on each test: it stands. */
export const testVerdict = pgTable(
  'test_verdict',
  {
    runKey: text().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    verdict: text().$type<'passed' | 'failed'>().notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.patchId, table.category] }),
    index().on(table.patchId, table.category),
    check('test_verdict_is_one', sql`${table.verdict} in ('passed', 'failed')`),
  ],
);
