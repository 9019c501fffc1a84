// The permanent inventory. Each interface is one neighbour of the activities; one database serves them all.
// Every write is idempotent: activities are repeated after crashes, with the same arguments.

import type { Baseline, BaselineStatus, Item } from '../domain/baseline.js';
import type { FleetKnowledge } from '../domain/baselineFacts.js';
import type { AuditEntry, ChainedEvent } from '../domain/audit.js';
import type { Patch } from '../domain/patch.js';
import type { Fix } from '../domain/patchHistory.js';
import type { PatchStage } from '../domain/stage.js';
import type { LinuxKnowledge } from '../domain/packageDemand.js';
import type { Assessment, GuestFacts, LinuxSystemFacts, Vm } from '../domain/vm.js';
import type { FactName, PersonsWord } from '../domain/vmFacts.js';
import type { GuestInventory, Program } from './guest.js';
import type { ArrivalStore, RecordedArrival } from './arrivals.js';
import type { ChecklistStore } from './checklists.js';
import type { CalendarStore } from './calendar.js';
import type { ChannelStore } from './channel.js';
import type { AccessStore } from './access.js';
import type { ByHandStore } from './byHand.js';
import type { DecisionStore } from './decisions.js';
import type { DecisionBundleStore } from './decisionBundles.js';
import type { DeferralStore } from './deferrals.js';
import type { DefinitionStore } from './definitions.js';
import type { IsolationStore } from './isolations.js';
import type { KnownIssueStore } from './knownIssues.js';
import type { ChangeStore } from './changes.js';
import type { PatchWaiverStore } from './patchWaivers.js';
import type { NeedStore } from './needs.js';
import type { RevisionStore } from './patchRevisions.js';
import type { DueStore } from './due.js';
import type { EmergencyStore } from './emergencies.js';
import type { EquivalenceStore } from './equivalence.js';
import type { DelegationStore } from './delegations.js';
import type { ExceptionStore } from './exceptions.js';
import type { ForensicStore } from './forensics.js';
import type { ImpactStore } from './impacts.js';
import type { NoticeStore } from './noticeLog.js';
import type { PolicySource } from './policy.js';
import type { RestorationStore } from './restorations.js';
import type { RiskStore } from './risk.js';
import type { SecurityIssueStore } from './securityIssues.js';
import type { ServiceTokenStore } from './serviceTokens.js';
import type { SignInStore } from './signIns.js';
import type { SoakStore } from './soaks.js';
import type { StageTestStore, TestResult } from './stageTests.js';
import type { SuccessionStore } from './successions.js';
import type { TwinStore } from './twins.js';
import type { WithdrawalStore } from './withdrawals.js';
import type {
  Enrolment,
  ManifestRow,
  ManifestState,
  RowOutcome,
  Run,
  RunIdentity,
  RunKey,
  RunOutcome,
  RunTimes,
} from '../domain/run.js';
import type { Operation, OperationStep } from '../domain/operation.js';

export type { TestResult } from './stageTests.js';
export type { DecisionRequest, DecisionStore, RecordedDecision } from './decisions.js';

export interface FleetStore {
  /**
   * Takes what Azure lists now. Machines of these subscriptions that are no longer listed get `goneAt`; nothing is deleted.
   * Guest facts and assessments stay. A new machine has joined at once where its environment and category have no other.
   */
  saveListed(
    vms: Omit<Vm, 'guest' | 'assessment' | 'firstSeenAt' | 'joinedAt' | 'placedAt' | 'goneAt'>[],
    subscriptions: string[],
    at: string,
  ): Promise<{ added: number; gone: number }>;
  /** New machines that have caught up; those that joined before stay as they are. */
  join(vmIds: string[], at: string): Promise<void>;
  /** Packages of Linux that the guest told of take their place in what is known of its software. */
  saveGuestFacts(vmId: string, facts: GuestFacts): Promise<void>;
  saveAssessment(vmId: string, assessment: Assessment): Promise<void>;
  /** In the order of names. `after`: id of the machine that a page before ended with. */
  vms(filter: {
    environment?: 'production' | 'staging';
    category?: string;
    /** What the name contains, large or small. */
    name?: string;
    existing?: boolean;
    after?: string;
    limit?: number;
  }): Promise<Vm[]>;
  vm(vmIdOrName: string): Promise<Vm | null>;
  /** Names by id; gone machines too. */
  names(vmIds: string[]): Promise<Map<string, string>>;
  /** How the existing machines of an environment stand now, counted by the database. */
  standing(environment: 'production' | 'staging'): Promise<FleetStanding>;
  /** How production stands at this instant becomes the measure of its day, UTC; the last one of a day stays. */
  measureDay(at: string): Promise<void>;
  /** The oldest first. */
  days(newest: number): Promise<FleetDay[]>;
}

