// What vendors changed of patches that were known.

import { bigserial, index, pgTable, text } from 'drizzle-orm/pg-core';
import type { RevisionWeight } from '../../../domain/revision.js';
import { instant, json } from '../columns.js';

export const patchRevision = pgTable(
  'patch_revision',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    patchId: text().notNull(),
    at: instant().notNull(),
    weight: text().$type<RevisionWeight>().notNull(),
    changes: json<string[]>().notNull(),
    lostCves: json<string[]>().notNull(),
    document: text().notNull(),
    revision: text().notNull(),
    toldAt: instant(),
  },
  (table) => [index().on(table.patchId, table.at)],
);
