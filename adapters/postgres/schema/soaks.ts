// Table of the soaks of staging runs: one row for each machine and probe.

import { check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import type { SoakProbe } from '../../../domain/soak.js';
import { instant, json } from '../columns.js';

export const soakProbe = pgTable(
  'soak_probe',
  {
    runKey: text().notNull(),
    vmId: text().notNull(),
    vmName: text().notNull(),
    number: integer().notNull(),
    at: instant().notNull(),
    kind: text().$type<SoakProbe['kind']>().notNull(),
    reasons: json<string[]>().notNull(),
    /** Of the last probe, and of those that found something. */
    facts: json<unknown>(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.vmId, table.number] }),
    index().on(table.vmId),
    check('soak_probe_kind', sql`${table.kind} in ('healthy', 'sick', 'unknown')`),
  ],
);
