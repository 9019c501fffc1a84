// What a ring's rows say: healthy, short of something, or over its failure budget (I4, I7).

import type { ManifestRow, ManifestState } from './run.js';
import { closedManifestStates, machineGone } from './run.js';

export type RingOutcome =
  | { kind: 'healthy'; installed: number }
  /** Some machines did not get it for reasons that are not theirs: another run may take them. */
  | { kind: 'incomplete'; installed: number; remaining: string[]; reasons: string[] }
  | { kind: 'halted'; installed: number; reasons: string[]; remaining: string[] }
  | { kind: 'unsettled'; reasons: string[] };

/** `vmIds`: the ring's share of the signed set; `rows`: every row of this patch for these machines, in any run of the ring. */
export function ringOutcome(vmIds: string[], rows: ManifestRow[], failureBudget: number): RingOutcome {
  const open = rows.filter((row) => !closedManifestStates.has(row.state));
  if (open.length > 0) return { kind: 'unsettled', reasons: open.map((row) => `${row.vmName} is ${row.state}`) };
  const byVm = new Map(vmIds.map((vmId) => [vmId, rows.filter((row) => row.vmId === vmId)]));
  const installed = vmIds.filter((vmId) => byVm.get(vmId)?.some(isDone));
  const harmed = vmIds.filter((vmId) => byVm.get(vmId)?.some(isHarm) && !installed.includes(vmId));
  const ended = new Set([...installed, ...harmed, ...vmIds.filter((vmId) => byVm.get(vmId)?.some(hasLeft))]);
  const remaining = vmIds.filter((vmId) => !ended.has(vmId));
  const reasons = rows
    .filter((row) => !isDone(row))
    .map((row) => `${row.vmName}: ${row.state}: ${row.reason ?? 'no reason given'}`);
  if (harmed.length > failureBudget) {
    return {
      kind: 'halted',
      installed: installed.length,
      remaining,
      reasons: [`${harmed.length} machines failed, the budget is ${failureBudget}`, ...reasons],
    };
  }
  if (remaining.length > 0) return { kind: 'incomplete', installed: installed.length, remaining, reasons };
  return { kind: 'healthy', installed: installed.length };
}

/** Whose waiver leaves them out is not waited for; who was harmed counts for all that (I4). */
export function withoutWaived(vmIds: string[], rows: ManifestRow[], waived: ReadonlyMap<string, string>): string[] {
  const harmed = new Set(rows.filter(isHarm).map((row) => row.vmId));
  return vmIds.filter((vmId) => !waived.has(vmId) || harmed.has(vmId));
}

function isDone(row: ManifestRow): boolean {
  return row.state === 'installed' || (row.state === 'skipped' && row.reason === 'no longer needed');
}

/** Nobody waits for a machine that is no longer there. */
function hasLeft({ state, reason }: ManifestRow): boolean {
  return state === 'skipped' && (reason ?? '').split('; ').includes(machineGone);
}

/** What counts against a ring's failure budget. */
export const harmStates: readonly ManifestState[] = ['failed', 'rolledBack', 'inDoubt'];

function isHarm(row: ManifestRow): boolean {
  return harmStates.includes(row.state);
}

/** A running ring's budget while its waves go: null while there is some left, else why no further machine may start. */
export function budgetSpent(rows: ManifestRow[], failureBudget: number): string | null {
  const harmed = new Set(rows.filter(isHarm).map((row) => row.vmId));
  return harmed.size > failureBudget ? `${harmed.size} machines failed, the ring's budget is ${failureBudget}` : null;
}
