// Whose machines they are, as mail addresses: an owner is written as one, or as the name of a person.

import type { OwnedMachine } from '../domain/maintenanceNotices.js';
import type { Vm } from '../domain/vm.js';
import { factsOf, type PersonsWord } from '../domain/vmFacts.js';
import type { Ports } from './ports.js';

/** Machines whose owner cannot be reached by mail are left out: such a name is known to the team, not to us. */
export async function ownedMachines(ports: Ports, vms: Vm[]): Promise<OwnedMachine[]> {
  if (vms.length === 0) return [];
  const { owners } = await ports.policy.current();
  const people = new Map((await ports.policy.people()).map((person) => [person.name, person.mail]));
  const words = new Map<string, PersonsWord[]>();
  for (const word of await ports.inventory.guests.facts(vms.map((vm) => vm.vmId)))
    words.set(word.vmId, [...(words.get(word.vmId) ?? []), word]);
  return vms.flatMap((vm) =>
    factsOf(vm, words.get(vm.vmId) ?? [], owners).flatMap(({ name, value }) => {
      const mail = name !== 'owner' || value === null ? undefined : value.includes('@') ? value : people.get(value);
      return mail === undefined ? [] : [{ vmId: vm.vmId, vmName: vm.name, owner: mail }];
    }),
  );
}

/** Mail addresses of the machines' owners, sorted. */
export async function ownersOf(ports: Ports, vms: Vm[]): Promise<string[]> {
  return [...new Set((await ownedMachines(ports, vms)).map((machine) => machine.owner))].sort();
}
