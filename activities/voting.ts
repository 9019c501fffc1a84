// Who may give an approval its word, and what is missing still: by the rules of the request and by those of today, whichever is stricter (I6).

import { approvalRule, type ApprovalGroup, type ApprovalStep, type ChosenRule } from '../domain/approvalPath.js';
import {
  eligiblePeople,
  isComplete,
  isEligible,
  momentsOf,
  placeOf,
  standingOf,
  stepsLeft,
  stricterOf,
  type Barred,
  type Place,
  type RequestApproval,
  type StepMoment,
  type StepStanding,
  type Vote,
  type VotingFacts,
  type Word,
} from '../domain/approvalRules.js';
import { canonical } from '../domain/canonical.js';
import type { ShortenedQuorum } from '../domain/decision.js';
import type { KeptDelegation } from '../domain/delegation.js';
import type { CategoryRule, Person, Policy } from '../domain/policy.js';
import type { DecisionRequest, RecordedDecision } from '../ports/decisions.js';
import { categoryRule } from './concerned.js';
import { signedDelegations } from './delegations.js';
import { editorsOf, policyEditorsOf } from './editors.js';
import { shortenedNow } from './overrides.js';
import { ownersOf } from './owners.js';
import type { Ports } from './ports.js';

/** What a word is judged by, as it is known now. */
export interface VotingGround {
  policy: Policy;
  rule: CategoryRule;
  people: Person[];
  /** The request that the rest was found out for; null: none is open. */
  requestId: string | null;
  /** Mail addresses of those who own machines that are asked about. */
  owners: string[];
  editors: Barred[];
  delegations: KeptDelegation[];
  /** Quorums that an emergency has made shorter, and that count now. */
  shortened: ShortenedQuorum[];
}

export async function votingGround(
  ports: Ports,
  asked: { patchId: string; category: string; requestId: string | null; vmIds: string[] },
): Promise<VotingGround> {
  const { policy, rule } = await categoryRule(ports, asked.category);
  const wanted = new Set(asked.vmIds);
  const vms =
    wanted.size === 0
      ? []
      : await ports.inventory.fleet.vms({ environment: 'production', category: asked.category, existing: true });
  return {
    policy,
    rule,
    people: await ports.policy.people(),
    requestId: asked.requestId,
    owners: await ownersOf(
      ports,
      vms.filter((vm) => wanted.has(vm.vmId)),
    ),
    editors: [
      ...(await editorsOf(ports, asked.patchId, asked.category)),
      ...(await policyEditorsOf(ports, asked.patchId, { policy, rule })),
    ],
    delegations: await signedDelegations(ports, asked.category),
    shortened: await shortenedNow(ports, asked),
  };
}

export async function groundOf(ports: Ports, request: DecisionRequest): Promise<VotingGround> {
  const { patchId, category, requestId, subject } = request;
  return votingGround(ports, { patchId, category, requestId, vmIds: subject.vmIds });
}

/** By which rule it is decided now, and the emergency by which that one takes the place of the others, null: none. */
export function ruleNow(
  { policy, rule, shortened }: VotingGround,
  tier: string | null,
): ChosenRule & { shortened: ShortenedQuorum | null } {
  const ruleIds = shortened.map((one) => one.ruleId);
  const chosen = approvalRule(policy.approvals, rule, tier, ruleIds);
  return { ...chosen, shortened: shortened.find((one) => one.ruleId === chosen.ruleId) ?? null };
}

/** Of the newest request. */
export async function groundNow(
  ports: Ports,
  { patchId, category }: { patchId: string; category: string },
): Promise<VotingGround> {
  const request = await ports.inventory.decisions.request(patchId, category);
  if (request !== null) return groundOf(ports, request);
  return votingGround(ports, { patchId, category, requestId: null, vmIds: [] });
}

/** The rules that it was asked by, first, and today's where they are others. */
function stepsBoth(ground: VotingGround, request: DecisionRequest): ApprovalStep[][] {
  const today = ruleNow(ground, request.urgency?.tier ?? null).steps;
  const asked = request.approval?.steps;
  return asked === undefined || canonical(asked) === canonical(today) ? [today] : [asked, today];
}

