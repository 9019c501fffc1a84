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
