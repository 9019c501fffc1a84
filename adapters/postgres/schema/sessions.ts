// Sessions on machines, their operations, and what they left.

import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { InstallationSource, RollbackCause } from '../../../ports/sessions.js';
import { instant, json } from '../columns.js';

export const session = pgTable(
  'session',
  {
    sessionId: text().primaryKey(),
    runKey: text().notNull(),
    vmId: text().notNull(),
    vmName: text().notNull(),
    startedAt: instant().notNull(),
    endedAt: instant(),
    outcome: text().$type<
      'installed' | 'failed' | 'rolledBack' | 'quarantined' | 'refused' | 'nothingDue' | 'inDoubt'
    >(),
    detail: text().notNull(),
    restorePoint: text(),
  },
  (table) => [
    // I3: no machine is in two sessions.
    uniqueIndex('one_open_session').on(table.vmId).where(sql`ended_at is null`),
    index().on(table.vmId),
    index().on(table.runKey),
    index('session_by_end').on(table.endedAt),
  ],
);

export const operation = pgTable(
  'operation',
  {
    sessionId: text().notNull(),
    step: text().notNull(),
    vmId: text().notNull(),
    state: text().$type<'intent' | 'accepted' | 'succeeded' | 'failed' | 'inDoubt'>().notNull(),
    intendedAt: instant().notNull(),
    operationUrl: text(),
    result: json<unknown>(),
    error: text(),
  },
  (table) => [
    index('operation_by_time').on(table.step, table.intendedAt, table.sessionId),
    // I3: a step of a session has one operation, whatever crashes.
    primaryKey({ columns: [table.sessionId, table.step] }),
    index().on(table.vmId, table.state),
  ],
);

/**
 * History: what was tried on which machine, and what came of it. Written once, when the session settles; what a guest had from others is
 * written when it is found, under `guest/<vm id>`. Environment and category are those of that day.
 */
export const installation = pgTable(
  'installation',
  {
    sessionId: text().notNull(),
    vmId: text().notNull(),
    patchId: text().notNull(),
    state: text().notNull(),
    reason: text(),
    at: instant().notNull(),
    source: text().$type<InstallationSource>().notNull(),
    environment: text().$type<'production' | 'staging'>().notNull(),
    category: text(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.patchId] }),
    index('installation_of_vm').on(table.vmId, table.at, table.sessionId, table.patchId),
    index('installation_of_patch').on(table.patchId, table.environment, table.category, table.state, table.at),
  ],
);

export const rollback = pgTable('rollback', {
  sessionId: text().primaryKey(),
  vmId: text().notNull(),
  why: text().notNull(),
  how: text().notNull(),
  at: instant().notNull(),
  /** Null for those of before it was recorded. */
  cause: text().$type<RollbackCause>(),
});

/** One row that every admission locks: admissions are decided one after another (I3, I4). */
export const admissionLock = pgTable('admission_lock', { id: integer().primaryKey() });