function factsWith(ground: VotingGround, request: DecisionRequest, votes: Vote[], steps: ApprovalStep[]): VotingFacts {
  return {
    steps,
    votes,
    people: ground.people,
    // Facts of another request say nothing of this one (I5).
    owners: ground.requestId === request.requestId ? ground.owners : [],
    barred: barredOf(ground.editors, request.requestedBy),
    delegations: ground.delegations,
    category: request.category,
    openedAt: request.requestedAt,
  };
}

/** Editors are among those who requested as well: what they did says more. */
function barredOf(editors: Barred[], requestedBy: string[]): Barred[] {
  const others = requestedBy.filter((name) => !editors.some((one) => one.name === name));
  return [...editors, ...others.map((name) => ({ name, why: 'requested this change' }))];
}

export function votesOf(decisions: RecordedDecision[]): Vote[] {
  return decisions.map(({ by, onBehalfOf, verdict, recordedAt }) => ({
    by,
    onBehalfOf: onBehalfOf ?? null,
    verdict,
    at: recordedAt,
  }));
}

export function placeIn(
  ground: VotingGround,
  request: DecisionRequest,
  votes: RecordedDecision[],
  word: Word,
  at: string,
): Place {
  const places = stepsBoth(ground, request).map((steps) =>
    placeOf(factsWith(ground, request, votesOf(votes), steps), word, at),
  );
  return stricterOf(places);
}

export interface Progress {
  steps: ApprovalStep[];
  standing: StepStanding[];
  /** What is missing still, in words, in order. */
  left: string[];
  /** What waits too long, and when something does next. */
  due: StepMoment[];
  nextAt: string | null;
}

/** Where a request stands by the votes that still count. */
export async function progressOf(ports: Ports, request: DecisionRequest): Promise<Progress> {
  const ground = await groundOf(ports, request);
  const { requestId } = request;
  const accepted = await ports.inventory.decisions.decisions({ requestId, accepted: true });
  const votes = votesOf(accepted.filter((one) => one.withdrawalId === null).toReversed());
  const ways = stepsBoth(ground, request).map((steps) => {
    return { steps, standing: standingOf(factsWith(ground, request, votes, steps)) };
  });
  const way = ways.find(({ standing }) => !isComplete(standing)) ?? ways[0];
  if (way === undefined) return { steps: [], standing: [], left: [], due: [], nextAt: null };
  return {
    ...way,
    left: stepsLeft(way.standing, way.steps),
    ...momentsOf(way.steps, way.standing, ports.clock.now()),
  };
}

/** Mail addresses of a group, of a request's machines where it names their owners. */
export async function mailsOf(ports: Ports, request: DecisionRequest, groups: ApprovalGroup[]): Promise<string[]> {
  const { people, owners } = await groundOf(ports, request);
  const named = people.filter((person) => groups.some((group) => isEligible(group, person, owners)));
  const besides = groups.some((group) => group.owners) ? owners : [];
  return [...new Set([...named.map((person) => person.mail), ...besides])];
}

/** Those whose turn it is. */
export async function turnMails(ports: Ports, request: DecisionRequest): Promise<string[]> {
  const { steps, standing, due } = await progressOf(ports, request);
  const turn = steps[standing.findIndex((step) => step.completeAt === null)];
  const fallbacks = due.filter((one) => one.kind === 'fallback').map((one) => one.group);
  return turn === undefined ? [] : mailsOf(ports, request, [turn.who, ...fallbacks]);
}

/** What is kept with a request: the rules in force, and everybody who could decide by them. */
export function approvalAsked(ground: VotingGround, tier: string | null, requestedBy: string[]): RequestApproval {
  const { policy, owners, editors } = ground;
  const { ruleId, steps } = ruleNow(ground, tier);
  const people = ground.people.map(({ name, mail, roles }) => ({ name, mail, roles }));
  const known = { people, owners, barred: barredOf(editors, requestedBy) };
  return { policyVersion: policy.version, ruleId, steps, eligible: eligiblePeople(steps, known), known };
}