/** Known production machines, and those of them that lacked nothing. */
export interface FleetDay {
  /** ISO date, UTC. */
  day: string;
  known: number;
  complete: number;
}

export interface FleetStanding {
  machines: number;
  /** Never assessed: nobody knows what they lack. They count as nothing else. */
  unknown: number;
  /** Known, and in need of a patch. */
  lacking: number;
}

export interface Demand {
  vmId: string;
  patchId: string;
  reason: string;
}

export interface PatchRecord {
  patch: Patch;
  stage: PatchStage;
  stageDetail: string;
  firstSeenAt: string;
  needed: number;
}

export interface PatchStore {
  /**
   * Takes what documents say of patches; one that several tell is what all of them say. Stores patches whose content changed; an unchanged
   * one writes nothing.
   */
  savePatches(patches: Patch[], at: string): Promise<{ added: string[]; revised: string[]; unchanged: number }>;
  /** In the order of ids. `after`: id of the patch that a page before ended with. */
  patches(page?: { after?: string; limit: number }): Promise<PatchRecord[]>;
  /** These patches, and all that could supersede them or be superseded by the same: of the same products, packages, or by the vendor's word. */
  related(patchIds: string[]): Promise<Patch[]>;
  /** Patches of which the vendor changed more than the wording after they were first read, and when that was seen last. */
  revisions(): Promise<{ patchId: string; at: string }[]>;
  patch(patchId: string): Promise<PatchRecord | null>;
  /** CVEs that patches name, sorted; `needed`: only of patches that a machine needs. */
  cves(filter: { needed: boolean }): Promise<string[]>;
  setStage(patchId: string, stage: PatchStage, detail: string): Promise<void>;
  /** Replaces the whole demand by what was computed now, in one transaction. */
  replaceDemand(rows: Demand[], at: string): Promise<void>;
  /** These machines need the patch no longer. */
  endDemand(patchId: string, vmIds: string[]): Promise<void>;
  demand(filter: { patchId?: string; vmId?: string; vmIds?: string[] }): Promise<Demand[]>;
}

export interface TestStore {
  saveTestResult(result: TestResult): Promise<void>;
  /** Newest first. */
  testResults(filter: {
    patchId?: string;
    patchIds?: string[];
    category?: string;
    runKey?: RunKey;
    verdict?: TestResult['verdict'];
  }): Promise<TestResult[]>;
}

/** What `plan` needs, read under the lock of the run's row. */
export interface PlanFacts {
  run: Run;
  enrolments: Enrolment[];
}

export interface PlannedRun {
  waves: number;
  rows: Omit<ManifestRow, 'runKey' | 'state' | 'reason' | 'arrived' | 'present'>[];
  /** Machines or patches that were enrolled and left out, with why (I7). */
  left: { vmId: string; vmName: string; patchId: string; kb: string | null; reason: string }[];
  /** Machines that came after they were asked for, and how they were judged. */
  arrivals?: Omit<RecordedArrival, 'runKey'>[];
}

