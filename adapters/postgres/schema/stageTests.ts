// Tables of stage tests besides their verdicts: the evidence of each.

import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
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
