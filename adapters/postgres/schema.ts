// The permanent inventory as tables. Constraints guard what code alone could forget; each cites its invariant.

import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { DecisionSubject } from '../../domain/decision.js';
import type { Patch } from '../../domain/patch.js';
import type { Assessment, GuestFacts } from '../../domain/vm.js';

/** `timestamptz`, read and written as an ISO string in UTC with milliseconds. */
const instant = customType<{ data: string; driverData: string | Date }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
  toDriver: (value) => value,
});

export const vm = pgTable(
  'vm',
  {
    vmId: text().primaryKey(),
    name: text().notNull(),
    azureId: text().notNull(),
    subscriptionId: text().notNull(),
    resourceGroup: text().notNull(),
    location: text().notNull(),
    zone: text(),
    availabilitySet: text(),
    size: text(),
    osType: text().$type<'windows' | 'linux'>().notNull(),
    osName: text(),
    osVersion: text(),
    power: text().notNull(),
    tags: jsonb().$type<Record<string, string>>().notNull(),
    environment: text().$type<'production' | 'staging'>().notNull(),
    environmentReason: text().notNull(),
    category: text(),
    categoryReason: text().notNull(),
    guest: jsonb().$type<GuestFacts>(),
    assessment: jsonb().$type<Assessment>(),
    seenAt: instant().notNull(),
    goneAt: instant(),
  },
  (table) => [index().on(table.environment, table.category), index().on(table.name)],
);

export const patch = pgTable('patch', {
  patchId: text().primaryKey(),
  content: jsonb().$type<Patch>().notNull(),
  contentHash: text().notNull(),
  stage: text().notNull(),
  stageDetail: text().notNull(),
  firstSeenAt: instant().notNull(),
  revisedAt: instant().notNull(),
});

export const demand = pgTable(
  'demand',
  { patchId: text().notNull(), vmId: text().notNull(), reason: text().notNull(), computedAt: instant().notNull() },
  (table) => [primaryKey({ columns: [table.patchId, table.vmId] }), index().on(table.vmId)],
);

export const testResult = pgTable(
  'test_result',
  {
    runKey: text().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    testedSet: jsonb().$type<string[]>().notNull(),
    verdict: text().$type<'passed' | 'failed' | 'inconclusive'>().notNull(),
    reasons: jsonb().$type<string[]>().notNull(),
    vmIds: jsonb().$type<string[]>().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runKey, table.patchId] }), index().on(table.patchId, table.category)],
);

export const impact = pgTable(
  'impact',
  {
    patchId: text().notNull(),
    category: text().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    vmIds: jsonb().$type<string[]>().notNull(),
    services: jsonb().$type<string[]>().notNull(),
    order: jsonb().$type<string[]>().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.category] })],
);

export const decisionRequest = pgTable(
  'decision_request',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    requestId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    digest: text().notNull(),
    subject: jsonb().$type<DecisionSubject>().notNull(),
    requestedBy: jsonb().$type<string[]>().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    status: text().$type<'waiting' | 'decided' | 'expired' | 'superseded'>().notNull(),
  },
  (table) => [
    // I1: one thing at a time is asked for a patch and category.
    uniqueIndex('one_waiting_request').on(table.patchId, table.category).where(sql`status = 'waiting'`),
    index().on(table.patchId, table.category, table.seq),
  ],
);

export const decision = pgTable(
  'decision',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    decisionId: text().primaryKey(),
    requestId: text(),
    patchId: text().notNull(),
    category: text().notNull(),
    verdict: text().$type<'approve' | 'defer' | 'reject'>().notNull(),
    justification: text().notNull(),
    deferUntil: text(),
    digest: text().notNull(),
    by: text().notNull(),
    at: text().notNull(),
    signature: text().notNull(),
    accepted: boolean().notNull(),
    reasons: jsonb().$type<string[]>().notNull(),
    policyVersion: text().notNull(),
    recordedAt: instant().notNull(),
  },
  (table) => [
    // I6: one request is answered once.
    uniqueIndex('one_accepted_decision').on(table.requestId).where(sql`accepted`),
    index().on(table.patchId, table.category),
  ],
);

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
    vmIds: jsonb().$type<string[]>().notNull(),
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
    kb: text().notNull(),
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
    result: jsonb(),
    error: text(),
  },
  (table) => [
    // I3: a step of a session has one operation, whatever crashes.
    primaryKey({ columns: [table.sessionId, table.step] }),
    index().on(table.vmId, table.state),
  ],
);

/** History: what was tried on which machine, and what came of it. Written once, when the session settles. */
export const installation = pgTable(
  'installation',
  {
    sessionId: text().notNull(),
    vmId: text().notNull(),
    patchId: text().notNull(),
    state: text().notNull(),
    reason: text(),
    at: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.patchId] }),
    index().on(table.vmId, table.at),
    index().on(table.patchId),
  ],
);

export const rollback = pgTable('rollback', {
  sessionId: text().primaryKey(),
  vmId: text().notNull(),
  why: text().notNull(),
  how: text().notNull(),
  at: instant().notNull(),
});

/** I8: append-only. */
export const event = pgTable(
  'event',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    key: text().notNull().unique(),
    at: instant().notNull(),
    who: text().notNull(),
    what: text().notNull(),
    why: text().notNull(),
    patchId: text(),
    vmId: text(),
    runKey: text(),
  },
  (table) => [index().on(table.patchId), index().on(table.vmId), index().on(table.runKey)],
);

export const stop = pgTable('stop', {
  seq: bigserial({ mode: 'number' }).primaryKey(),
  by: text().notNull(),
  reason: text().notNull(),
  at: instant().notNull(),
  liftedBy: text(),
  liftedReason: text(),
  liftedAt: instant(),
});

/** One row that every admission locks: admissions are decided one after another (I3, I4). */
export const admissionLock = pgTable('admission_lock', { id: integer().primaryKey() });
