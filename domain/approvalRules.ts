// Which step of an approval somebody's word counts for, or why not, and when the steps are complete (I5, I6). Silence completes nothing.

import { approvalPath, type ApprovalGroup, type ApprovalRules, type ApprovalStep } from './approvalPath.js';
import type { DecisionVerdict } from './decision.js';
import { delegationFor, delegatorsOf, type KeptDelegation } from './delegation.js';

export interface Voter {
  name: string;
  mail: string;
  roles: string[];
}

/** What somebody says of a request. */
export interface Word {
  by: string;
  /** Whose word it is, given by a delegate; left out or null: their own. */
  onBehalfOf?: string | null;
  verdict: DecisionVerdict;
}

/** Somebody who had a hand in what is decided on, and in what. */
export interface Barred {
  name: string;
  /** As in `riley judged its test`. */
  why: string;
  /** What helps, where something but another person does. */
  remedy?: string;
}

/** A word that was accepted for the request, in the order in which the database took them. */
export interface Vote extends Word {
  /** ISO instant at which it was recorded. */
  at: string;
}

export interface VotingFacts {
  steps: ApprovalStep[];
  votes: Vote[];
  /** As they are known now: who lost a role counts by it no longer, a word given before included. */
  people: Voter[];
  /** Mail addresses of those who own machines that are asked about. */
  owners: string[];
  /** Whoever requested, scheduled, or edited what is decided on. */
  barred: Barred[];
  /** Signed ones of the category; whether they stand is asked for each word. */
  delegations: KeptDelegation[];
  category: string;
  /** ISO instant at which it was asked. */
  openedAt: string;
}

export interface StepStanding {
  name: string;
  quorum: number;
  /** Whose approval counts here: names of those who gave it. */
  by: string[];
  /** ISO instant from which on it is this step's turn; null: earlier ones are not complete. */
  since: string | null;
  /** ISO instant at which its quorum was there. */
  completeAt: string | null;
}

export function isEligible(group: ApprovalGroup, voter: Voter, owners: string[]): boolean {
  return (
    group.people.includes(voter.name) ||
    voter.roles.some((role) => group.roles.includes(role)) ||
    (group.owners && owners.includes(voter.mail))
  );
}

/** Whether somebody may give the step its approval at an instant: by its group, or by its fallback when that is due. */
export function mayDecideAt(
  step: ApprovalStep,
  since: string | null,
  voter: Voter,
  owners: string[],
  at: string,
): boolean {
  if (isEligible(step.who, voter, owners)) return true;
  const { fallback } = step;
  if (fallback === null || since === null || !isEligible(fallback.who, voter, owners)) return false;
  return Date.parse(at) >= Date.parse(since) + fallback.afterMinutes * 60_000;
}

/** Whether a step could mean somebody: by name, by role, or as an owner of whatever is asked about. */
export function couldMean({ who, fallback }: ApprovalStep, voter: Voter): boolean {
  const groups = fallback === null ? [who] : [who, fallback.who];
  return groups.some((group) => group.owners || isEligible(group, voter, []));
}

/** Whether somebody could decide for a category by a right of their own, whatever the urgency. */
export function couldDecide(
  rules: ApprovalRules,
  category: { name: string; approverRole: string },
  voter: Voter,
): boolean {
  const theirs = rules.rules.filter(({ categories }) => categories.length === 0 || categories.includes(category.name));
  if (theirs.some((rule) => rule.steps.some((step) => couldMean(step, voter)))) return true;
  const tiers = [null, ...Object.keys(rules.paths)];
  const roles = tiers.flatMap((tier) => approvalPath(rules, category.approverRole, tier).approverRoles);
  return voter.roles.some((role) => roles.includes(role));
}

/** Each approval that still counts, at the first step that lacks one and that its giver may decide. */
export function standingOf(facts: VotingFacts): StepStanding[] {
  const standing = facts.steps.map(({ name, quorum }): StepStanding => {
    return { name, quorum, by: [], since: null, completeAt: null };
  });
  begin(standing, facts.openedAt);
  const counted = new Set<string>();
  for (const vote of facts.votes.filter(({ verdict }) => verdict === 'approve')) {
    const right = rightOf(facts, vote, vote.at);
    if (!('voter' in right) || personsIn(vote).some((name) => counted.has(name))) continue;
    const { voter } = right;
    const place = facts.steps.findIndex((step, index) => {
      const held = standing[index];
      return held?.completeAt === null && mayDecideAt(step, held.since, voter, facts.owners, vote.at);
    });
    const taken = standing[place];
    if (taken === undefined) continue;
    taken.by.push(vote.by);
    for (const name of personsIn(vote)) counted.add(name);
    if (taken.by.length >= taken.quorum) taken.completeAt = vote.at;
    begin(standing, facts.openedAt);
  }
  return standing;
}

