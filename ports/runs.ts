// Maintenance runs: enrolments, manifests, waves.

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
import type { RecordedArrival } from './arrivals.js';

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
