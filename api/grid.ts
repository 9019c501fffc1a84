// A run as a grid of machines: one short row a machine, whatever it was to get. What is under way is told by its session's last step.

import type { OperationStep } from '../domain/operation.js';
import type { ManifestRow, ManifestState } from '../domain/run.js';

export interface Cell {
  vmId: string;
  vmName: string;
  wave: number;
  position: number;
  state: string;
  reason: string | null;
  /** It failed, is in doubt, or went or goes back to its restore point. */
  isTroubled: boolean;
}

const troubledStates: ReadonlySet<string> = new Set<ManifestState | OperationStep>([
  'failed',
  'inDoubt',
  'rolledBack',
  'deallocate',
  'restoreDisk',
  'swapDisk',
  'start',
]);

/** The worst of what a machine was to get: what fails hides nothing. */
const rank: ManifestState[] = [
  'failed',
  'inDoubt',
  'rolledBack',
  'installing',
  'planned',
  'revoked',
  'skipped',
  'installed',
];

/** In the order of the plan. `steps`: of open sessions, the step that is under way. */
export function gridOf(rows: ManifestRow[], steps: Map<string, string>): Cell[] {
  const cells = new Map<string, Omit<Cell, 'isTroubled'>>();
  for (const { vmId, vmName, wave, position, state, reason } of rows) {
    const held = cells.get(vmId);
    if (held === undefined || rank.indexOf(state) < rank.indexOf(held.state as ManifestState))
      cells.set(vmId, { vmId, vmName, wave: held?.wave || wave, position: held?.position ?? position, state, reason });
  }
  return [...cells.values()]
    .map((cell) => (cell.state === 'installing' ? { ...cell, state: steps.get(cell.vmId) ?? cell.state } : cell))
    .map((cell) => ({ ...cell, isTroubled: troubledStates.has(cell.state) }))
    .toSorted((a, b) => a.wave - b.wave || a.position - b.position || a.vmName.localeCompare(b.vmName));
}
