// Whether a machine that came after a decision was asked for joins it: only by the rule that was signed with it, and only in the state that was
// tested. What nobody knows refuses (I1, I5, I9).

import type { ArrivalRule } from './arrivalPolicy.js';
import { arrivalsMax } from './arrivalRule.js';
import type { DecisionSubject } from './decision.js';
import { currentBuild, fixedBuildFor } from './demand.js';
import type { EnvironmentVerdict } from './environment.js';
import type { Match } from './equivalence.js';
import type { LeftOut } from './manifest.js';
import type { Patch } from './patch.js';
import type { Vm } from './vm.js';
import { compareBuilds, parseBuild } from './windowsBuild.js';

/** One decision, as it stands when a ring is planned by it. */
export interface ArrivalDecision {
  subject: Pick<DecisionSubject, 'patchId' | 'category' | 'vmIds' | 'testedSet' | 'arrivals'>;
  digest: string;
  /** ISO instant at which it was asked for. */
  askedAt: string;
  /** A rule of policy decided, and no person signed. */
  byRule: boolean;
  /** What policy says today of machines that join the category; null: nothing. */
  rule: ArrivalRule | null;
  /** The ring that is planned. */
  ring: string;
  /** The run is one of an emergency: those open exactly what was signed for them. */
  isEmergency: boolean;
  /** The ring was planned by this decision before. */
  wasPlanned: boolean;
  /** Machines that joined then, in that order. */
  joined: string[];
  /** The tested set; a patch that nobody knows any more is missing. */
  tested: Patch[];
  /** The culprit of its test is looked for. */
  isIsolating: boolean;
}

/** The staging machine that is most like the arrival, as it is now. */
export interface ArrivalTwin {
  match: Match;
  /** Names of what it misses; null: nobody knows. */
  needs: string[] | null;
  build: string | null;
  /** What happened to it since the test, in words: its state is no longer the one that was tested. */
  changedSince: string[];
}

export interface ArrivalFacts {
  vm: Vm;
  /** By policy of today. */
  category: string | null;
  environment: EnvironmentVerdict;
  /** Names of all that it misses; null: nobody knows. */
  needs: string[] | null;
  /** Null: no staging machine carried the test. */
  twin: ArrivalTwin | null;
  /** Why it does without the patch; null: no waiver says so. */
  waived: string | null;
  /** Rejections that name it, in words. */
  rejected: string[];
}

/** What came of one arrival: kept, told and shown. */
export interface ArrivalVerdict {
  patchId: string;
  category: string;
  digest: string;
  vmId: string;
  vmName: string;
  joins: boolean;
  /** Why it does not; of one that joins, by what it does. */
  reasons: string[];
}

/** Every arrival with its verdict, the first to come first: when the decision is full, later ones do not join. */
export function judgeArrivals(decision: ArrivalDecision, arrivals: ArrivalFacts[]): ArrivalVerdict[] {
  const { subject, digest, joined } = decision;
  const { patchId, category } = subject;
  const max = joinMax(decision);
  let count = joined.length;
  return arrivals.toSorted(byArrival).map((facts): ArrivalVerdict => {
    const { vmId, name: vmName } = facts.vm;
    const verdict = { patchId, category, digest, vmId, vmName };
    const reasons = arrivalProblems(decision, facts);
    const place = joined.indexOf(vmId);
    if (reasons.length === 0 && !((place < 0 ? count : place) < max))
      reasons.push(`no more than ${max} may join, and those have`);
    if (reasons.length > 0) return { ...verdict, joins: false, reasons };
    if (place < 0) count += 1;
    return { ...verdict, joins: true, reasons: [joinWords(decision, facts)] };
  });
}

/** I9: the number that was signed; policy may have come to allow fewer. */
function joinMax({ subject, rule }: ArrivalDecision): number {
  if (rule === null) return 0;
  return Math.min(subject.arrivals?.machinesMax ?? 0, arrivalsMax(rule, subject.vmIds.length));
}

function byArrival(a: ArrivalFacts, b: ArrivalFacts): number {
  const [first, second] = [a.vm, b.vm].map((vm) => `${vm.placedAt ?? ''} ${vm.name} ${vm.vmId}`) as [string, string];
  return first < second ? -1 : first > second ? 1 : 0;
}

function joinWords({ subject }: ArrivalDecision, { twin }: ArrivalFacts): string {
  return `rule ${subject.arrivals?.ruleId ?? ''} was signed; ${twin?.match.name ?? ''} was tested and is like it (${twin?.match.score ?? 0})`;
}

/** Everything that speaks against it; empty: it may join. */
export function arrivalProblems(decision: ArrivalDecision, facts: ArrivalFacts): string[] {
  return [...ruleProblems(decision, facts.vm), ...placeProblems(decision, facts), ...stateProblems(decision, facts)];
}

function ruleProblems({ subject, ...decision }: ArrivalDecision, { vmId }: Vm): string[] {
  const { arrivals } = subject;
  if (arrivals === undefined) return ['what was signed lets nobody join'];
  const problems: string[] = [];
  if (decision.byRule) problems.push('a rule of policy approved, and nobody signed that machines may join');
  if (decision.rule === null) problems.push('policy lets nobody join any more');
  if (arrivals.ring !== decision.ring) problems.push(`machines join ring ${arrivals.ring}, and in no other`);
  if (decision.isEmergency) problems.push('an emergency opens what was signed, and nobody joins');
  if (decision.wasPlanned && !decision.joined.includes(vmId))
    problems.push(`ring ${decision.ring} was planned before it came`);
  if (decision.isIsolating) problems.push('the culprit of its test is looked for');
  return problems;
}

