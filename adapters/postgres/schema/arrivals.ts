// Machines that came after a decision was asked for, as they were judged when a run was planned.

import { bigserial, boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant, json } from '../columns.js';

export const arrival = pgTable(
  'arrival',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    runKey: text().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    digest: text().notNull(),
    vmId: text().notNull(),
    vmName: text().notNull(),
    joins: boolean().notNull(),
    reasons: json<string[]>().notNull(),
    at: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.patchId, table.vmId] }),
    index().on(table.digest),
    index().on(table.patchId),
  ],
);
