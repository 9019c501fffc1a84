// Who may send a decision at all: it only opens the door, the rollout's own check of rules, turn and duties is what counts.

import { couldMean } from '../domain/approvalRules.js';
import type { Person } from '../domain/policy.js';
import { standsAt } from '../domain/delegation.js';
import type { ApiParts } from './parts.js';
import { mayBy, rolesFor } from './permissions.js';
import { ApiProblem } from './problem.js';

/** Null: the door is open. Whose roles decide in general, whoever a rule of the category could mean (by name, by role, or as an owner), and their delegates. */
export async function voterProblem(
  { policy, inventory, clock }: Pick<ApiParts, 'policy' | 'inventory' | 'clock'>,
  person: Person,
  category: string,
): Promise<string | null> {
  if (mayBy(person.roles, 'decide')) return null;
  const { approvals } = await policy.current();
  const rules = approvals.rules.filter(({ categories }) => categories.length === 0 || categories.includes(category));
  if (rules.some((rule) => rule.steps.some((step) => couldMean(step, person)))) return null;
  const now = clock.now();
  const held = await inventory.delegations.delegations({ person: person.name, category, standing: now });
  if (held.some((one) => one.delegate === person.name && standsAt(one, category, now))) return null;
  return `${person.name} has the roles ${person.roles.join(', ') || 'none'}; this needs one of ${rolesFor('decide').join(', ')}, a rule of approval that names you, or a delegation: patchline delegation list.`;
}

export async function requireVoter(...asked: Parameters<typeof voterProblem>): Promise<void> {
  const problem = await voterProblem(...asked);
  if (problem !== null) throw new ApiProblem(403, 'Not allowed', problem);
}
