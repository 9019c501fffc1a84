// What machines need now of all that channels brought, one row for each machine and patch.

import { needOf, neededPatches } from '../domain/demand.js';
import type { Demanded } from '../domain/demanded.js';
import type { Vm } from '../domain/vm.js';
import type { Demand } from '../ports/patches.js';
import { linuxKnowledge } from './linux.js';
import type { Ports } from './ports.js';

/** What people install is not among it. */
export async function demandOf(
  ports: Ports,
  vms: Vm[],
  { current, besides }: Pick<Demanded, 'current' | 'besides'>,
): Promise<Demand[]> {
  const rows: Demand[] = [];
  for (let from = 0; from < vms.length; from += demandPage) {
    const page = vms.slice(from, from + demandPage);
    const linux = await linuxKnowledge(ports, page, [...current, ...besides]);
    for (const vm of page) {
      const known = linux.get(vm.vmId);
      for (const { patch, reason } of neededPatches(current, vm, known))
        rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason });
      for (const patch of besides) {
        const need = needOf(patch, vm, known);
        if (need.kind === 'needed') rows.push({ vmId: vm.vmId, patchId: patch.patchId, reason: need.reason });
      }
    }
  }
  return rows;
}

/** Machines whose packages are held in memory at once. */
const demandPage = 500;
