// By which rules a decision is given, and how long it is waited for: by category and by how urgent the patch is. It never approves by itself (I5).

import type { ArrivalRule } from './arrivalPolicy.js';
import type { AutomaticApprovals } from './automaticPolicy.js';

export interface ApprovalPath {
  /** Null: as for every other request. */
  remindAfterMinutes: number | null;
  expireAfterMinutes: number | null;
  /** Roles of which one decides; empty: the category's own role alone. */
  approverRoles: string[];
}

/** Whoever has one of the roles, is named, or, with `owners`, owns one of the machines that are asked about. */
export interface ApprovalGroup {
  roles: string[];
  people: string[];
  owners: boolean;
}

/** Steps are taken in order; each needs the approval of so many people of its group. */
export interface ApprovalStep {
  name: string;
  who: ApprovalGroup;
  quorum: number;
  /** So long after the step began without its quorum these are told; they may not decide by it. */
  escalation: { afterMinutes: number; to: ApprovalGroup } | null;
  /** So long after the step began these may decide as well. */
  fallback: { afterMinutes: number; who: ApprovalGroup } | null;
}

export interface ApprovalRule {
  id: string;
  /** Names; empty: all. */
  categories: string[];
  /** Tiers of urgency; empty: whatever it is. */
  tiers: string[];
  /** It takes only what an emergency has this rule's shorter quorum signed for. Left out: every request. */
  emergency?: boolean;
  steps: ApprovalStep[];
}

export interface ApprovalRules {
  remindAfterMinutes: number;
  expireAfterMinutes: number;
  deferBlocksLaterTiers: boolean;
  /** How long a deferral waits for something at most, where whoever defers names no limit. */
  deferralDays: number;
  /** By tier of urgency, e.g. `P0`. */
  paths: Record<string, ApprovalPath>;
  /** The first that takes a category and tier says who decides there; where none does, one person of the path's roles. */
  rules: ApprovalRule[];
  /** For how many days somebody who decides may name somebody else; 0: not at all. */
  delegation: { daysMax: number };
  /** For so many days a change of policy keeps its authors from approving what was known before it. */
  policyEditorsBarredDays: number;
  automatic: AutomaticApprovals;
  /** By category: which machines may join a decision after it was asked for; where none is, nobody does. */
  arrivals: ArrivalRule[];
}

export interface ChosenPath {
  remindAfterMinutes: number;
  expireAfterMinutes: number;
  approverRoles: string[];
}

/** A tier that is not known goes the way of every other request, and only the category's own role decides. */
export function approvalPath(
  rules: Pick<ApprovalRules, 'remindAfterMinutes' | 'expireAfterMinutes' | 'paths'>,
  categoryRole: string,
  tier: string | null,
): ChosenPath {
  const path = tier !== null && Object.hasOwn(rules.paths, tier) ? rules.paths[tier] : undefined;
  return {
    remindAfterMinutes: path?.remindAfterMinutes ?? rules.remindAfterMinutes,
    expireAfterMinutes: path?.expireAfterMinutes ?? rules.expireAfterMinutes,
    approverRoles: path === undefined || path.approverRoles.length === 0 ? [categoryRole] : path.approverRoles,
  };
}

export function isRuleOf({ categories }: Pick<ApprovalRule, 'categories'>, category: string): boolean {
  return categories.length === 0 || categories.includes(category);
}

export interface ChosenRule {
  /** Null: no rule takes it. */
  ruleId: string | null;
  steps: ApprovalStep[];
}

/**
 * Where the urgency is not known, only a rule for every urgency takes it. `shortened`: rules for emergencies whose shorter quorum stands signed;
 * they go first, and no other of them counts.
 */
export function approvalRule(
  rules: Pick<ApprovalRules, 'remindAfterMinutes' | 'expireAfterMinutes' | 'paths' | 'rules'>,
  category: { name: string; approverRole: string },
  tier: string | null,
  shortened: readonly string[] = [],
): ChosenRule {
  const takes = (one: ApprovalRule) =>
    isRuleOf(one, category.name) && (one.tiers.length === 0 || (tier !== null && one.tiers.includes(tier)));
  const rule =
    rules.rules.find((one) => one.emergency === true && shortened.includes(one.id) && takes(one)) ??
    rules.rules.find((one) => one.emergency !== true && takes(one));
  if (rule !== undefined) return { ruleId: rule.id, steps: rule.steps };
  const roles = approvalPath(rules, category.approverRole, tier).approverRoles;
  const who = { roles, people: [], owners: false };
  return { ruleId: null, steps: [{ name: 'decision', who, quorum: 1, escalation: null, fallback: null }] };
}
