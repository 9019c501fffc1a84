// Whose machines they are, as mail addresses: an owner is written as one, or as the name of a person.

import type { OwnedMachine } from '../domain/maintenanceNotices.js';
import type { Vm } from '../domain/vm.js';
import { ownerOf } from './notify.js';
import type { Ports } from './ports.js';

/** Machines whose owner cannot be reached by mail are left out. */
export async function ownedMachines(ports: Ports, vms: Vm[]): Promise<OwnedMachine[]> {
  if (vms.length === 0) return [];
  const { owners } = await ports.policy.current();
  const people = new Map((await ports.policy.people()).map((person) => [person.name, person.mail]));
  const words = await ports.inventory.guests.facts(vms.map((vm) => vm.vmId));
  return vms.flatMap((vm) =>
    ownerOf(vm, words, owners).flatMap((owner) => {
      const mail = owner.includes('@') ? owner : people.get(owner);
      return mail === undefined ? [] : [{ vmId: vm.vmId, vmName: vm.name, owner: mail }];
    }),
  );
}
