// Tables of culprit isolation: one row for each staging run that failed, and one for each trial of a part of its set.

import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { IsolatedVerdict, Isolation, IsolationGroup, IsolationTrial } from '../../../domain/isolation.js';
import { instant, json } from '../columns.js';

export const isolation = pgTable(
  'isolation',
  {
    isolationId: text().primaryKey(),
    runKey: text().notNull().unique(),
    category: text().notNull(),
    patchIds: json<string[]>().notNull(),
    groups: json<IsolationGroup[]>().notNull(),
    trialsMax: integer().notNull(),
    until: instant().notNull(),
    status: text().$type<Isolation['status']>().notNull(),
    detail: text().notNull(),
    verdicts: json<IsolatedVerdict[]>().notNull(),
    startedAt: instant().notNull(),
    endedAt: instant(),
  },
  (table) => [index().on(table.startedAt)],
);

export const isolationTrial = pgTable(
  'isolation_trial',
  {
    isolationId: text().notNull(),
    number: integer().notNull(),
    group: integer().notNull(),
    patchIds: json<string[]>().notNull(),
    runKey: text(),
    verdict: text().$type<NonNullable<IsolationTrial['verdict']>>(),
    reasons: json<string[]>().notNull(),
    startedAt: instant().notNull(),
    endedAt: instant(),
  },
  (table) => [primaryKey({ columns: [table.isolationId, table.number, table.group] })],
);
