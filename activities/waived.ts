// Which machines do without a patch by a waiver that stands. Whatever asks, plans or begins looks here: a waiver only ever leaves out.

import { waivedWords, waiverOn, type PatchWaiver } from '../domain/patchWaiver.js';
import type { Vm } from '../domain/vm.js';
import type { Ports } from './ports.js';

type Machine = Pick<Vm, 'vmId' | 'category'>;

/** The waiver that keeps a patch from a machine now; null: none does. */
export async function waiversNow(
  { inventory, clock }: Ports,
  patchIds: string[],
): Promise<(vm: Machine, patchId: string) => PatchWaiver | null> {
  const now = clock.now();
  const standing = patchIds.length === 0 ? [] : await inventory.patchWaivers.standing({ patchIds, now });
  return (vm, patchId) => waiverOn(standing, vm, patchId, now);
}

/** By machine: why each of these does without the patch; the others are left out. */
export async function waivedOf(ports: Ports, patchId: string, vms: Machine[]): Promise<Map<string, string>> {
  const waiverOf = await waiversNow(ports, [patchId]);
  return new Map(
    vms.flatMap((vm): [string, string][] => {
      const waiver = waiverOf(vm, patchId);
      return waiver === null ? [] : [[vm.vmId, waivedWords(waiver)]];
    }),
  );
}

/** Why nobody is asked: every production machine of the category that lacks the patch is waived. Null: some machine is not, or none lacks it. */
export async function everywhereWaived(ports: Ports, patchId: string, category: string): Promise<string | null> {
  const { fleet, patches } = ports.inventory;
  const lacking = new Set((await patches.demand({ patchId })).map((row) => row.vmId));
  const vms = await fleet.vms({ environment: 'production', category, existing: true });
  const needing = vms.filter((vm) => lacking.has(vm.vmId));
  const waived = await waivedOf(ports, patchId, needing);
  if (needing.length === 0 || waived.size < needing.length) return null;
  return `${waived.size} machines: ${[...new Set(waived.values())].join('; ')}`;
}
