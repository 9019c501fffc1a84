// Who may send a decision at all: it only opens the door, the rollout's own check of rules, turn and duties is what counts.

import type { ApprovalStep } from '../domain/approvalPath.js';
import { isEligible } from '../domain/approvalRules.js';
import type { Person } from '../domain/policy.js';
import type { PolicyPort } from '../ports/policy.js';
import { mayBy, rolesFor } from './permissions.js';
import { ApiProblem } from './problem.js';

/** Whose roles decide in general, and whoever a rule of the category could mean: by name, by role, or as an owner. */
export async function requireVoter(policy: PolicyPort, person: Person, category: string): Promise<void> {
  if (mayBy(person.roles, 'decide')) return;
  const { approvals } = await policy.current();
  const rules = approvals.rules.filter(({ categories }) => categories.length === 0 || categories.includes(category));
  if (rules.some((rule) => rule.steps.some((step) => couldMean(step, person)))) return;
  throw new ApiProblem(
    403,
    'Not allowed',
    `${person.name} has the roles ${person.roles.join(', ') || 'none'}; this needs one of ${rolesFor('decide').join(', ')}, or a rule of approval that names you.`,
  );
}

function couldMean({ who, fallback }: ApprovalStep, person: Person): boolean {
  const groups = fallback === null ? [who] : [who, fallback.who];
  return groups.some((group) => group.owners || isEligible(group, person, []));
}
