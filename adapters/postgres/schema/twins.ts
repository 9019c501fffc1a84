// Copies of production machines in staging: proposed, decided, built, retired; never deleted.

import { sql } from 'drizzle-orm';
import { check, doublePrecision, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { TwinDisk, TwinStatus, TwinSubject } from '../../../domain/twin.js';
import { instant, json } from '../columns.js';

export const twin = pgTable(
  'twin',
  {
    twinId: text().primaryKey(),
    /** The machine that is copied. */
    sourceVmId: text().notNull(),
    category: text().notNull(),
    subject: json<TwinSubject>().notNull(),
    digest: text().notNull(),
    status: text().$type<TwinStatus>().notNull(),
    proposedBy: text().notNull(),
    reason: text().notNull(),
    proposedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    decidedBy: text(),
    decidedAt: instant(),
    justification: text(),
    signature: text(),
    disks: json<TwinDisk[]>(),
    vmId: text(),
    score: doublePrecision(),
    standsFor: integer(),
    builtAt: instant(),
    retiresAt: instant(),
    retireAskedBy: text(),
    retireReason: text(),
    detail: text().notNull(),
    endedAt: instant(),
  },
  (table) => [
    index('twin_by_time').on(table.proposedAt, table.twinId),
    uniqueIndex('one_twin_of_a_machine')
      .on(table.sourceVmId)
      .where(sql`status in ('proposed', 'approved', 'building', 'built')`),
    // I6, whatever writes the row.
    check('twin_decided_by_another', sql`decided_by is null or decided_by <> proposed_by`),
    check(
      'twin_decision_is_signed',
      sql`status not in ('approved', 'refused', 'building', 'built') or (decided_by is not null and decided_at is not null and justification is not null and signature is not null)`,
    ),
    check('built_twin_ends', sql`status <> 'built' or (built_at is not null and retires_at > built_at)`),
  ],
);
