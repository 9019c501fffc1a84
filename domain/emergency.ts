// An emergency for one patch and category: who may ask for one, who may sign what it overrides, and the review after the fact (I2, I6, I10).

import { isRuleOf, type ApprovalRule } from './approvalPath.js';
import { justificationProblem } from './justification.js';
import { freezeObstacle, quorumObstacle, windowObstacle, type Obstacle, type OverrideKind } from './override.js';
import type { EmergencyPolicy } from './emergencyPolicy.js';
import type { Freeze } from './policy.js';
import { instantOf } from './window.js';

export const emergencyStatuses = ['open', 'ended'] as const;
export type EmergencyStatus = (typeof emergencyStatuses)[number];

export interface Emergency {
  emergencyId: string;
  patchId: string;
  category: string;
  reason: string;
  requestedBy: string;
  requestedAt: string;
  /** ISO instant; the end is exclusive. */
  expiresAt: string;
  /** What has to be signed; nothing of it counts before. */
  wanted: Obstacle[];
  /** How long staging soaks; null: as policy has it. */
  soakSeconds: number | null;
  status: EmergencyStatus;
  endedBy: string | null;
  endedAt: string | null;
  endReason: string | null;
  reviewOpenedAt: string | null;
  reviewDueAt: string | null;
  reviewedBy: string | null;
  reviewedAt: string | null;
  reviewOutcome: string | null;
}

/** A person as the current policy knows them. */
export interface EmergencyPerson {
  name: string;
  roles: string[];
}

export interface AskedEmergency {
  category: string;
  reason: string;
  /** Whether the window is to be overridden. */
  window: boolean;
  /** Ids of freezes. */
  freezes: string[];
  /** Id of the rule of approval for emergencies by which it is decided; null: as every other request. */
  quorum: string | null;
  soakSeconds: number | null;
}

export interface AskedEmergencyFacts {
  policy: EmergencyPolicy;
  freezes: Freeze[];
  rules: ApprovalRule[];
  by: EmergencyPerson;
}

/** Everything that speaks against asking for it; empty: it may be asked for. */
export function emergencyProblems(
  asked: AskedEmergency,
  { policy, freezes, rules, by }: AskedEmergencyFacts,
  now: string,
): string[] {
  const problems = [...roleProblems(by, policy.roles, 'emergency.roles'), ...reasonProblems('reason', asked.reason)];
  if (!asked.window && asked.freezes.length === 0 && asked.quorum === null && asked.soakSeconds === null)
    problems.push(
      'an emergency overrides the window (--window-override), freezes (--freeze-override) or the quorum (--quorum-override), or shortens the soak (--soak-minutes)',
    );
  if (asked.window) problems.push(...signable('window', policy));
  if (asked.freezes.length > 0) problems.push(...signable('freeze', policy));
  if (asked.quorum !== null) problems.push(...signable('quorum', policy), ...quorumProblems(asked, rules));
  for (const id of asked.freezes) {
    const freeze = freezes.find((one) => one.id === id);
    if (freeze === undefined) problems.push(`policy has no freeze ${id}: \`patchline policy show\` lists them`);
    else if (!isOfCategory(freeze, asked.category)) problems.push(`freeze ${id} is not of category ${asked.category}`);
    else if (!(Date.parse(now) < Date.parse(freeze.until))) problems.push(`freeze ${id} was over at ${freeze.until}`);
  }
  if (asked.soakSeconds !== null && !(asked.soakSeconds >= policy.soakSecondsMin))
    problems.push(`policy lets nothing soak for less than ${policy.soakSecondsMin} seconds (emergency.soakSecondsMin)`);
  return problems;
}

function quorumProblems({ quorum, category }: AskedEmergency, rules: ApprovalRule[]): string[] {
  const offered = rules.filter((one) => one.emergency === true && isRuleOf(one, category));
  if (offered.some((one) => one.id === quorum)) return [];
  const named = offered.map((one) => one.id).join(', ') || 'there is none';
  return [`${quorum ?? ''} is no rule of approval for emergencies of ${category} (approvals.rules): ${named}`];
}