/** Whoever gives a word and whoever it is given for are one person to a quorum (I6). */
function personsIn({ by, onBehalfOf = null }: Word): string[] {
  return onBehalfOf === null ? [by] : [by, onBehalfOf];
}

/** By whose right somebody speaks at an instant. I6: whoever had a hand in it speaks for nobody, and nobody speaks for them. */
function rightOf(facts: VotingFacts, word: Word, at: string): { voter: Voter } | { reasons: string[] } {
  const { by, onBehalfOf = null } = word;
  const stranger = personsIn(word).find((name) => !facts.people.some((one) => one.name === name));
  if (stranger !== undefined) return { reasons: [`${stranger} is not a person that the policy knows`] };
  const reasons = personsIn(word).flatMap((name) =>
    facts.barred.filter((one) => one.name === name).map((one) => barredWords(one, by)),
  );
  const asked = { delegate: by, delegator: onBehalfOf ?? by, category: facts.category };
  if (onBehalfOf !== null && delegationFor(facts.delegations, asked, at) === null)
    reasons.push(
      `${by} holds no delegation of ${onBehalfOf} for ${facts.category} that stands: patchline delegation list`,
    );
  const voter = facts.people.find((one) => one.name === asked.delegator);
  return voter === undefined || reasons.length > 0 ? { reasons } : { voter };
}

function barredWords({ name, why, remedy = 'somebody else who decides has to' }: Barred, by: string): string {
  const instead = name === by ? '' : `, and ${by} cannot for ${name}`;
  return `${name} ${why} and cannot approve it${instead}: ${remedy}`;
}

function begin(standing: StepStanding[], openedAt: string): void {
  let since: string | null = openedAt;
  for (const step of standing) {
    step.since = since;
    if (step.completeAt === null) since = null;
    else if (since !== null && step.completeAt > since) since = step.completeAt;
  }
}

export function isComplete(standing: StepStanding[]): boolean {
  return standing.length > 0 && standing.every((step) => step.completeAt !== null);
}

export type Place =
  /** `step`: of an approval, the one that it counts for. `complete`: nothing more is needed. */
  { kind: 'counts'; step: string; complete: boolean } | { kind: 'refused'; reasons: string[] };

/** What somebody's word would do now. One rejection or deferral of anybody who may decide ends the waiting; an approval counts for the step whose turn it is. */
export function placeOf(facts: VotingFacts, word: Word, now: string): Place {
  const { verdict } = word;
  const standing = standingOf(facts);
  const right = rightOf(facts, word, now);
  const reasons = 'reasons' in right ? [...right.reasons] : [];
  if (verdict === 'approve') reasons.push(...countedAlready(facts.votes, word));
  const voter = 'voter' in right ? right.voter : voterNamed(facts, word);
  if (voter === null) return { kind: 'refused', reasons };
  const mine = facts.steps.filter((step, index) =>
    mayDecideAt(step, standing[index]?.since ?? null, voter, facts.owners, now),
  );
  const turn = standing.find((step) => step.completeAt === null);
  const open = mine.find((step) => verdict !== 'approve' || step.name === turn?.name);
  if (open === undefined)
    reasons.push(notTheirs(voter.name, facts.steps, mine, turn), ...delegationHints(facts, word, now));
  if (reasons.length > 0 || open === undefined) return { kind: 'refused', reasons };
  if (verdict !== 'approve') return { kind: 'counts', step: open.name, complete: true };
  const after = standingOf({ ...facts, votes: [...facts.votes, { ...word, at: now }] });
  return { kind: 'counts', step: open.name, complete: isComplete(after) };
}

function voterNamed({ people }: VotingFacts, { by, onBehalfOf = null }: Word): Voter | null {
  if (!people.some((one) => one.name === by)) return null;
  return people.find((one) => one.name === (onBehalfOf ?? by)) ?? null;
}

function countedAlready(votes: Vote[], word: Word): string[] {
  const approvals = votes.filter((vote) => vote.verdict === 'approve');
  const twice = personsIn(word).filter((name) => approvals.some((vote) => personsIn(vote).includes(name)));
  return twice.map((name) => `${name} has approved it already, or somebody did for ${name}: nobody counts twice`);
}

/** Who may not decide by a right of their own may hold one of somebody else. */
function delegationHints(facts: VotingFacts, { by, onBehalfOf = null }: Word, now: string): string[] {
  if (onBehalfOf !== null) return [];
  const held = delegatorsOf(facts.delegations, by, facts.category, now);
  return held.map((name) => `${by} holds a delegation of ${name}: say for whom, with --for ${name}`);
}

