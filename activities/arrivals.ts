// Machines that came after a decision was asked for: judged when the ring that they may join is planned, and from then on members of that ring (I1, I7).

import { arrivalRuleOf, lastRing } from '../domain/arrivalRule.js';
import { judgeArrivals, type ArrivalDecision, type ArrivalFacts, type ArrivalVerdict } from '../domain/arrivals.js';
import { categoryOf } from '../domain/category.js';
import { currentBuild } from '../domain/demand.js';
import { demandedPatches, unknownNeeds } from '../domain/demanded.js';
import { environmentOf } from '../domain/environment.js';
import { equivalenceOf, type Match } from '../domain/equivalence.js';
import { isEmergency } from '../domain/override.js';
import type { Policy } from '../domain/policy.js';
import type { Enrolment, Run } from '../domain/run.js';
import type { Vm } from '../domain/vm.js';
import type { RecordedArrival } from '../ports/arrivals.js';
import type { DecisionRequest, StandingApproval } from '../ports/decisions.js';
import type { TestResult } from '../ports/stageTests.js';
import { demandOf } from './demand.js';
import { comparedFacts } from './equivalence.js';
import type { Ports } from './ports.js';
import { standingApproval } from './automatic.js';
import { waivedOf } from './waived.js';

/** By patch of the run. `vms`: of the run's environment and category. */
export async function arrivalsOf(
  ports: Ports,
  run: Run,
  enrolments: Enrolment[],
  vms: Vm[],
): Promise<ArrivalVerdict[]> {
  if (run.environment !== 'production' || run.status !== 'open') return [];
  const verdicts: ArrivalVerdict[] = [];
  for (const enrolment of enrolments) {
    const approval = await standingApproval(ports, enrolment.patchId, run.category);
    if (approval === null || approval.request.digest !== enrolment.digest) continue;
    verdicts.push(...(await judgedFor(ports, run, { enrolment, approval }, vms)));
  }
  return verdicts;
}

interface Enrolled {
  enrolment: Enrolment;
  approval: StandingApproval;
}

async function judgedFor(ports: Ports, run: Run, enrolled: Enrolled, vms: Vm[]): Promise<ArrivalVerdict[]> {
  const { request } = enrolled.approval;
  const { subject, requestedAt } = request;
  if (lastRing(subject.rings) !== run.ring) return [];
  const before = await ports.inventory.arrivals.arrivals({ digest: request.digest });
  const decision = await decisionFacts(ports, run, enrolled, before);
  const signed = new Set(subject.vmIds);
  const again = enrolled.enrolment.vmIds.filter((vmId) => !signed.has(vmId));
  // Whoever was judged before and is not enrolled again has ended, well or badly.
  const over = new Set(before.map((one) => one.vmId).filter((vmId) => !again.includes(vmId)));
  const came = vms.filter(
    ({ vmId, placedAt = null }) => !signed.has(vmId) && !over.has(vmId) && placedAt !== null && placedAt > requestedAt,
  );
  const away = awayOf(
    before,
    again.filter((vmId) => !came.some((vm) => vm.vmId === vmId)),
  );
  if (came.length === 0) return away;
  const facts = await arrivalFacts(ports, request, came);
  // Who is known to do without the patch is no matter of the decision.
  const concerned = facts.filter(
    ({ vm, needs }) => needs === null || needs.includes(subject.patchId) || again.includes(vm.vmId),
  );
  return [...away, ...judgeArrivals(decision, concerned)];
}

/** They joined, were to be tried again, and are no longer there: nobody waits for them. */
function awayOf(before: RecordedArrival[], vmIds: string[]): ArrivalVerdict[] {
  return vmIds.flatMap((vmId) => {
    const word = before.findLast((one) => one.vmId === vmId);
    if (word === undefined) return [];
    const { runKey: _runKey, at: _at, ...verdict } = word;
    return [{ ...verdict, joins: false, reasons: ['it is gone, or in the category no longer'] }];
  });
}

