// Verdicts of staging tests.

import { doublePrecision, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { ReachedState } from '../../../domain/testedState.js';
import { instant, json } from '../columns.js';

export const testResult = pgTable(
  'test_result',
  {
    runKey: text().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    testedSet: json<string[]>().notNull(),
    verdict: text().$type<'passed' | 'failed' | 'inconclusive'>().notNull(),
    reasons: json<string[]>().notNull(),
    vmIds: json<string[]>().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    at: instant().notNull(),
    reached: json<ReachedState[]>().notNull().default([]),
    supersedes: json<string[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.patchId] }),
    index().on(table.patchId, table.category),
    index('test_by_time').on(table.at, table.runKey, table.patchId),
    index('test_by_machine').using('gin', table.vmIds),
  ],
);
