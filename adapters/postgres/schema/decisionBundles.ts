// The table of decisions over everything of a category that waits.

import { index, pgTable, text } from 'drizzle-orm/pg-core';
import type { BundleEntry } from '../../../domain/decisionBundle.js';
import type { DeferEvent } from '../../../domain/deferral.js';
import { instant, json } from '../columns.js';

export const decisionBundle = pgTable(
  'decision_bundle',
  {
    bundleId: text().primaryKey(),
    category: text().notNull(),
    verdict: text().$type<'approve' | 'defer' | 'reject'>().notNull(),
    justification: text().notNull(),
    deferUntil: text(),
    deferEvent: json<DeferEvent>(),
    entries: json<BundleEntry[]>().notNull(),
    by: text().notNull(),
    onBehalfOf: text(),
    at: instant().notNull(),
    orderDigest: text().notNull(),
    digest: text().notNull(),
    signature: text().notNull(),
  },
  (table) => [index().on(table.category, table.at)],
);
