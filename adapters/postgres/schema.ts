// The permanent inventory as tables. Constraints guard what code alone could forget; each cites its invariant.

import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  serial,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { RestorationOutcome, RestorationStatus, RestorationSubject } from '../../domain/restoration.js';
import type { BaselineContent, BaselineStatus, Item } from '../../domain/baseline.js';
import type { RequestApproval } from '../../domain/approvalRules.js';
import type { RuleProof } from '../../domain/automaticApproval.js';
import type { BundleMark, DecisionSubject } from '../../domain/decision.js';
import type { DeferEvent } from '../../domain/deferral.js';
import type { RequestUrgency } from '../../domain/urgency.js';
import type { FactName } from '../../domain/vmFacts.js';
import type { Patch } from '../../domain/patch.js';
import type { CvssFact, EpssFact, KevFact, SsvcFact } from '../../domain/risk.js';
import type { Fix } from '../../domain/patchHistory.js';
import type { PackageToInstall } from '../../domain/run.js';
import type { ReachedState } from '../../domain/testedState.js';
import type { Assessment, GuestFacts, LinuxSystemFacts } from '../../domain/vm.js';
import type { Claims, RequestStatus } from '../../ports/decisions.js';
import type { IncidentNote, InstallationSource, RollbackCause } from '../../ports/inventory.js';
import type { IssueSeverity } from '../../ports/securityIssues.js';
import type { PolicySource } from '../../ports/policy.js';
import { instant, json } from './columns.js';

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
    image: text(),
    osType: text().$type<'windows' | 'linux'>().notNull(),
    osName: text(),
    osVersion: text(),
    power: text().notNull(),
    tags: json<Record<string, string>>().notNull(),
    environment: text().$type<'production' | 'staging'>().notNull(),
    environmentReason: text().notNull(),
    category: text(),
    categoryReason: text().notNull(),
    guest: json<GuestFacts>(),
    assessment: json<Assessment>(),
    firstSeenAt: instant().notNull(),
    seenAt: instant().notNull(),
    joinedAt: instant(),
    placedAt: instant(),
    goneAt: instant(),
  },
  (table) => [index().on(table.environment, table.category), index().on(table.name, table.vmId)],
);

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

export const testResult = pgTable(
  'test_result',
  {
    runKey: text().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    testedSet: json<string[]>().notNull(),
    verdict: text().$type<'passed' | 'failed' | 'inconclusive'>().notNull(),
    reasons: json<string[]>().notNull(),
    vmIds: json<string[]>().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    at: instant().notNull(),
    reached: json<ReachedState[]>().notNull().default([]),
    supersedes: json<string[]>(),
  },
  (table) => [
    primaryKey({ columns: [table.runKey, table.patchId] }),
    index().on(table.patchId, table.category),
    index('test_by_time').on(table.at, table.runKey, table.patchId),
    index('test_by_machine').using('gin', table.vmIds),
  ],
);

