// Patches, and which machines need them.

import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Patch } from '../../../domain/patch.js';
import { instant, json } from '../columns.js';

export const patch = pgTable(
  'patch',
  {
    patchId: text().primaryKey(),
    content: json<Patch>().notNull(),
    contentHash: text().notNull(),
    stage: text().notNull(),
    stageDetail: text().notNull(),
    firstSeenAt: instant().notNull(),
    revisedAt: instant().notNull(),
  },
  // What supersedes what is asked before each ring, plan and wave (I11).
  () => [
    index('patch_by_product').using('gin', sql`(content -> 'fixedBuilds')`),
    index('patch_by_package').using('gin', sql`(jsonb_path_query_array(content, '$.packages[*].name'))`),
    index('patch_by_superseded').using('gin', sql`(content -> 'supersedes')`),
  ],
);

export const demand = pgTable(
  'demand',
  { patchId: text().notNull(), vmId: text().notNull(), reason: text().notNull(), computedAt: instant().notNull() },
  (table) => [primaryKey({ columns: [table.patchId, table.vmId] }), index().on(table.vmId)],
);