export interface RunStore {
  /**
   * Creates the run if there is none, then enrols: the same enrolment again is `enrolled`; a changed one is taken while the run is open and
   * before `planAt`; otherwise `closed`. One transaction, the run's row locked.
   */
  enrol(
    run: RunIdentity & RunTimes,
    enrolment: Omit<Enrolment, 'runKey'>,
    now: string,
  ): Promise<{ kind: 'enrolled'; run: Run } | { kind: 'closed'; run: Run }>;
  run(runKey: RunKey): Promise<Run | null>;
  runs(filter: { status?: Run['status']; runKeys?: RunKey[]; settledSince?: string }): Promise<Run[]>;
  enrolments(...runKeys: RunKey[]): Promise<Enrolment[]>;
  /** Locks, calls `decide`, writes the manifest (`left` as skipped rows in wave 0), open → planned. Asked again, it returns the stored plan. Nothing to do: settled, empty. */
  plan(runKey: RunKey, decide: (facts: PlanFacts) => PlannedRun): Promise<Run>;
  /**
   * Open: deletes the enrolment. Planned: revokes its planned rows; machines whose session is open go on (they were admitted before). With
   * `wholeSets` everything that those machines were to get goes with it: a part of a set was never tested alone (I1). Returns what it did.
   */
  withdraw(
    runKey: RunKey,
    patchId: string,
    reason: string,
    wholeSets?: boolean,
  ): Promise<'deleted' | 'revoked' | 'nothing'>;
  /** I9: marks what is still due on the machine as installing, whole and at once, and returns it. Nothing: all of it was revoked or closed. */
  beginInstalling(runKey: RunKey, vmId: string): Promise<ManifestRow[]>;
  setControl(runKey: RunKey, control: Run['control'], by: string, reason: string): Promise<Run | null>;
  /** Rows by wave and position. */
  manifest(filter: {
    runKey?: RunKey;
    runKeys?: RunKey[];
    vmId?: string;
    vmIds?: string[];
    patchId?: string;
    wave?: number;
    states?: readonly ManifestState[];
  }): Promise<ManifestRow[]>;
  /** Rows by state, counted by the database; of these runs, or of all. A run without rows is left out. */
  counts(runKeys?: RunKey[]): Promise<Map<RunKey, Record<string, number>>>;
  /** Distinct machines of a wave, by position; a page. */
  waveVms(runKey: RunKey, wave: number, offset: number, limit: number): Promise<{ vmId: string; vmName: string }[]>;
  setManifestState(runKey: RunKey, vmId: string, states: RowOutcome[]): Promise<void>;
  /** Turns every row that is still planned into skipped(reason) and every installing one into inDoubt(reason); then settled. Idempotent: the first outcome stays. */
  settleRun(runKey: RunKey, outcome: RunOutcome, reason: string, at: string): Promise<Run>;
}

export type SessionOutcome =
  | 'installed'
  | 'failed'
  | 'rolledBack'
  | 'quarantined'
  | 'refused'
  | 'nothingDue'
  | 'inDoubt';

export interface Session {
  /** Unique: `<runKey>#<vmId>`; a later attempt of the same run appends `#n`. */
  sessionId: string;
  runKey: RunKey;
  vmId: string;
  vmName: string;
  startedAt: string;
  endedAt: string | null;
  outcome: SessionOutcome | null;
  detail: string;
  restorePoint: string | null;
}

export interface AdmissionFacts {
  openSessions: { sessionId: string; vmId: string; runKey: RunKey }[];
  unfinishedOperations: { sessionId: string; step: OperationStep }[];
  rows: ManifestRow[];
}

/** What was tried on a machine, and what came of it: kept for ever. */
export type InstallationSource =
  /** Installed by us: tested, decided, in its window. */
  | 'patchline'
  /** Found in the guest after we knew it, installed by somebody else. */
  | 'outOfBand'
  /** A person says so, of a patch that has no automatic installation. */
  | 'byHand'
  /** Remembered by the guest from before we knew it: not tested here. */
  | 'before';

export interface InstallationRecord {
  /** `guest/<vm id>` for what others installed. */
  sessionId: string;
  vmId: string;
  patchId: string;
  state: string;
  reason: string | null;
  at: string;
  source: InstallationSource;
  environment: 'production' | 'staging';
  category: string | null;
}

/** How many machines of an environment and category ended in a state, and when. */
export interface InstallationCount {
  patchId: string;
  environment: 'production' | 'staging';
  category: string | null;
  state: string;
  machines: number;
  firstAt: string;
  lastAt: string;
}

/**
 * `failedPatch`: the installation itself failed; `roguePatch`: it succeeded and the machine was sick afterwards; `restoration`: a person had
 * the machine brought back to its baseline; `isolation`: a staging machine went back so that the next trial begins where the last one did.
 */
export type RollbackCause = 'failedPatch' | 'roguePatch' | 'restoration' | 'isolation';

export interface RollbackRecord {
  sessionId: string;
  vmId: string;
  why: string;
  how: string;
  at: string;
  cause: RollbackCause | null;
}

