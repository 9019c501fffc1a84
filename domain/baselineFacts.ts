// What is known of the fleet for a comparison with baselines. Stale software counts as unknown (I5).

import type { Baseline, BaselineFacts } from './baseline.js';
import type { Patch } from './patch.js';
import { staleness } from './staleness.js';
import type { Vm } from './vm.js';

export interface FleetKnowledge {
  vms: Vm[];
  guests: { vmId: string; collectedAt: string | null; problem: string | null; triedAt: string }[];
  software: { vmId: string; name: string; version: string }[];
  patches: { vmId: string; patchId: string }[];
  catalog: Patch[];
}

export function baselineFacts(known: FleetKnowledge, now: string, maxAgeMinutes: number): BaselineFacts[] {
  const guests = new Map(known.guests.map((one) => [one.vmId, one]));
  const software = byMachine(known.software);
  const patches = byMachine(known.patches);
  const catalog = new Map(known.catalog.map((one) => [one.patchId, one]));
  return known.vms.map((vm) => {
    const isStale = staleness(guests.get(vm.vmId) ?? null, now, maxAgeMinutes) !== null;
    return {
      vm,
      software: isStale ? null : (software.get(vm.vmId) ?? []),
      patches: isStale ? null : (patches.get(vm.vmId) ?? []).map((one) => one.patchId),
      catalog,
    };
  });
}

export function byMachine<T extends { vmId: string }>(rows: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.vmId);
    if (group === undefined) groups.set(row.vmId, [row]);
    else group.push(row);
  }
  return groups;
}

/** The approved one of the category, else the one for all. */
export function baselineFor(approved: Baseline[], category: string | null): Baseline | null {
  if (category === null) return null;
  return approved.find((one) => one.category === category) ?? approved.find((one) => one.category === null) ?? null;
}