/** It came after it was asked, is where the decision says, and nobody said otherwise of it. */
function placeProblems(
  { subject: { category, vmIds }, askedAt }: ArrivalDecision,
  { vm, waived, rejected, ...facts }: ArrivalFacts,
): string[] {
  const problems: string[] = [];
  if (vmIds.includes(vm.vmId)) problems.push('it was signed by name');
  if (!(Date.parse(vm.placedAt ?? '') > Date.parse(askedAt)))
    problems.push('it did not come after the decision was asked for, or nobody knows when it came');
  if (vm.goneAt !== null) problems.push('it is gone');
  if (facts.category !== category) problems.push(`policy puts it into ${facts.category ?? 'no category'}`);
  if (facts.environment.environment !== 'production' || !facts.environment.isCertain)
    problems.push(`it is not production for certain: ${facts.environment.reason}`);
  if (waived !== null) problems.push(waived);
  return [...problems, ...rejected];
}

/** It is like a machine that was tested, misses exactly what that one missed, and comes to the state that that one reached. */
function stateProblems({ subject, tested }: ArrivalDecision, { vm, needs, twin }: ArrivalFacts): string[] {
  const problems: string[] = [];
  if (needs === null) problems.push('nobody knows what it misses');
  else if (!needs.includes(subject.patchId)) problems.push(`it does not miss ${subject.patchId}`);
  if (twin === null) return [...problems, 'no staging machine carried the test'];
  const { match, changedSince } = twin;
  if (!match.stands) problems.push(`nothing that was tested is like it: ${match.name} scores ${match.score}`);
  problems.push(...changedSince.map((what) => `${match.name} is no longer as it was tested: ${what}`));
  if (twin.needs === null) return [...problems, `nobody knows what ${match.name} misses`];
  if (needs !== null) problems.push(...needProblems(needs, twin.needs, subject.testedSet, match.name));
  return [...problems, ...buildProblems(vm, twin, tested, subject.testedSet)];
}

function needProblems(needs: string[], twinNeeds: string[], testedSet: string[], twin: string): string[] {
  const besides = needs.filter((one) => !testedSet.includes(one) && !twinNeeds.includes(one));
  const has = twinNeeds.filter((one) => !testedSet.includes(one) && !needs.includes(one));
  return [
    ...(besides.length === 0 ? [] : [`it misses more than was tested: ${named(besides)}`]),
    ...(has.length === 0 ? [] : [`it has what ${twin} had not when it was tested: ${named(has)}`]),
  ];
}

const namesShownMax = 8;

function named(names: string[]): string {
  const more = names.length > namesShownMax ? ` and ${names.length - namesShownMax} more` : '';
  return `${names.slice(0, namesShownMax).join(', ')}${more}`;
}

/** Of Windows: the build that it comes to by the tested set is the one that was reached. Linux gets the very versions of the test. */
function buildProblems(vm: Vm, { match, build }: ArrivalTwin, tested: Patch[], testedSet: string[]): string[] {
  const unknown = testedSet.filter((patchId) => !tested.some((patch) => patch.patchId === patchId));
  if (unknown.length > 0) return [`nobody knows ${named(unknown)} any more`];
  if (vm.osType !== 'windows') return [];
  const comesTo = buildAfter(vm, tested);
  if (comesTo === null || build === null || parseBuild(build) === null)
    return ['nobody knows its build, or the one that was reached in the test'];
  return isSameBuild(comesTo, build)
    ? []
    : [`it would come to build ${comesTo}, and ${match.name} reached ${build} in the test`];
}

function buildAfter(vm: Vm, tested: Patch[]): string | null {
  const now = currentBuild(vm);
  if (now === null || parseBuild(now) === null) return null;
  return tested
    .flatMap((patch) => fixedBuildFor(patch, vm) ?? [])
    .reduce((highest, build) => (isBelow(highest, build) ? build : highest), now);
}

function isBelow(one: string, other: string): boolean {
  const [a, b] = [parseBuild(one), parseBuild(other)];
  return a !== null && b !== null && compareBuilds(a, b) < 0;
}

function isSameBuild(one: string, other: string): boolean {
  return !isBelow(one, other) && !isBelow(other, one);
}

/**
 * What the plan left out of those that join does not join after all: nobody waits for a machine that nobody promised anything. `left`: without
 * them, since each is accounted for by its verdict (I7).
 */
export function afterPlanning(
  verdicts: ArrivalVerdict[],
  left: LeftOut[],
): { verdicts: ArrivalVerdict[]; left: LeftOut[] } {
  const keyOf = ({ vmId, patchId }: { vmId: string; patchId: string }) => `${vmId}\n${patchId}`;
  const reasons = new Map(left.map((one) => [keyOf(one), one.reason]));
  const arrived = new Set(verdicts.map(keyOf));
  return {
    verdicts: verdicts.map((one) => {
      const reason = reasons.get(keyOf(one));
      return !one.joins || reason === undefined ? one : { ...one, joins: false, reasons: [reason] };
    }),
    left: left.filter((one) => !arrived.has(keyOf(one))),
  };
}
