// What is known of the packages of Linux machines, for decisions on patches that bring packages.

import type { LinuxKnowledge } from '../domain/packageDemand.js';
import type { Patch } from '../domain/patch.js';
import type { Vm } from '../domain/vm.js';
import type { Ports } from './ports.js';

/** By machine; null where its guest was never asked. Only of packages that these patches bring. */
export async function linuxKnowledge(
  ports: Pick<Ports, 'inventory'>,
  vms: Vm[],
  patches: Patch[],
): Promise<Map<string, LinuxKnowledge | null>> {
  const vmIds = vms.filter((vm) => vm.osType === 'linux').map((vm) => vm.vmId);
  const names = [...new Set(patches.flatMap((patch) => patch.packages.map((fix) => fix.name)))];
  if (vmIds.length === 0) return new Map();
  const known = await ports.inventory.guests.packages(vmIds, names);
  return new Map(vmIds.map((vmId) => [vmId, known.get(vmId) ?? null]));
}