async function decisionFacts(
  ports: Ports,
  run: Run,
  { approval: { request, decision } }: Enrolled,
  before: RecordedArrival[],
): Promise<ArrivalDecision> {
  const { isolations, patches } = ports.inventory;
  const { subject, digest, requestedAt } = request;
  const { approvals } = await ports.policy.current();
  const isolating = await isolations.isolations({ runKey: subject.testRunKey, status: 'running', limit: 1 });
  const tested = await Promise.all(subject.testedSet.map((patchId) => patches.patch(patchId)));
  return {
    subject,
    digest,
    askedAt: requestedAt,
    byRule: (decision.byRule ?? null) !== null,
    rule: arrivalRuleOf(approvals.arrivals, subject.category),
    ring: run.ring,
    isEmergency: isEmergency(run.occurrence),
    wasPlanned: await wasPlanned(ports, run, request),
    joined: [...new Set(before.filter((one) => one.joins).map((one) => one.vmId))],
    tested: tested.flatMap((record) => (record === null ? [] : [record.patch])),
    isIsolating: isolating.length > 0,
  };
}

/** An earlier run of the ring held this very decision: whatever came since came too late. */
async function wasPlanned(
  { inventory: { runs } }: Ports,
  { runKey, category, ring }: Run,
  { patchId, digest }: DecisionRequest,
): Promise<boolean> {
  const prefix = `maintenance/production/${category}/${ring}/`;
  const rows = await runs.manifest({ patchId });
  const keys = [...new Set(rows.map((row) => row.runKey))].filter((key) => key.startsWith(prefix) && key !== runKey);
  if (keys.length === 0) return false;
  return (await runs.enrolments(...keys)).some((one) => one.patchId === patchId && one.digest === digest);
}

async function arrivalFacts(ports: Ports, request: DecisionRequest, came: Vm[]): Promise<ArrivalFacts[]> {
  const { patchId, category, subject } = request;
  const policy = await ports.policy.current();
  const [test] = await ports.inventory.tests.testResults({ patchId, category, runKey: subject.testRunKey });
  const compared = await comparedNow(ports, policy, request, came, test);
  const waived = await waivedOf(ports, patchId, came);
  const rejected = await rejectionsOf(ports, subject.testedSet);
  return came.map((vm) => ({
    vm,
    category: categoryOf(policy.categories, vm).category,
    environment: environmentOf(policy.environments, vm),
    ...compared(vm),
    waived: waived.get(vm.vmId) ?? null,
    rejected: rejected(vm.vmId),
  }));
}

/** Needs are computed now: the fleet's demand was, when the last cycle looked, and knew nothing of a machine that came since. */
async function comparedNow(
  ports: Ports,
  policy: Policy,
  { category, subject: { testedSet } }: DecisionRequest,
  came: Vm[],
  test: TestResult | undefined,
): Promise<(vm: Vm) => Pick<ArrivalFacts, 'needs' | 'twin'>> {
  const { production, staging } =
    test === undefined ? { production: [], staging: [] } : await comparedFacts(ports, category, came, test);
  const needs = await needsOf(ports, policy, [...came, ...staging.map(({ vm }) => vm)]);
  const fresh = production.map((facts) => ({ ...facts, needs: needs.get(facts.vm.vmId) ?? [] }));
  const groups = equivalenceOf(fresh, staging, policy.equivalence, { category, tested: testedSet });
  const best = new Map(groups.flatMap((group) => group.machines.map(({ vmId }) => [vmId, group.best] as const)));
  const twins = new Map(staging.map(({ vm }) => [vm.vmId, vm]));
  const changed = new Map(
    await Promise.all(
      [...twins.values()].map(async (vm) => [vm.vmId, await changedSince(ports, vm, test, testedSet)] as const),
    ),
  );
  const twinOf = (match: Match | null) => {
    const vm = match === null ? undefined : twins.get(match.vmId);
    if (match === null || vm === undefined) return null;
    const held = {
      needs: needs.get(vm.vmId) ?? null,
      build: currentBuild(vm),
      changedSince: changed.get(vm.vmId) ?? [],
    };
    return { match, ...held };
  };
  return (vm) => ({ needs: needs.get(vm.vmId) ?? null, twin: twinOf(best.get(vm.vmId) ?? null) });
}

