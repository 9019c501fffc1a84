// Which step of an approval somebody's word counts for, or why not, and when the steps are complete (I5, I6). Silence completes nothing.

import type { ApprovalGroup, ApprovalStep } from './approvalPath.js';
import type { DecisionVerdict } from './decision.js';

export interface Voter {
  name: string;
  mail: string;
  roles: string[];
}

/** A word that was accepted for the request, in the order in which the database took them. */
export interface Vote {
  by: string;
  verdict: DecisionVerdict;
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
  excluded: string[];
  /** ISO instant at which it was asked. */
  openedAt: string;
}

export interface StepStanding {
  name: string;
  quorum: number;
  /** Whose approval counts here. */
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

/** Each approval that still counts, at the first step that lacks one and that its giver may decide. */
export function standingOf(facts: VotingFacts): StepStanding[] {
  const standing = facts.steps.map(({ name, quorum }): StepStanding => {
    return { name, quorum, by: [], since: null, completeAt: null };
  });
  begin(standing, facts.openedAt);
  for (const vote of facts.votes.filter(({ verdict }) => verdict === 'approve')) {
    const voter = voterNamed(facts, vote.by);
    if (voter === null || standing.some((step) => step.by.includes(vote.by))) continue;
    const place = facts.steps.findIndex((step, index) => {
      const held = standing[index];
      return held?.completeAt === null && mayDecideAt(step, held.since, voter, facts.owners, vote.at);
    });
    const taken = standing[place];
    if (taken === undefined) continue;
    taken.by.push(vote.by);
    if (taken.by.length >= taken.quorum) taken.completeAt = vote.at;
    begin(standing, facts.openedAt);
  }
  return standing;
}

/** I6: whoever had a hand in it counts nowhere. */
function voterNamed({ people, excluded }: VotingFacts, name: string): Voter | null {
  return excluded.includes(name) ? null : (people.find((one) => one.name === name) ?? null);
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
export function placeOf(facts: VotingFacts, by: string, verdict: DecisionVerdict, now: string): Place {
  const voter = facts.people.find((one) => one.name === by);
  if (voter === undefined) return { kind: 'refused', reasons: [`${by} is not a person that the policy knows`] };
  const standing = standingOf(facts);
  const reasons = facts.excluded.includes(by)
    ? [`${by} requested this change, or edited what is decided on, and cannot approve it`]
    : [];
  if (verdict === 'approve' && facts.votes.some((vote) => vote.by === by && vote.verdict === 'approve'))
    reasons.push(`${by} has approved it already: nobody counts twice`);
  const mine = facts.steps.filter((step, index) =>
    mayDecideAt(step, standing[index]?.since ?? null, voter, facts.owners, now),
  );
  const turn = standing.find((step) => step.completeAt === null);
  const open = mine.find((step) => verdict !== 'approve' || step.name === turn?.name);
  if (open === undefined) reasons.push(notTheirs(by, facts.steps, mine, turn));
  if (reasons.length > 0 || open === undefined) return { kind: 'refused', reasons };
  if (verdict !== 'approve') return { kind: 'counts', step: open.name, complete: true };
  const after = standingOf({ ...facts, votes: [...facts.votes, { by, verdict, at: now }] });
  return { kind: 'counts', step: open.name, complete: isComplete(after) };
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
  people: Voter[],
  owners: string[],
  excluded: string[],
): EligiblePerson[] {
  return steps.flatMap((step) =>
    people
      .filter((one) => !excluded.includes(one.name))
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