export interface SessionStore {
  /**
   * One transaction under a lock that all admissions share: reads the facts, calls `decide`; when it admits, opens the session. A session that is
   * open already under the same id is admitted again.
   */
  admit<T extends { admitted: boolean }>(
    session: Omit<Session, 'endedAt' | 'outcome' | 'detail' | 'restorePoint'>,
    decide: (facts: AdmissionFacts) => T,
  ): Promise<T>;
  session(sessionId: string): Promise<Session | null>;
  sessions(filter: { sessionIds?: string[]; runKey?: RunKey; vmId?: string; open?: boolean }): Promise<Session[]>;
  setRestorePoint(sessionId: string, restorePoint: string): Promise<void>;
  /** Writes the outcome, the closed manifest rows and installations together, and frees the slots. Idempotent. */
  settle(
    sessionId: string,
    outcome: SessionOutcome,
    detail: string,
    rows: RowOutcome[],
    at: string,
    /** Of a rollback. */
    cause?: RollbackCause,
  ): Promise<void>;
  /** In the order of time. */
  installations(filter: { vmId?: string; patchId?: string }): Promise<InstallationRecord[]>;
  /** A page of one machine's history in the order of time, after the given place. */
  history(
    vmId: string,
    after: { at: string; sessionId: string; patchId: string } | null,
    limit: number,
  ): Promise<InstallationRecord[]>;
  /** Patches that are on machines by the newest that we know, by machine. */
  patchesOn(vmIds?: string[]): Promise<{ vmId: string; patchId: string }[]>;
  /** By patch, environment, category and state; all patches when none is given. */
  installationCounts(patchIds?: string[]): Promise<InstallationCount[]>;
  /** In the order of time. A rollback unwinds whatever its session installed. */
  rollbacks(filter: { vmId?: string; patchId?: string }): Promise<RollbackRecord[]>;
}

export interface OperationStore {
  operation(sessionId: string, step: OperationStep): Promise<Operation | null>;
  operations(sessionId: string): Promise<Operation[]>;
  /** Restore points of these machines that were finished, in the order of time. */
  restorePoints(vmIds: string[]): Promise<Pick<Operation, 'sessionId' | 'vmId' | 'intendedAt'>[]>;
  /** The step that is under way, or was last, in each open session of a run, by machine. */
  stepsUnderWay(runKey: RunKey): Promise<Map<string, OperationStep>>;
  /** Installations in the order of their intents: a page, from an instant on. `after`: session of the one that a page before ended with. */
  installs(page: { since?: string; after?: string; limit: number }): Promise<Operation[]>;
  /** Writes the intent; false when a row exists already (then nothing is changed). */
  intend(sessionId: string, step: OperationStep, vmId: string, at: string): Promise<boolean>;
  /** After a settled lost answer, before posting again: the intent's time moves to `at`. */
  renewIntent(sessionId: string, step: OperationStep, at: string): Promise<void>;
  accepted(sessionId: string, step: OperationStep, operationUrl: string | null): Promise<void>;
  finished(
    sessionId: string,
    step: OperationStep,
    state: 'succeeded' | 'failed' | 'inDoubt',
    result: unknown,
    error: string | null,
  ): Promise<void>;
  /** Removes an intent whose request was refused before it took effect (409, 429): nothing was started. */
  forget(sessionId: string, step: OperationStep): Promise<void>;
}

/** A change outside of the stores: they tell their own. Without `who` it is whoever acts. */
export type StoryEvent = Pick<AuditEntry, 'key' | 'what' | 'why'> & Partial<AuditEntry>;

/** I8: every change of state as an event of one chain; stores write it in the transaction that makes the change. */
export interface EventStore {
  append(event: StoryEvent): Promise<void>;
  /** In order of `seq`, after the given one; `newest`: the latest first. */
  events(filter: {
    after?: number;
    before?: number;
    patchId?: string;
    vmId?: string;
    runKey?: RunKey;
    who?: string;
    /** That `what` contains, large or small. */
    words?: string;
    limit?: number;
    newest?: boolean;
  }): Promise<(AuditEntry & { seq: number })[]>;
  /** Events as they are hashed, in order, after the given one, up to `last`. */
  chain(after: number, limit: number, last?: number): Promise<ChainedEvent[]>;
  /** Where the log says that it ends; null when even that is gone. */
  head(): Promise<{ seq: number; hash: string } | null>;
  /** The first and the last event of a patch; null when there is none. */
  span(patchId: string): Promise<{ first: number; last: number } | null>;
}

