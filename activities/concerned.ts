// Who is concerned: owners of machines, and those who decide for a category by the path that an urgency takes.

import { approvalPath } from '../domain/approvalPath.js';
import type { Policy } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import { factsOf, type PersonsWord } from '../domain/vmFacts.js';
import type { Ports } from './ports.js';

/** Mail addresses of the machines' owners, sorted; an owner that is only a name is known to the team, not to us. */
export async function ownersOf(ports: Ports, vms: Vm[]): Promise<string[]> {
  const { owners } = await ports.policy.current();
  const words = new Map<string, PersonsWord[]>();
  for (const word of await ports.inventory.guests.facts(vms.map((vm) => vm.vmId)))
    words.set(word.vmId, [...(words.get(word.vmId) ?? []), word]);
  const named = vms.flatMap((vm) =>
    factsOf(vm, words.get(vm.vmId) ?? [], owners).flatMap((fact) =>
      fact.name === 'owner' && fact.value !== null ? [fact.value] : [],
    ),
  );
  return [...new Set(named)].filter((owner) => owner.includes('@')).sort();
}

/** Mail addresses of those who may decide for these categories. `tier` null: whatever the urgency. */
export async function approversOf(ports: Ports, categories: string[], tier: string | null): Promise<string[]> {
  const policy = await ports.policy.current();
  const roles = new Set(
    policy.categories.flatMap((rule) => (categories.includes(rule.name) ? rolesOf(policy, rule, tier) : [])),
  );
  const people = await ports.policy.people();
  return people.filter((person) => person.roles.some((role) => roles.has(role))).map((person) => person.mail);
}

export function rolesOf(policy: Policy, rule: { approverRole: string }, tier: string | null): string[] {
  return approvalPath(policy.approvals, rule.approverRole, tier).approverRoles;
}

export interface Concerned {
  /** Mail addresses, in order. */
  owners: string[];
  approvers: string[];
  categories: string[];
  machines: number;
}

/** Whom a patch on these machines concerns, whatever its urgency. */
export async function concernedBy(ports: Ports, vmIds: ReadonlySet<string>): Promise<Concerned> {
  const vms = (await ports.inventory.fleet.vms({ existing: true })).filter((vm) => vmIds.has(vm.vmId));
  const categories = [...new Set(vms.flatMap((vm) => (vm.category === null ? [] : [vm.category])))].sort();
  const [owners, approvers] = [await ownersOf(ports, vms), await approversOf(ports, categories, null)];
  return { owners, approvers, categories, machines: vms.length };
}
