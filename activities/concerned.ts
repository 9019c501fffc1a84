// Who is concerned: owners of machines, and those who decide for a category by the path that an urgency takes.

import { approvalPath, approvalRule } from '../domain/approvalPath.js';
import { isEligible } from '../domain/approvalRules.js';
import type { CategoryRule, Policy } from '../domain/policy.js';
import type { NoticeKind } from '../ports/notices.js';
import { givenUp } from './failures.js';
import { ownersOf } from './owners.js';
import type { Ports } from './ports.js';

/** Mail addresses of those who may decide for these categories, at whatever step. `tier` null: whatever the urgency. */
export async function approversOf(ports: Ports, categories: string[], tier: string | null): Promise<string[]> {
  const policy = await ports.policy.current();
  const groups = policy.categories.flatMap((rule) =>
    categories.includes(rule.name) ? approvalRule(policy.approvals, rule, tier).steps.map((step) => step.who) : [],
  );
  const people = await ports.policy.people();
  return people.filter((person) => groups.some((group) => isEligible(group, person, []))).map((person) => person.mail);
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

export interface ToldToApprovers {
  kind: NoticeKind;
  patchId: string;
  category: string;
  subject: string;
  lines: string[];
  occasion: string;
  /** Null: whatever the urgency. */
  tier?: string | null;
  /** Left out: all who may decide. */
  to?: string[];
}

/** Those who may decide for the category; what cannot wait for morning pages them. */
export async function tellApprovers(ports: Ports, told: ToldToApprovers): Promise<void> {
  const { kind, patchId, category, subject, lines, occasion, tier = null } = told;
  await ports.notices.tell({
    kind,
    urgency: kind === 'halted' || kind === 'alarm' ? 'page' : 'routine',
    to: told.to ?? (await approversOf(ports, [category], tier)),
    subject,
    lines: [...lines, '', `Patch ${patchId}`],
    occasion,
    patchId,
    category,
  });
}

/** The category by today's policy; an activity that names one that policy no longer has gives up. */
export async function categoryRule(ports: Ports, category: string): Promise<{ policy: Policy; rule: CategoryRule }> {
  const policy = await ports.policy.current();
  const rule = policy.categories.find((candidate) => candidate.name === category);
  if (rule === undefined) throw givenUp(`policy ${policy.version} has no category ${category}`);
  return { policy, rule };
}