/** Names of what each machine misses, by what channels brought and by its own assessment; who was never assessed is left out. */
async function needsOf(ports: Ports, policy: Policy, vms: Vm[]): Promise<Map<string, string[]>> {
  const { patches, successions } = ports.inventory;
  const records = await patches.patches();
  const demanded = demandedPatches(records, await successions.kept(), policy.supersedence);
  const known = vms.filter((vm) => vm.assessment !== null);
  const rows = await demandOf(ports, known, demanded);
  const strangers = unknownNeeds(
    known,
    records.map(({ patch }) => patch),
  );
  return new Map(
    known.map(({ vmId }) => [
      vmId,
      [
        ...rows.filter((row) => row.vmId === vmId).map((row) => row.patchId),
        ...strangers.filter(({ vmIds }) => vmIds.includes(vmId)).map(({ name }) => name),
      ],
    ]),
  );
}

/** What came to a staging machine, or was taken from it, after its test: then what it is now is not what was reached. */
async function changedSince(
  { inventory: { sessions } }: Ports,
  { vmId, goneAt }: Vm,
  test: TestResult | undefined,
  testedSet: string[],
): Promise<string[]> {
  const since = test?.at ?? '';
  const installed = (await sessions.installations({ vmId })).filter(
    ({ at, state, source, patchId }) =>
      at > since && state === 'installed' && source !== 'before' && !testedSet.includes(patchId),
  );
  const rolledBack = (await sessions.rollbacks({ vmId })).filter(({ at }) => at > since);
  return [
    ...(goneAt === null ? [] : ['it is gone']),
    ...(installed.length === 0 ? [] : [`it got ${[...new Set(installed.map((one) => one.patchId))].join(', ')}`]),
    ...(rolledBack.length === 0 ? [] : ['it was taken back']),
  ];
}

/** Decisions that rejected a patch of the tested set and name the machine: whatever category it was in. */
async function rejectionsOf(
  { inventory: { decisions } }: Ports,
  testedSet: string[],
): Promise<(vmId: string) => string[]> {
  const words = await decisions.decisions({ patchIds: testedSet, accepted: true, complete: true });
  const rejections = new Map(
    words
      .filter((one) => one.verdict === 'reject' && one.withdrawalId === null)
      .map(({ requestId, by }) => [requestId ?? '', by]),
  );
  const requests = (await decisions.requests({ patchIds: testedSet })).filter((one) => rejections.has(one.requestId));
  return (vmId) =>
    requests
      .filter(({ subject }) => subject.vmIds.includes(vmId))
      .map(
        ({ patchId, category, requestId }) =>
          `${patchId} for ${category} was rejected by ${rejections.get(requestId) ?? ''}, and that names it`,
      );
}

export interface RingMembers {
  /** Signed ones first. */
  vmIds: string[];
  /** Who joined once and may not any more, with why: nobody waits for them. */
  dropped: Map<string, string>;
}

/** Who is accounted for in a ring: those that were signed, and those that joined them (I7). */
export async function membersOf(
  ports: Ports,
  { subject, digest }: Pick<DecisionRequest, 'subject' | 'digest'>,
  ring: { name: string; vmIds: string[] },
): Promise<RingMembers> {
  const came = subject.arrivals?.ring === ring.name ? await ports.inventory.arrivals.arrivals({ digest }) : [];
  const latest = new Map(came.map((one) => [one.vmId, one]));
  const joined = [...new Set(came.filter((one) => one.joins).map((one) => one.vmId))];
  const lost = joined.length === 0 ? null : await lostRule(ports, subject.category);
  const dropped = joined.flatMap((vmId): [string, string][] => {
    const word = latest.get(vmId);
    const why = lost ?? (word?.joins === true ? null : (word?.reasons.join('; ') ?? ''));
    return why === null ? [] : [[vmId, why]];
  });
  return { vmIds: [...ring.vmIds, ...joined], dropped: new Map(dropped) };
}

/** Why a machine that joined a run is left out after all; empty: it was signed by name, or may join still. */
export async function joiningProblems(
  ports: Ports,
  { runKey, vmId }: { runKey: string; vmId: string },
  category: string,
): Promise<string[]> {
  const joined = (await ports.inventory.arrivals.arrivals({ runKey, vmId })).some((one) => one.joins);
  const lost = joined ? await lostRule(ports, category) : null;
  return lost === null ? [] : [lost];
}

/** I9: policy has come to let nobody join; the narrower of both counts. */
async function lostRule(ports: Ports, category: string): Promise<string | null> {
  const { approvals } = await ports.policy.current();
  return arrivalRuleOf(approvals.arrivals, category) === null
    ? `policy lets no machine join a decision for ${category} any more`
    : null;
}