/** What is known of the guest's own inventory, and how well. */
export interface GuestKnowledge {
  vmId: string;
  /** ISO instant of the newest whole answer; null before the first. */
  collectedAt: string | null;
  administrators: string[];
  /** Of Linux, as the guest told last; null where it did not. */
  linux: LinuxSystemFacts | null;
  /** Why the newest attempt brought nothing; null when it did. */
  problem: string | null;
  triedAt: string;
}

export interface SoftwareRecord extends Program {
  vmId: string;
  firstSeenAt: string;
  lastSeenAt: string;
  /** ISO instant at which it was found gone. */
  goneAt: string | null;
}

export interface GuestStore {
  /**
   * Takes a whole inventory: what is no longer there is marked gone; updates that we did not install become history, `before` us the first
   * time, `outOfBand` later. Taken again it changes nothing.
   */
  saveInventory(
    vmId: string,
    inventory: GuestInventory,
    at: string,
  ): Promise<{ added: number; removed: number; foreignUpdates: string[] }>;
  /** The guest could not be asked: what is known stays. */
  saveProblem(vmId: string, problem: string, at: string): Promise<void>;
  knowledge(vmIds?: string[]): Promise<GuestKnowledge[]>;
  /** What is known of Linux machines, of packages with these names alone; machines whose guests never answered are left out. */
  packages(vmIds: string[], names: string[]): Promise<Map<string, LinuxKnowledge>>;
  /** Existing entries, unless `gone` ones are wanted too; in the order of names. */
  software(filter: { vmId?: string; gone?: boolean }): Promise<SoftwareRecord[]>;
  /** A person's word on a machine; null takes it back. */
  setFact(vmId: string, name: FactName, value: string | null, by: string, reason: string, at: string): Promise<void>;
  facts(vmIds: string[]): Promise<(PersonsWord & { vmId: string })[]>;
}

/** One machine against its baseline, and the audit before. */
export interface ComplianceRecord {
  vmId: string;
  baseline: string;
  version: number;
  items: Item[];
  at: string;
  itemsBefore: Item[] | null;
  before: string | null;
}

export interface BaselineStore {
  /** Existing machines, or one, with what guests and history tell of them. */
  fleetKnowledge(vmId?: string): Promise<FleetKnowledge>;
  /** The next version of the name, as a draft. */
  draft(baseline: Omit<Baseline, 'version' | 'status'>): Promise<Baseline>;
  /**
   * draft → tested → approved; an approved one takes the place of the version approved before. Why it could not be: `unknown`,
   * `wrongStatus`, or `samePerson` when its author would approve it (I6).
   */
  advance(
    name: string,
    version: number,
    to: 'tested' | 'approved' | 'retired',
    who: { by: string; reason: string; at: string },
  ): Promise<Baseline | 'unknown' | 'wrongStatus' | 'samePerson'>;
  /** By name, newest version first. */
  baselines(filter: { name?: string; version?: number; status?: BaselineStatus }): Promise<Baseline[]>;
  /** The newest results; those of before are kept once. A baseline that is another one than before begins anew. */
  saveCompliance(rows: Pick<ComplianceRecord, 'vmId' | 'baseline' | 'version' | 'items'>[], at: string): Promise<void>;
  compliance(vmIds?: string[]): Promise<ComplianceRecord[]>;
}

export type PolicyStatus = 'applied' | 'proposed' | 'rejected';

/** A policy as it was written, by whom and why; kept for ever. */
export interface PolicyVersion {
  seq: number;
  /** SHA-256 of what it says. */
  version: string;
  sources: PolicySource[];
  author: string;
  reason: string;
  at: string;
  /** The version in force when it was proposed; null for the first. */
  basedOn: number | null;
  /** What of the change needs a second person. */
  guarded: string[];
  /** Parts that it changes; null of the first, and of versions from before that was kept. */
  changed: string[] | null;
  status: PolicyStatus;
  secondBy: string | null;
  secondReason: string | null;
  appliedAt: string | null;
}

