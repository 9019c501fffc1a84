// Emergencies, what was signed for them, and the runs that went on by them.

import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { EmergencyStatus } from '../../../domain/emergency.js';
import type { Obstacle, OverrideKind } from '../../../domain/override.js';
import { instant, json } from '../columns.js';

export const emergency = pgTable(
  'emergency',
  {
    emergencyId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    reason: text().notNull(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    wanted: json<Obstacle[]>().notNull(),
    soakSeconds: integer(),
    status: text().$type<EmergencyStatus>().notNull(),
    endedBy: text(),
    endedAt: instant(),
    endReason: text(),
    reviewOpenedAt: instant(),
    reviewDueAt: instant(),
    reviewedBy: text(),
    reviewedAt: instant(),
    reviewOutcome: text(),
  },
  (table) => [
    index('emergency_by_time').on(table.requestedAt, table.emergencyId),
    uniqueIndex('one_emergency_open').on(table.patchId, table.category).where(sql`status = 'open'`),
    // I6, whatever writes the row.
    check('reviewed_by_another', sql`reviewed_by is null or (reviewed_by <> requested_by and status = 'ended')`),
    check(
      'ended_emergency_says_why',
      sql`status <> 'ended' or (ended_by is not null and ended_at is not null and end_reason is not null and review_due_at is not null)`,
    ),
  ],
);

export const signedOverride = pgTable(
  'signed_override',
  {
    overrideId: text().primaryKey(),
    emergencyId: text()
      .notNull()
      .references(() => emergency.emergencyId),
    kind: text().$type<OverrideKind>().notNull(),
    names: text().notNull(),
    span: text(),
    patchId: text().notNull(),
    category: text().notNull(),
    reason: text().notNull(),
    by: text().notNull(),
    at: instant().notNull(),
    expiresAt: instant().notNull(),
    signature: text().notNull(),
    revokedBy: text(),
    revokedAt: instant(),
    revokeReason: text(),
  },
  (table) => [
    index().on(table.patchId, table.category),
    uniqueIndex('one_override_stands').on(table.emergencyId, table.kind, table.names).where(sql`revoked_at is null`),
    check('override_expires', sql`expires_at > at`),
  ],
);

export const emergencyUse = pgTable(
  'emergency_use',
  {
    emergencyId: text()
      .notNull()
      .references(() => emergency.emergencyId),
    runKey: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.emergencyId, table.runKey] }), index().on(table.runKey)],
);
