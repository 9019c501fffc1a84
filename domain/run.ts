// Maintenance runs: their keys, states and rows. Rows decide; signals are only hints.

import type { Environment } from './vm.js';

/** `maintenance/<environment>/<category>/<ring>/<occurrence>`: also the workflow id. */
export type RunKey = string;

export interface RunIdentity {
  environment: Environment;
  category: string;
  ring: string;
  occurrence: string;
}

export interface RunTimes {
  /** ISO instants, UTC. */
  planAt: string;
  opensAt: string;
  closesAt: string;
}

export type RunStatus = 'open' | 'planned' | 'settled';
export type RunOutcome = 'completed' | 'empty' | 'halted' | 'interrupted' | 'windowClosed';

export interface Run extends RunIdentity, RunTimes {
  runKey: RunKey;
  status: RunStatus;
  outcome: RunOutcome | null;
  waves: number;
  /** A person's standing order; honoured by every gate. */
  control: 'run' | 'paused' | 'halted';
}

export interface Enrolment {
  runKey: RunKey;
  patchId: string;
  category: string;
  /** Digest of the decision that allows it; null in staging, where no decision is needed. */
  digest: string | null;
  decisionId: string | null;
  /** Machines the enrolment is for: the ring's share of the signed set. */
  vmIds: string[];
  /** Workflow to hint at when the run has settled. */
  notifyWorkflowId: string;
}

export type ManifestState =
  | 'planned'
  | 'revoked'
  | 'installing'
  | 'installed'
  | 'failed'
  | 'rolledBack'
  | 'skipped'
  | 'inDoubt';

/** A package as it is asked of Azure. */
export interface PackageToInstall {
  name: string;
  /** Null: the newest that is offered, for the test in staging alone. */
  version: string | null;
}

/** One patch for one machine in one run. Every row ends in a closed state (I7). */
export interface ManifestRow {
  runKey: RunKey;
  vmId: string;
  vmName: string;
  patchId: string;
  /** The bare number; null for what is no KB. */
  kb: string | null;
  /** Of Linux: exactly what is asked of Azure. */
  packages: PackageToInstall[];
  /** Of Linux: the versions that the machine had of the patch's packages when its session ended; null before, and of Windows. */
  arrived: { name: string; version: string }[] | null;
  /** Of a row in doubt: the guest showed that the patch is there, and nobody knows how the machine is. Null: nobody knows that either. */
  present: boolean | null;
  wave: number;
  position: number;
  state: ManifestState;
  reason: string | null;
}

/** What a row ends with. */
export interface RowOutcome extends Pick<ManifestRow, 'patchId' | 'state' | 'reason'> {
  /** Of Linux: see the row. */
  arrived?: NonNullable<ManifestRow['arrived']>;
  present?: boolean;
}

export const closedManifestStates: ReadonlySet<ManifestState> = new Set([
  'revoked',
  'installed',
  'failed',
  'rolledBack',
  'skipped',
  'inDoubt',
]);

/** Whether the patch is on the machine for certain, though nobody may know how the machine is. */
export function carries({ state, present }: Pick<ManifestRow, 'state' | 'present'>): boolean {
  return state === 'installed' || (state === 'inDoubt' && present === true);
}

/** Why a row of a machine that left was skipped: it narrows what was approved, and voids nothing. */
export const machineGone = 'the machine is gone';

export function runKeyOf(run: RunIdentity): RunKey {
  return `maintenance/${run.environment}/${run.category}/${run.ring}/${run.occurrence}`;
}

export function waveWorkflowId(runKey: RunKey, wave: number): string {
  return `${runKey}/wave-${wave}`;
}

export function sessionWorkflowId(vmId: string): string {
  return `vm-session/${vmId}`;
}

/** Rows by state. */
export function countsOf(rows: Pick<ManifestRow, 'state'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