function isOfCategory(freeze: Freeze, category: string): boolean {
  return freeze.categories.length === 0 || freeze.categories.includes(category);
}

function roleProblems(by: EmergencyPerson, roles: string[], where: string): string[] {
  if (roles.length === 0) return [`policy names no role for this: set \`${where}\` in the policy`];
  if (by.roles.some((role) => roles.includes(role))) return [];
  return [`${by.name} lacks the role ${roles.join(' or ')} (${where})`];
}

function signable(kind: OverrideKind, policy: EmergencyPolicy): string[] {
  if (policy.overrideRoles[kind].length > 0) return [];
  return [`nobody may sign for a ${kind}: set \`emergency.overrideRoles.${kind}\` in the policy`];
}

function reasonProblems(name: string, text: string): string[] {
  const problem = justificationProblem(text);
  return problem === null ? [] : [problem.replace('justification', name)];
}

/** What it names, as policy has it now. */
export function wantedObstacles(
  asked: AskedEmergency,
  { windowRule, freezes, rules }: { windowRule: string; freezes: Freeze[]; rules: ApprovalRule[] },
): Obstacle[] {
  return [
    ...(asked.window ? [windowObstacle(windowRule)] : []),
    ...freezes.filter((one) => asked.freezes.includes(one.id)).map(freezeObstacle),
    ...rules.filter((one) => one.emergency === true && one.id === asked.quorum).map(quorumObstacle),
  ];
}

export interface SignerFacts {
  policy: EmergencyPolicy;
  /** Null: policy does not know them. */
  person: EmergencyPerson | null;
  /** Whoever asked for the patch in its cycle, or edited what is decided on. */
  cycleRequestedBy: string[];
}

/** I6: asked both when somebody signs and whenever what they signed is to open something. */
export function signerProblems(
  by: string,
  kind: OverrideKind,
  emergency: Pick<Emergency, 'requestedBy'>,
  { policy, person, cycleRequestedBy }: SignerFacts,
): string[] {
  if (person === null) return [`${by} is not a person that the policy knows`];
  const problems = roleProblems(person, policy.overrideRoles[kind], `emergency.overrideRoles.${kind}`);
  if (emergency.requestedBy === by) problems.push(`${by} asked for the emergency: somebody else signs`);
  if (cycleRequestedBy.includes(by)) problems.push(`${by} requested this change: somebody else signs`);
  return problems;
}

/** Everything that speaks against signing this now. `wanted` is what the emergency was asked for, and nothing beside it. */
export function signProblems(
  asked: { by: string; kind: OverrideKind; names: string | null; reason: string },
  emergency: Emergency,
  facts: SignerFacts,
  now: string,
): string[] {
  const problems = reasonProblems('reason', asked.reason);
  if (emergency.status !== 'open') problems.push(`the emergency is ${emergency.status}: nothing of it counts any more`);
  else if (!(Date.parse(now) < Date.parse(emergency.expiresAt))) problems.push(`it expired at ${emergency.expiresAt}`);
  if (obstacleNamed(emergency, asked) === null) {
    const wanted = emergency.wanted.map(({ kind, names }) => `${kind} ${names}`).join(', ') || 'nothing';
    problems.push(`it was not asked for: this emergency is to override ${wanted}`);
  }
  return [...problems, ...signerProblems(asked.by, asked.kind, emergency, facts)];
}

/** `names` null: the one window. */
export function obstacleNamed(
  { wanted }: Pick<Emergency, 'wanted'>,
  { kind, names }: { kind: OverrideKind; names: string | null },
): Obstacle | null {
  return wanted.find((one) => one.kind === kind && (names === null ? kind === 'window' : one.names === names)) ?? null;
}

/** How long a staging run soaks: the longest that one of its patches needs; nothing is skipped and nothing prolonged. */
export function soakOf(
  soakSeconds: number,
  patches: { shortened: number | null }[],
  { soakSecondsMin }: EmergencyPolicy,
): number {
  const needed = patches.map(({ shortened }) =>
    shortened === null || !(shortened > 0) ? soakSeconds : Math.min(soakSeconds, Math.max(soakSecondsMin, shortened)),
  );
  return needed.length === 0 ? soakSeconds : Math.max(...needed);
}

