// Exceptions for machines that no staging machine stands for.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const testException = pgTable(
  'test_exception',
  {
    exceptionId: text().primaryKey(),
    vmId: text().notNull(),
    category: text().notNull(),
    patchId: text(),
    reason: text().notNull(),
    by: text().notNull(),
    at: instant().notNull(),
    until: instant().notNull(),
    signature: text().notNull(),
    revokedAt: instant(),
    revokedBy: text(),
    revokeReason: text(),
  },
  (table) => [
    index().on(table.vmId),
    index().on(table.category, table.until),
    check('test_exception_ends', sql`${table.until} > ${table.at}`),
  ],
);
