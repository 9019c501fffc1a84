// Tables of evidence that is taken before a patch.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { ForensicState } from '../../../domain/forensics.js';
import { instant, json } from '../columns.js';

export const forensicStep = pgTable(
  'forensic_step',
  {
    patchId: text().notNull(),
    vmId: text().notNull(),
    because: text().notNull(),
    openedAt: instant().notNull(),
    state: text().$type<ForensicState>().notNull(),
    scripts: json<string[]>().notNull(),
    result: text().notNull(),
    evidence: text(),
    sessionId: text(),
    keptRestorePoint: text(),
    doneAt: instant(),
    doneBy: text(),
  },
  (table) => [
    primaryKey({ columns: [table.patchId, table.vmId] }),
    index().on(table.vmId),
    index().on(table.sessionId),
    // I5: evidence is there, or a person answers for its absence.
    check('done_has_evidence', sql`state <> 'done' or evidence is not null`),
    check('waived_by_somebody', sql`state <> 'waived' or (done_by is not null and result <> '')`),
  ],
);

export const forensicEvidence = pgTable('forensic_evidence', {
  hash: text().primaryKey(),
  vmId: text().notNull(),
  sessionId: text().notNull(),
  scripts: json<string[]>().notNull(),
  content: text().notNull(),
  takenAt: instant().notNull(),
});
