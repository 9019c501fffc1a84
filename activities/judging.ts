// How urgent patches are, from the facts as they stand now: the same answer for what is stored, asked for, decided on and admitted.

import { dueOf, priorityPolicy, risksOf, type Due, type JudgedPatch } from '../domain/due.js';
import { exposureOf } from '../domain/exposure.js';
import { withHeldFacts } from '../domain/heldFact.js';
import type { Vm } from '../domain/vm.js';
import type { PatchRecord } from '../ports/inventory.js';
import type { Ports } from './ports.js';

export async function judgedPatch({ inventory }: Ports, { patch, firstSeenAt }: PatchRecord): Promise<JudgedPatch> {
  const known = risksOf(patch.cves, await inventory.risks.risks(patch.cves));
  return { patch, firstSeenAt, risks: withHeldFacts(known, await inventory.due.heldFacts(patch.cves)) };
}

/** Of one patch on these machines, whatever was computed before; empty for a patch that nobody knows. */
export async function dueNow(ports: Ports, patchId: string, vms: Vm[]): Promise<Due[]> {
  const record = await ports.inventory.patches.patch(patchId);
  if (record === null || vms.length === 0) return [];
  const { priority } = await ports.policy.current();
  const exposures = new Map(vms.map((vm) => [vm.vmId, exposureOf(vm, priority.exposed)]));
  return dueOf(await judgedPatch(ports, record), exposures.keys(), exposures, priorityPolicy(priority));
}

/** By machine: the earliest stored deadline of these patches on it. An order, never a gate: what is not computed yet has none. */
export async function earliestDue(ports: Ports, patchIds: string[], vmIds: string[]): Promise<Map<string, string>> {
  const earliest = new Map<string, string>();
  // The earliest come first.
  for (const { vmId, deadline } of await ports.inventory.due.rows({ patchIds, vmIds: [...new Set(vmIds)] }))
    if (deadline !== null && !earliest.has(vmId)) earliest.set(vmId, deadline);
  return earliest;
}

/** The categories of production in the order in which this patch is due there. */
export async function placesByUrgency(ports: Ports, patchId: string): Promise<Map<string, number>> {
  const now = ports.clock.now();
  const groups = await ports.inventory.due.groups({ patchIds: [patchId], environment: 'production', now });
  return new Map(groups.flatMap(({ category }, place) => (category === null ? [] : [[category, place] as const])));
}
