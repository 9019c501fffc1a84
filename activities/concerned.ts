// Who a patch concerns: owners of machines, and those who decide for their categories.

import type { OwnerRule } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import { factsOf, type PersonsWord } from '../domain/vmFacts.js';
import type { Ports } from './ports.js';

export interface Concerned {
  /** Mail addresses, in order. */
  owners: string[];
  approvers: string[];
  categories: string[];
  machines: number;
}

export async function concernedBy(ports: Ports, vmIds: ReadonlySet<string>): Promise<Concerned> {
  const vms = (await ports.inventory.fleet.vms({ existing: true })).filter((vm) => vmIds.has(vm.vmId));
  const policy = await ports.policy.current();
  const categories = [...new Set(vms.flatMap((vm) => (vm.category === null ? [] : [vm.category])))].sort();
  const words = await ports.inventory.guests.facts(vms.map((vm) => vm.vmId));
  const owners = new Set(vms.flatMap((vm) => ownerOf(vm, words, policy.owners)).filter((owner) => owner.includes('@')));
  const approvers = await approversOf(ports, categories);
  return { owners: [...owners].sort(), approvers, categories, machines: vms.length };
}

export async function approversOf(ports: Ports, categories: readonly string[]): Promise<string[]> {
  const policy = await ports.policy.current();
  const roles = new Set(
    policy.categories.filter((rule) => categories.includes(rule.name)).map((rule) => rule.approverRole),
  );
  return mailsOf(ports, (role) => roles.has(role));
}

export async function mailsOf(ports: Ports, isWanted: (role: string) => boolean): Promise<string[]> {
  return (await ports.policy.people()).filter((person) => person.roles.some(isWanted)).map((person) => person.mail);
}

function ownerOf(vm: Vm, words: (PersonsWord & { vmId: string })[], rules: OwnerRule[]): string[] {
  const mine = words.filter((word) => word.vmId === vm.vmId);
  return factsOf(vm, mine, rules).flatMap((fact) => (fact.name === 'owner' && fact.value !== null ? [fact.value] : []));
}