export const impact = pgTable(
  'impact',
  {
    patchId: text().notNull(),
    category: text().notNull(),
    downtimeMinutes: doublePrecision().notNull(),
    reboots: integer().notNull(),
    vmIds: json<string[]>().notNull(),
    services: json<string[]>().notNull(),
    order: json<string[]>().notNull(),
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
    subject: json<DecisionSubject>().notNull(),
    requestedBy: json<string[]>().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    /** As it was shown, not signed. */
    urgency: json<RequestUrgency>(),
    /** The rules that it was asked by, and who could have decided. */
    approval: json<RequestApproval>(),
    status: text().$type<RequestStatus>().notNull(),
    closedAt: instant(),
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
    deferEvent: json<DeferEvent>(),
    digest: text().notNull(),
    by: text().notNull(),
    at: text().notNull(),
    signature: text().notNull(),
    accepted: boolean().notNull(),
    reasons: json<string[]>().notNull(),
    policyVersion: text().notNull(),
    recordedAt: instant().notNull(),
    bundle: json<BundleMark>(),
    signedInBy: text(),
    /** Whose word a delegate gave. */
    onBehalfOf: text(),
    /** A rule of policy decided: no person signed it. */
    byRule: json<RuleProof>(),
    /** Accepted, and nothing more is needed. */
    complete: boolean().notNull().default(false),
    /** Of the request's rules, the one that it counts for. */
    step: text(),
    claims: json<Claims>(),
    /** By which it was taken back. */
    withdrawalId: text(),
  },
  (table) => [
    // I6: one request is answered once, and nobody counts twice in it.
    uniqueIndex('one_answer').on(table.requestId).where(sql`complete`),
    uniqueIndex('one_approval_each')
      .on(table.requestId, table.by)
      .where(sql`accepted and verdict = 'approve' and withdrawal_id is null`),
    uniqueIndex('one_voice_each')
      .on(table.requestId, sql`coalesce(on_behalf_of, by)`)
      .where(sql`accepted and verdict = 'approve' and withdrawal_id is null`),
    check('only_accepted_answers', sql`accepted or not complete`),
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

/** What the guest itself told of its software, and when that could not be asked. What is known stays when a later answer is garbage. */
export const guestInventory = pgTable('guest_inventory', {
  vmId: text().primaryKey(),
  /** Of the newest answer that was whole. */
  collectedAt: instant(),
  administrators: json<string[]>().notNull(),
  /** Of Linux. */
  linux: json<LinuxSystemFacts>(),
  /** Why the newest attempt brought nothing; null when it did. */
  problem: text(),
  triedAt: instant().notNull(),
});

export const software = pgTable(
  'software',
  {
    vmId: text().notNull(),
    name: text().notNull(),
    version: text().notNull(),
    source: text().$type<'registry' | 'dpkg' | 'rpm'>().notNull(),
    /** Of a package: name and version of the source that it is built of, and the stream of its module; null where that was not told. */
    builtOf: text(),
    builtVersion: text(),
    module: text(),
    firstSeenAt: instant().notNull(),
    lastSeenAt: instant().notNull(),
    goneAt: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.vmId, table.name, table.version, table.source] }),
    index().on(table.name, table.version),
  ],
);

/** What people say of a machine; tags and Azure say theirs beside it. */
export const vmFact = pgTable(
  'vm_fact',
  {
    vmId: text().notNull(),
    name: text().$type<FactName>().notNull(),
    value: text().notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.vmId, table.name] })],
);

/** Every policy that was ever proposed. The one in force is the newest applied. */
export const policyVersion = pgTable(
  'policy_version',
  {
    seq: serial().primaryKey(),
    version: text().notNull(),
    sources: json<PolicySource[]>().notNull(),
    author: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
    basedOn: integer(),
    guarded: json<string[]>().notNull(),
    /** Parts that it changes. */
    changed: json<string[]>(),
    status: text().$type<'applied' | 'proposed' | 'rejected'>().notNull(),
    secondBy: text(),
    secondReason: text(),
    appliedAt: instant(),
    /** Counts applications: a proposal may be applied after a later one was made. */
    application: integer().unique(),
  },
  () => [
    // I6: a guarded change is in force only by the word of a second person.
    check(
      'guarded_needs_a_second',
      sql`status <> 'applied' or jsonb_array_length(guarded) = 0 or (second_by is not null and second_by <> author)`,
    ),
    check('applied_is_counted', sql`(status = 'applied') = (application is not null)`),
  ],
);

