// Maintenance runs, their enrolments and manifests.

import { sql } from 'drizzle-orm';
import { bigserial, boolean, check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { PackageToInstall } from '../../../domain/run.js';
import { instant, json } from '../columns.js';

export const run = pgTable(
  'run',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    runKey: text().primaryKey(),
    environment: text().$type<'production' | 'staging'>().notNull(),
    category: text().notNull(),
    ring: text().notNull(),
    occurrence: text().notNull(),
    planAt: instant().notNull(),
    opensAt: instant().notNull(),
    closesAt: instant().notNull(),
    status: text().$type<'open' | 'planned' | 'settled'>().notNull(),
    outcome: text().$type<'completed' | 'empty' | 'halted' | 'interrupted' | 'windowClosed'>(),
    outcomeReason: text(),
    waves: integer().notNull(),
    control: text().$type<'run' | 'paused' | 'halted'>().notNull(),
    settledAt: instant(),
  },
  (table) => [
    index().on(table.status),
    check('settled_has_outcome', sql`(status = 'settled') = (outcome is not null)`),
  ],
);

export const enrolment = pgTable(
  'enrolment',
  {
    runKey: text()
      .notNull()
      .references(() => run.runKey),
    patchId: text().notNull(),
    category: text().notNull(),
    digest: text(),
    decisionId: text(),
    vmIds: json<string[]>().notNull(),
    notifyWorkflowId: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runKey, table.patchId] })],
);

export const manifest = pgTable(
  'manifest',
  {
    runKey: text()
      .notNull()
      .references(() => run.runKey),
    vmId: text().notNull(),
    patchId: text().notNull(),
    vmName: text().notNull(),
    kb: text(),
    /** Of Linux: what is asked of Azure, and what the machine had when its session ended. */
    packages: json<PackageToInstall[]>().notNull().default([]),
    arrived: json<{ name: string; version: string }[]>(),
    /** Of what is in doubt: whether it is there. */
    present: boolean(),
    wave: integer().notNull(),
    position: integer().notNull(),
    state: text()
      .$type<'planned' | 'revoked' | 'installing' | 'installed' | 'failed' | 'rolledBack' | 'skipped' | 'inDoubt'>()
      .notNull(),
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.vmId, table.patchId] }),
    index().on(table.vmId),
    index().on(table.patchId),
    // I7: whoever ends other than installed says why.
    check('closed_has_reason', sql`state in ('planned', 'installing', 'installed') or reason is not null`),
  ],
);
