// How urgent patches are, from the facts as they stand now: the same answer for what is stored, asked for, decided on and admitted.

import { containedIn, lackingOf } from '../domain/contained.js';
import { dueOf, priorityPolicy, risksOf, type Contained, type Due, type JudgedPatch } from '../domain/due.js';
import { exposureOf } from '../domain/exposure.js';
import { withHeldFacts } from '../domain/heldFact.js';
import type { Vm } from '../domain/vm.js';
import type { PatchRecord } from '../ports/patches.js';
import { linuxKnowledge } from './linux.js';
import type { Ports } from './ports.js';

export async function judgedPatch({ inventory }: Ports, { patch, firstSeenAt }: PatchRecord): Promise<JudgedPatch> {
  const known = risksOf(patch.cves, await inventory.risks.risks(patch.cves));
  return { patch, firstSeenAt, risks: withHeldFacts(known, await inventory.due.heldFacts(patch.cves)) };
}

/** What a patch contains, judged, and what of it each of these machines lacks. `all`: every patch that is known. */
export async function containedOn(
  ports: Ports,
  record: PatchRecord,
  all: PatchRecord[],
  vms: Vm[],
): Promise<Contained> {
  const contained = containedIn(
    record.patch,
    all.map((one) => one.patch),
  );
  if (contained.length === 0) return { judged: [], lacking: new Map() };
  const linux = await linuxKnowledge(ports, vms, contained);
  const lacking = vms.map(
    (vm) => [vm.vmId, lackingOf(contained, vm, linux.get(vm.vmId)).map((one) => one.patchId)] as const,
  );
  const wanted = new Set(lacking.flatMap(([, ids]) => ids));
  const records = all.filter((one) => wanted.has(one.patch.patchId));
  return { judged: await Promise.all(records.map((one) => judgedPatch(ports, one))), lacking: new Map(lacking) };
}

/** Of one patch on these machines, whatever was computed before; empty for a patch that nobody knows. */
export async function dueNow(ports: Ports, patchId: string, vms: Vm[]): Promise<Due[]> {
  const record = await ports.inventory.patches.patch(patchId);
  if (record === null || vms.length === 0) return [];
  const { priority } = await ports.policy.current();
  const exposures = new Map(vms.map((vm) => [vm.vmId, exposureOf(vm, priority.exposed)]));
  const contained = await containedOn(ports, record, await ports.inventory.patches.patches(), vms);
  return dueOf(await judgedPatch(ports, record), exposures.keys(), exposures, priorityPolicy(priority), contained);
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
