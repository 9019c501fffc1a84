// Sessions on machines, and what they left: installations and rollbacks.

import type { OperationStep } from '../domain/operation.js';
import type { ManifestRow, RowOutcome, RunKey } from '../domain/run.js';

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