/** Baselines by name and version; a version's content never changes. */
export const baseline = pgTable(
  'baseline',
  {
    name: text().notNull(),
    version: integer().notNull(),
    category: text(),
    content: json<BaselineContent>().notNull(),
    status: text().$type<BaselineStatus>().notNull(),
    author: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
    approvedBy: text(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    uniqueIndex('one_approved_version').on(table.name).where(sql`status = 'approved'`),
    // I6: whoever wrote it does not approve it.
    check('approved_by_another', sql`status <> 'approved' or (approved_by is not null and approved_by <> author)`),
  ],
);

/** Each machine against its baseline: the newest audit and the one before it, so that drift can be told. */
export const compliance = pgTable('compliance', {
  vmId: text().primaryKey(),
  baseline: text().notNull(),
  version: integer().notNull(),
  items: json<Item[]>().notNull(),
  at: instant().notNull(),
  itemsBefore: json<Item[]>(),
  before: instant(),
});

/** Machines to be brought back to their baselines: each asked for, decided by another person, and what came of it. */
export const restoration = pgTable(
  'restoration',
  {
    restorationId: text().primaryKey(),
    vmId: text().notNull(),
    subject: json<RestorationSubject>().notNull(),
    digest: text().notNull(),
    status: text().$type<RestorationStatus>().notNull(),
    requestedBy: text().notNull(),
    reason: text().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    decidedBy: text(),
    justification: text(),
    decidedAt: instant(),
    outcome: text().$type<RestorationOutcome>(),
    detail: text().notNull(),
    differencesAfter: json<Item[]>(),
    endedAt: instant(),
  },
  (table) => [
    index().on(table.vmId),
    uniqueIndex('one_restoration_under_way').on(table.vmId).where(sql`status in ('waiting', 'approved')`),
    // I6: whoever asked for it does not decide it.
    check('decided_by_another', sql`decided_by is null or decided_by <> requested_by`),
    check('approved_was_decided', sql`status <> 'approved' or decided_by is not null`),
  ],
);

/** What channels say of a CVE, each fact as its source last told it. */
export const cveRisk = pgTable('cve_risk', {
  cve: text().primaryKey(),
  kev: json<KevFact>(),
  epss: json<EpssFact>(),
  ssvc: json<SsvcFact>(),
  cvss: json<CvssFact>(),
  seenAt: instant().notNull(),
});

/** A case with the vendor or another provider. */
export const incident = pgTable(
  'incident',
  {
    incidentId: text().primaryKey(),
    patchId: text(),
    vmId: text(),
    provider: text().notNull(),
    number: text().notNull(),
    title: text().notNull(),
    openedAt: instant().notNull(),
    openedBy: text().notNull(),
    closedAt: instant(),
    closedBy: text(),
    outcome: text(),
    fix: text().$type<Fix>(),
    notes: json<IncidentNote[]>().notNull(),
    links: json<string[]>().notNull(),
  },
  (table) => [
    uniqueIndex('one_incident_per_number').on(table.provider, table.number),
    index().on(table.patchId),
    index().on(table.vmId),
    check('closed_has_outcome', sql`(closed_at is null) = (outcome is null)`),
  ],
);

/** Who may do what on which scope, as Azure tells; machines inherit from every scope above them. */
export const roleAssignment = pgTable(
  'role_assignment',
  {
    assignmentId: text().notNull(),
    /** One above the subscriptions, of a management group, is there once for each that it reaches. */
    subscriptionId: text().notNull(),
    /** ARM id of what it is on, lower case. */
    scope: text().notNull(),
    principalId: text().notNull(),
    principalType: text().notNull(),
    role: text().notNull(),
    firstSeenAt: instant().notNull(),
    seenAt: instant().notNull(),
    goneAt: instant(),
  },
  (table) => [primaryKey({ columns: [table.assignmentId, table.subscriptionId] })],
);

/** What people know to be unsafe on a machine, beside the CVEs of its missing patches. */
export const securityIssue = pgTable(
  'security_issue',
  {
    issueId: text().primaryKey(),
    vmId: text().notNull(),
    title: text().notNull(),
    severity: text().$type<IssueSeverity>().notNull(),
    cve: text(),
    foundAt: instant().notNull(),
    foundBy: text().notNull(),
    note: text().notNull(),
    closedAt: instant(),
    closedBy: text(),
    outcome: text(),
  },
  (table) => [index().on(table.vmId), check('closed_issue_has_outcome', sql`(closed_at is null) = (outcome is null)`)],
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

/**
 * I8: grows only through `audit_append`, which numbers and chains. The service may not write it, and a trigger refuses changes to everybody.
 * `body` is what is hashed; the other columns are read from it by the database itself, so they cannot say anything else.
 */
export const event = pgTable(
  'event',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    body: text().notNull(),
    hash: text().notNull(),
    key: text().notNull().unique().generatedAlwaysAs(sql`(body::jsonb ->> 'key')`),
    at: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'at')`),
    who: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'who')`),
    what: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'what')`),
    why: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'why')`),
    patchId: text().generatedAlwaysAs(sql`(body::jsonb ->> 'patchId')`),
    vmId: text().generatedAlwaysAs(sql`(body::jsonb ->> 'vmId')`),
    runKey: text().generatedAlwaysAs(sql`(body::jsonb ->> 'runKey')`),
  },
  (table) => [
    index().on(table.patchId, table.seq),
    index().on(table.vmId, table.seq),
    index().on(table.runKey, table.seq),
  ],
);

/** Where the chain ends: one row. Locking it puts all who append in line. */
export const eventHead = pgTable('event_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  hash: text().notNull(),
});

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
