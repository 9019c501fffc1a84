// The soak of a staging run: when its machines are probed again, and what a probe turns their rows into. A probe never makes a row better (I1, I5).

import type { Health } from './health.js';
import type { ProbeVerdict } from './probe.js';
import { carries, type ManifestRow, type RowOutcome } from './run.js';

/** However long the soak, and however short the pause that policy wants. */
export const soakProbesMax = 48;

/** Seconds from its beginning at which machines are probed: every so often, and always at its end. Empty: nothing soaks. */
export function soakProbeTimes(soakSeconds: number, everySeconds: number): number[] {
  if (!(soakSeconds > 0)) return [];
  const pause = Math.max(everySeconds, soakSeconds / soakProbesMax);
  // What would come just before the end is the end.
  const between = Math.max(0, Math.ceil(soakSeconds / pause - 0.5) - 1);
  return [...Array.from({ length: between }, (_, place) => (place + 1) * pause), soakSeconds];
}

/** One machine, probed once. */
export interface SoakProbe {
  runKey: string;
  vmId: string;
  vmName: string;
  /** Place of the probe in its soak, from 1. */
  number: number;
  at: string;
  kind: Health['kind'];
  /** Why it is not healthy; of a healthy one what was wrong already before the patch. */
  reasons: string[];
  /** What the machine answered; null where that is not kept, or nothing was answered. */
  facts: unknown;
}

/** Machines that carry everything that they were to get: only they can pass. In order of their ids. */
export function soakingMachines(rows: ManifestRow[]): { vmId: string; vmName: string }[] {
  const tested = rows.filter((row) => row.wave > 0);
  const out = new Set(tested.filter((row) => !carries(row)).map((row) => row.vmId));
  const names = new Map(tested.map((row) => [row.vmId, row.vmName]));
  return [...names]
    .filter(([vmId]) => !out.has(vmId))
    .map(([vmId, vmName]) => ({ vmId, vmName }))
    .toSorted((a, b) => (a.vmId < b.vmId ? -1 : 1));
}

/** Services and what policy asks beyond them, as one word. What is known to be wrong weighs more than what is not known. */
export function soakVerdict(services: Health, probes: ProbeVerdict | null): Health & { before: string[] } {
  const before = probes?.before ?? [];
  const reasons = [services, probes].flatMap((one) => (one === null || one.kind === 'healthy' ? [] : one.reasons));
  if (services.kind === 'sick' || probes?.kind === 'sick') return { kind: 'sick', reasons, before };
  return reasons.length > 0 ? { kind: 'unknown', reasons, before } : { kind: 'healthy', before };
}

/** What becomes of the machine's rows; empty: nothing. `isGone`: then nothing is on it any more. */
export function rowsAfterProbe(
  rows: ManifestRow[],
  verdict: { kind: Health['kind']; reasons: string[] },
  isGone = false,
): RowOutcome[] {
  if (verdict.kind === 'healthy') return [];
  const why = verdict.reasons.join('; ');
  return rows
    .filter((row) => row.wave > 0 && carries(row))
    .flatMap(({ patchId, state, reason }): RowOutcome[] => {
      const was = reason === null ? '' : `${reason}; `;
      if (verdict.kind === 'sick') return [{ patchId, state: 'failed', reason: `${was}sick while it soaked: ${why}` }];
      if (state === 'inDoubt' && !isGone) return [];
      const doubt = `${was}nobody knows how the machine is after its soak: ${why}`;
      return [{ patchId, state: 'inDoubt', reason: doubt, present: !isGone }];
    });
}
