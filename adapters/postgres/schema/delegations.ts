// Delegations: whose word is given by whom, and until when.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const delegation = pgTable(
  'delegation',
  {
    delegationId: text().primaryKey(),
    delegator: text().notNull(),
    delegate: text().notNull(),
    category: text(),
    reason: text().notNull(),
    at: instant().notNull(),
    from: instant().notNull(),
    until: instant().notNull(),
    signature: text().notNull(),
    revokedAt: instant(),
    revokedBy: text(),
    revokeReason: text(),
  },
  (table) => [
    index().on(table.delegate, table.until),
    index('delegation_by_time').on(table.at, table.delegationId),
    // I6, whatever writes the row.
    check('delegated_to_another', sql`${table.delegator} <> ${table.delegate}`),
    check('delegation_ends', sql`${table.until} > ${table.from}`),
  ],
);