export interface PolicyStore {
  current(): Promise<PolicyVersion | null>;
  /** The first version; nothing happens when there is one. */
  seed(first: { version: string; sources: PolicySource[]; at: string }): Promise<void>;
  /** Applied at once when nothing of it is guarded. Null when another version is in force than the one it is based on. */
  propose(
    change: Pick<PolicyVersion, 'version' | 'sources' | 'author' | 'reason' | 'at' | 'guarded' | 'changed'> & {
      basedOn: number;
    },
  ): Promise<PolicyVersion | null>;
  /** Why it could not be; the second person is never the author (I6). */
  settle(
    seq: number,
    second: { by: string; reason: string; at: string; accept: boolean },
  ): Promise<PolicyVersion | 'unknown' | 'notProposed' | 'samePerson' | 'outdated'>;
  /** Newest first. */
  versions(filter: { seq?: number; status?: PolicyStatus; appliedAfter?: string }): Promise<PolicyVersion[]>;
}

export interface IncidentNote {
  /** ISO instant. */
  at: string;
  by: string;
  text: string;
}

/** A case with the vendor or another provider about a patch, a machine, or both. */
export interface Incident {
  incidentId: string;
  patchId: string | null;
  vmId: string | null;
  provider: string;
  /** The provider's own number. */
  number: string;
  title: string;
  openedAt: string;
  openedBy: string;
  closedAt: string | null;
  closedBy: string | null;
  outcome: string | null;
  /** What made the patch usable in the end, if anything did. */
  fix: Fix | null;
  notes: IncidentNote[];
  links: string[];
}

export interface IncidentStore {
  /** Null when the provider's number is known already: then nothing is changed. */
  open(
    incident: Omit<Incident, 'closedAt' | 'closedBy' | 'outcome' | 'fix' | 'notes'> & { note: string | null },
  ): Promise<Incident | null>;
  /** Null when there is none, or it is closed. */
  note(incidentId: string, note: IncidentNote): Promise<Incident | null>;
  /** Null when there is none, or it is closed already. */
  close(
    incidentId: string,
    end: { at: string; by: string; outcome: string; fix: Fix | null },
  ): Promise<Incident | null>;
  /** Newest first. */
  incidents(filter: {
    incidentId?: string;
    patchId?: string;
    vmId?: string;
    open?: boolean;
    /** Id of the one that a page before ended with. */
    after?: string;
    limit?: number;
  }): Promise<Incident[]>;
}

/** The durable stop that every gate honours until it is lifted. */
export interface StopStore {
  stopAll(by: string, reason: string, at: string): Promise<void>;
  liftStop(by: string, reason: string, at: string): Promise<void>;
  standingStop(): Promise<{ by: string; reason: string; at: string } | null>;
}

export interface Inventory {
  fleet: FleetStore;
  patches: PatchStore;
  tests: TestStore;
  stageTests: StageTestStore;
  soaks: SoakStore;
  checklists: ChecklistStore;
  isolations: IsolationStore;
  decisions: DecisionStore;
  decisionBundles: DecisionBundleStore;
  arrivals: ArrivalStore;
  runs: RunStore;
  sessions: SessionStore;
  operations: OperationStore;
  events: EventStore;
  guests: GuestStore;
  baselines: BaselineStore;
  restorations: RestorationStore;
  securityIssues: SecurityIssueStore;
  access: AccessStore;
  risks: RiskStore;
  knownIssues: KnownIssueStore;
  patchWaivers: PatchWaiverStore;
  emergencies: EmergencyStore;
  withdrawals: WithdrawalStore;
  changes: ChangeStore;
  successions: SuccessionStore;
  revisions: RevisionStore;
  needs: NeedStore;
  definitions: DefinitionStore;
  byHand: ByHandStore;
  channels: ChannelStore;
  calendars: CalendarStore;
  due: DueStore;
  equivalence: EquivalenceStore;
  deferrals: DeferralStore;
  delegations: DelegationStore;
  exceptions: ExceptionStore;
  twins: TwinStore;
  forensics: ForensicStore;
  impacts: ImpactStore;
  incidents: IncidentStore;
  notices: NoticeStore;
  policies: PolicyStore;
  serviceTokens: ServiceTokenStore;
  signIns: SignInStore;
  stops: StopStore;
}