function notTheirs(by: string, steps: ApprovalStep[], mine: ApprovalStep[], turn: StepStanding | undefined): string {
  if (turn === undefined && mine.length > 0) return 'every step is complete';
  const step = steps.find((one) => one.name === turn?.name);
  if (turn !== undefined && mine.length > 0)
    return `it is the turn of ${turn.name}: ${leftWords(turn)}, of ${groupWords(step?.who)}`;
  const [only] = steps;
  if (steps.length === 1 && only !== undefined && only.who.people.length === 0 && !only.who.owners)
    return `${by} lacks the role ${only.who.roles.join(' or ') || 'that may decide'}`;
  return `${by} is none of those who may decide: ${steps.map((one) => `${one.name}: ${groupWords(one.who)}`).join('; ')}`;
}

function leftWords({ quorum, by }: StepStanding): string {
  return `${quorum - by.length} of ${quorum} ${quorum === 1 ? 'approval is' : 'approvals are'} missing`;
}

export function groupWords(group: ApprovalGroup | undefined): string {
  if (group === undefined) return 'nobody';
  const words = [
    ...(group.roles.length === 0 ? [] : [`role ${group.roles.join(' or ')}`]),
    ...(group.people.length === 0 ? [] : [group.people.join(' or ')]),
    ...(group.owners ? ['owners of the machines'] : []),
  ];
  return words.join(', or ') || 'nobody';
}

/** What is missing still, in order. */
export function stepsLeft(standing: StepStanding[], steps: ApprovalStep[]): string[] {
  return standing.flatMap((step, index) =>
    step.completeAt === null ? [`${step.name}: ${leftWords(step)}, of ${groupWords(steps[index]?.who)}`] : [],
  );
}

/** The rules of the request and those of today: what both let through, complete when both say so. */
export function stricterOf(places: Place[]): Place {
  const refused = places.flatMap((place) => (place.kind === 'refused' ? place.reasons : []));
  const [first] = places;
  if (refused.length > 0 || first === undefined || first.kind === 'refused')
    return { kind: 'refused', reasons: [...new Set(refused.length > 0 ? refused : ['no rule says who may decide'])] };
  return { ...first, complete: places.every((place) => place.kind === 'counts' && place.complete) };
}

/** Somebody who is told, or who may decide from now on, because a step waits too long. */
export interface StepMoment {
  kind: 'escalation' | 'fallback';
  step: string;
  group: ApprovalGroup;
  at: string;
}

/** What is due at the step whose turn it is, and when something is due next. */
export function momentsOf(
  steps: ApprovalStep[],
  standing: StepStanding[],
  now: string,
): { due: StepMoment[]; nextAt: string | null } {
  const turn = standing.findIndex((step) => step.completeAt === null);
  const [step, since] = [steps[turn], standing[turn]?.since ?? null];
  if (step === undefined || since === null) return { due: [], nextAt: null };
  const moment = (kind: StepMoment['kind'], afterMinutes: number, group: ApprovalGroup): StepMoment => {
    const at = new Date(Date.parse(since) + afterMinutes * 60_000).toISOString();
    return { kind, step: step.name, group, at };
  };
  const all = [
    ...(step.escalation === null ? [] : [moment('escalation', step.escalation.afterMinutes, step.escalation.to)]),
    ...(step.fallback === null ? [] : [moment('fallback', step.fallback.afterMinutes, step.fallback.who)]),
  ];
  const isDue = (one: StepMoment) => Date.parse(one.at) <= Date.parse(now);
  const next = all.filter((one) => !isDue(one)).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return { due: all.filter(isDue), nextAt: next[0]?.at ?? null };
}

/** What was in force when it was asked: kept with the request, so that it can be said later who could have approved. */
export interface RequestApproval {
  policyVersion: string;
  ruleId: string | null;
  steps: ApprovalStep[];
  /** Those who could have decided, at which step and as what. `fallbackAfterMinutes`: only so long after the step began. */
  eligible: EligiblePerson[];
  /** Everybody whom policy knew, who owned the machines, and who had a hand in it; left out before that was kept. */
  known?: Pick<VotingFacts, 'people' | 'owners' | 'barred'>;
}

export interface EligiblePerson {
  step: string;
  name: string;
  mail: string;
  roles: string[];
  isOwner: boolean;
  fallbackAfterMinutes: number | null;
}

export function eligiblePeople(
  steps: ApprovalStep[],
  { people, owners, barred }: Pick<VotingFacts, 'people' | 'owners' | 'barred'>,
): EligiblePerson[] {
  return steps.flatMap((step) =>
    people
      .filter((one) => !barred.some(({ name }) => name === one.name))
      .flatMap(({ name, mail, roles }): EligiblePerson[] => {
        const voter = { name, mail, roles };
        const isOwner = owners.includes(mail);
        const held = { step: step.name, name, mail, roles, isOwner };
        if (isEligible(step.who, voter, owners)) return [{ ...held, fallbackAfterMinutes: null }];
        if (step.fallback === null || !isEligible(step.fallback.who, voter, owners)) return [];
        return [{ ...held, fallbackAfterMinutes: step.fallback.afterMinutes }];
      }),
  );
}
