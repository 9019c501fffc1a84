// A delegation: for a span of days one person gives another the word that is theirs. It hands on a right of one's own, never one that was handed on (I6).

import { canonical } from './canonical.js';
import { justificationProblem } from './justification.js';

export interface Delegation {
  delegationId: string;
  /** Whose word it is. */
  delegator: string;
  /** Who gives it meanwhile. */
  delegate: string;
  /** Null: every category that the delegator decides for. */
  category: string | null;
  reason: string;
  /** ISO instants: when it was granted, and its span; the end is exclusive. */
  at: string;
  from: string;
  until: string;
  /** Of the API, over everything above. */
  signature: string;
}

export interface KeptDelegation extends Delegation {
  revokedAt: string | null;
  revokedBy: string | null;
  revokeReason: string | null;
}

export function delegationText(held: Omit<Delegation, 'signature'>): string {
  const { delegationId, delegator, delegate, category, reason, at, from, until } = held;
  return canonical({ kind: 'delegation', delegationId, delegator, delegate, category, reason, at, from, until });
}

export interface GrantFacts {
  /** Whether the delegator may decide by a right of their own, for what is delegated. */
  decides: boolean;
  isKnown: (name: string) => boolean;
  /** 0: policy lets nobody delegate. */
  daysMax: number;
}

const dayMs = 24 * 3_600_000;

/** Why it cannot be granted; empty when it can. */
export function delegationProblems(
  { delegator, delegate, category, reason, at, from, until }: Omit<Delegation, 'delegationId' | 'signature'>,
  { decides, isKnown, daysMax }: GrantFacts,
): string[] {
  if (daysMax === 0)
    return ['policy lets nobody delegate: `approvals.delegation.daysMax` says for how many days somebody may'];
  const problems: string[] = [];
  const words = justificationProblem(reason);
  if (words !== null) problems.push(words.replace('justification', 'reason'));
  if (delegate === delegator) problems.push(`${delegator} cannot delegate to themselves: name somebody else`);
  else if (!isKnown(delegate)) problems.push(`${delegate} is not a person that the policy knows`);
  if (!decides)
    problems.push(
      `${delegator} decides for ${category ?? 'no category'} by no right of their own: what was delegated is not handed on`,
    );
  const span = Date.parse(until) - Date.parse(from);
  if (!(span > 0)) problems.push('it must end after it begins');
  else if (span > daysMax * dayMs) problems.push(`it may last ${daysMax} days at most`);
  if (!(Date.parse(until) > Date.parse(at))) problems.push('it must end in the future');
  // Otherwise whole years could be handed out in spans.
  if (Date.parse(from) - Date.parse(at) > daysMax * dayMs)
    problems.push(`it must begin within ${daysMax} days: grant it again when it is nearer`);
  return problems;
}

/** Whether it counts at an instant, for a category. What was said while it stood stays said. */
export function standsAt(held: KeptDelegation, category: string, at: string): boolean {
  const moment = Date.parse(at);
  return (
    (held.category === null || held.category === category) &&
    Date.parse(held.from) <= moment &&
    moment < Date.parse(held.until) &&
    (held.revokedAt === null || moment < Date.parse(held.revokedAt))
  );
}

/** The one by which a delegate speaks for a delegator; null: there is none. */
export function delegationFor(
  delegations: KeptDelegation[],
  { delegate, delegator, category }: { delegate: string; delegator: string; category: string },
  at: string,
): KeptDelegation | null {
  return (
    delegations.find(
      (one) => one.delegate === delegate && one.delegator === delegator && standsAt(one, category, at),
    ) ?? null
  );
}

/** Whose word somebody may give at an instant. */
export function delegatorsOf(delegations: KeptDelegation[], delegate: string, category: string, at: string): string[] {
  const theirs = delegations.filter((one) => one.delegate === delegate && standsAt(one, category, at));
  return [...new Set(theirs.map((one) => one.delegator))].sort();
}
