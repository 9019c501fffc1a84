// Waivers of patches.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { WaiverStatus } from '../../../domain/patchWaiver.js';
import { instant } from '../columns.js';

export const patchWaiver = pgTable(
  'patch_waiver',
  {
    waiverId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    vmId: text(),
    vmName: text(),
    until: instant().notNull(),
    reason: text().notNull(),
    control: text().notNull(),
    owner: text().notNull(),
    revisedAt: instant(),
    renews: text(),
    status: text().$type<WaiverStatus>().notNull(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    askedUntil: instant().notNull(),
    decidedBy: text(),
    decidedAt: instant(),
    justification: text(),
    endedBy: text(),
    endedAt: instant(),
    endReason: text(),
  },
  (table) => [
    index().on(table.patchId, table.status),
    index().on(table.vmId),
    index('patch_waiver_by_end').on(table.until, table.waiverId),
    uniqueIndex('one_waiver_asked')
      .on(table.patchId, table.category, sql`coalesce(vm_id, '')`)
      .where(sql`status = 'asked'`),
    uniqueIndex('one_waiver_stands')
      .on(table.patchId, table.category, sql`coalesce(vm_id, '')`)
      .where(sql`status = 'approved'`),
    // I6: it counts by another person's word alone, whatever writes the row.
    check(
      'waived_by_another',
      sql`status not in ('approved', 'replaced') or (decided_by is not null and decided_at is not null and decided_by <> requested_by and lower(decided_by) <> lower(owner))`,
    ),
    check(
      'ended_waiver_says_why',
      sql`status not in ('revoked', 'expired', 'replaced') or (ended_by is not null and ended_at is not null and end_reason is not null)`,
    ),
  ],
);