/** In force: asked for, and not over. */
export function isInForce({ status, expiresAt }: Pick<Emergency, 'status' | 'expiresAt'>, now: string): boolean {
  const [at, end] = [instantOf(now), instantOf(expiresAt)];
  return status === 'open' && at !== null && end !== null && at < end;
}

/** I6: whoever asked for it, signed, or approved what was installed does not judge it afterwards. */
export function reviewProblems(
  { by, outcome }: { by: string; outcome: string },
  emergency: Emergency,
  { signers, approvers }: { signers: string[]; approvers: string[] },
): string[] {
  const problems = reasonProblems('outcome', outcome);
  if (emergency.status === 'open') problems.push('it is open still: end it first (`patchline emergency end`)');
  if (emergency.reviewedAt !== null)
    problems.push(`it was reviewed by ${emergency.reviewedBy ?? ''} at ${emergency.reviewedAt}`);
  if (emergency.requestedBy === by) problems.push(`${by} asked for it: somebody else reviews it`);
  if (signers.includes(by)) problems.push(`${by} signed for it: somebody else reviews it`);
  if (approvers.includes(by)) problems.push(`${by} approved what was installed: somebody else reviews it`);
  return problems;
}

/** What has to be told or done by itself. */
export type EmergencyMoment =
  | { kind: 'expired'; at: string }
  | { kind: 'reviewAsked' | 'reviewReminder' | 'reviewOverdue'; at: string; count: number };

const lookAgainMinutes = 15;
const dayMs = 24 * 3_600_000;

/** The newest moment that has come, and when to look again; null: nothing more happens by itself. */
export function emergencyMoment(
  emergency: Emergency,
  now: string,
): { due: EmergencyMoment | null; nextAt: string | null } {
  const at = Date.parse(now);
  const end = Date.parse(emergency.expiresAt);
  if (emergency.status === 'open' && !(at < end))
    return { due: { kind: 'expired', at: emergency.expiresAt }, nextAt: now };
  const moments = reviewMoments(emergency, at);
  const due = moments.findLast((one) => Date.parse(one.at) <= at) ?? null;
  const next = moments.find((one) => Date.parse(one.at) > at);
  // Whether its runs have settled is looked at while it is open: a hint may be lost.
  const looks = emergency.status === 'open' ? [Math.min(end, at + lookAgainMinutes * 60_000)] : [];
  const soonest = Math.min(...looks, ...(next === undefined ? [] : [Date.parse(next.at)]));
  return { due, nextAt: Number.isFinite(soonest) ? new Date(soonest).toISOString() : null };
}

/** Asked at once, reminded of half-way, and from its deadline on told every day until somebody has done it. */
function reviewMoments({ reviewOpenedAt, reviewDueAt, reviewedAt }: Emergency, at: number): EmergencyMoment[] {
  if (reviewOpenedAt === null || reviewDueAt === null || reviewedAt !== null) return [];
  const [opened, due] = [Date.parse(reviewOpenedAt), Date.parse(reviewDueAt)];
  const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
  const days = Math.max(0, Math.floor((at - due) / dayMs));
  return [
    { kind: 'reviewAsked', at: reviewOpenedAt, count: 0 },
    { kind: 'reviewReminder', at: iso(opened + (due - opened) / 2), count: 0 },
    ...[days, days + 1].map((count) => ({
      kind: 'reviewOverdue' as const,
      at: iso(due + count * dayMs),
      count,
    })),
  ];
}

export function reviewDueAt(policy: EmergencyPolicy, from: string): string {
  return new Date(Date.parse(from) + policy.reviewWithinHours * 3_600_000).toISOString();
}

/** The signal of its workflow. */
export const emergencyChanged = 'emergencyChanged';

export function emergencyWorkflowId(emergencyId: string): string {
  return `emergency/${emergencyId}`;
}
