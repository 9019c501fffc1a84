// The maintenance run: its times, its manifest, its gates and its end. Decisions are domain functions; rows are the truth.

import { afterPlanning } from '../domain/arrivals.js';
import { canonical } from '../domain/canonical.js';
import { neededPatches } from '../domain/demand.js';
import { isHopeless, waveVerdict, type EnrolledDecision, type GateFacts } from '../domain/gate.js';
import { emergencyWorkflowId } from '../domain/emergency.js';
import { planManifest, type ManifestInput, type PlannedEnrolment, type PlannedVm } from '../domain/manifest.js';
import type { CategoryRule, Policy } from '../domain/policy.js';
import { budgetSpent, ringOutcome, withoutWaived } from '../domain/ringOutcome.js';
import { lifeGate } from '../domain/patchLife.js';
import { waivedWords } from '../domain/patchWaiver.js';
import { closedManifestStates, type Enrolment, type ManifestRow, type Run, type RunOutcome } from '../domain/run.js';
import { soakProbeTimes } from '../domain/soak.js';
import { staleness } from '../domain/staleness.js';
import { exceptionRing } from '../domain/ring.js';
import { passedSets } from '../domain/stageTest.js';
import { carriersOf } from '../domain/testVerdict.js';
import type { Vm } from '../domain/vm.js';
import { byDue, wavesOf } from '../domain/wave.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { PlannedRun } from '../ports/runs.js';
import { arrivalsOf, membersOf } from './arrivals.js';
import { standingApproval } from './automatic.js';
import { unlikeAnyTested } from './equivalence.js';
import { keepChange } from './changes.js';
import { earliestDue } from './judging.js';
import { givenUp, notReady } from './failures.js';
import { linuxKnowledge } from './linux.js';
import { lifeRefusals, livesOf } from './patchLife.js';
import { heldOverrides, soakSecondsOf, strangersIn, useOverrides } from './overrides.js';
import type { Ports } from './ports.js';
import { doubtUnsoaked } from './soak.js';
import { waiversNow } from './waived.js';

export interface RunBrief {
  status: Run['status'];
  environment: Run['environment'];
  planAt: string;
  opensAt: string;
  closesAt: string;
  waves: number;
  inFlightMax: number;
  soakSeconds: number;
  /** Of the soak: seconds from its beginning at which machines are probed. Undefined of what was read before that was known. */
  soakProbesAt?: number[];
  /** Workflows to hint at when the run has settled. */
  notify: string[];
}

export type GateAnswer = { kind: 'open' } | { kind: 'closed'; reasons: string[]; hopeless: boolean };

export function createMaintainActivities(ports: Ports) {
  const { runs, fleet, patches, stops, guests } = ports.inventory;

  async function requireRun(runKey: string): Promise<Run> {
    const run = await runs.run(runKey);
    if (run === null) throw givenUp(`run ${runKey} is not in the inventory`);
    return run;
  }

  async function ruleOf(run: Run): Promise<{ policy: Policy; rule: CategoryRule }> {
    const policy = await ports.policy.current();
    const rule = policy.categories.find((category) => category.name === run.category);
    if (rule === undefined) throw givenUp(`policy ${policy.version} has no category ${run.category}`);
    return { policy, rule };
  }

  async function brief(run: Run): Promise<RunBrief> {
    const { policy, rule } = await ruleOf(run);
    const enrolments = await runs.enrolments(run.runKey);
    const patchIds = enrolments.map((enrolment) => enrolment.patchId);
    const uses = await ports.inventory.emergencies.uses({ runKey: run.runKey });
    const watching = uses.map(({ emergencyId }) => emergencyWorkflowId(emergencyId));
    const soakSeconds = await soakSecondsOf(ports, run, patchIds, rule.soakSeconds);
    return {
      status: run.status,
      environment: run.environment,
      planAt: run.planAt,
      opensAt: run.opensAt,
      closesAt: run.closesAt,
      waves: run.waves,
      inFlightMax: run.ring === exceptionRing ? 1 : rule.inFlightMax,
      soakSeconds,
      ...(run.environment === 'staging'
        ? { soakProbesAt: soakProbeTimes(soakSeconds, policy.tests.soakProbeEveryMinutes * 60) }
        : {}),
      notify: [...new Set([...enrolments.map((enrolment) => enrolment.notifyWorkflowId), ...watching])],
    };
  }

  /** What an enrolment is allowed by: nothing in staging, a standing approval with the very digest in production (I1). */
  async function plannedEnrolment(
    run: Run,
    enrolment: Enrolment,
    refusals: Map<string, string>,
  ): Promise<PlannedEnrolment> {
    const record = await patches.patch(enrolment.patchId);
    const base = { patchId: enrolment.patchId, kb: record?.patch.kb ?? null, vmIds: enrolment.vmIds, tested: [] };
    if (record === null) return { ...base, passedSets: [], refusal: `${enrolment.patchId} is not in the inventory` };
    const refusal = refusals.get(enrolment.patchId);
    if (refusal !== undefined) return { ...base, passedSets: [], refusal };
    if (run.environment === 'staging') return { ...base, passedSets: null, tested: null, refusal: null };
    const approval = await standingApproval(ports, enrolment.patchId, run.category);
    if (approval === null || approval.request.digest !== enrolment.digest) {
      return {
        ...base,
        passedSets: [],
        refusal: `${enrolment.patchId} has no standing approval with digest ${enrolment.digest ?? 'none'}`,
      };
    }
    const { request } = approval;
    const signed = new Set(request.subject.vmIds);
    const tested = await runs.manifest({ runKey: request.subject.testRunKey });
    const vmIds = enrolment.vmIds.filter((vmId) => signed.has(vmId));
    return {
      ...base,
      vmIds,
      passedSets: passedSets(tested, await judgedWell(request.subject.testRunKey, enrolment, tested)),
      unlike: await unlikeAnyTested(ports, request, vmIds),
      tested: request.subject.packages ?? [],
      refusal: null,
    };
  }

  /** Machines whose word a person's stands for: they carry it all, and nobody could ask them how they are. */
  async function judgedWell(runKey: string, { patchId, category }: Enrolment, rows: ManifestRow[]): Promise<string[]> {
    const [given] = await ports.inventory.stageTests.verdicts({ runKey, patchId, category });
    return given?.verdict === 'passed' ? carriersOf(patchId, rows) : [];
  }

  async function needsOf(vms: Vm[], enrolments: Enrolment[]): Promise<ManifestInput['needs']> {
    const records = await Promise.all(
      [...new Set(enrolments.map((enrolment) => enrolment.patchId))].map((id) => patches.patch(id)),
    );
    const known = records.flatMap((record) => (record === null ? [] : [record.patch]));
    const linux = await linuxKnowledge(ports, vms, known);
    const needsOfOne = (vm: Vm) =>
      neededPatches(known, vm, linux.get(vm.vmId)).map(({ patch, packages }) => ({ patchId: patch.patchId, packages }));
    return Object.fromEntries(vms.map((vm) => [vm.vmId, needsOfOne(vm)]));
  }

  /** I5: a guest that answered garbage, too long ago or never closes the gate of its machine in production. */
  async function staleGuests(vms: Vm[]): Promise<Record<string, string>> {
    const { limits } = await ports.policy.current();
    const known = new Map((await guests.knowledge(vms.map((vm) => vm.vmId))).map((one) => [one.vmId, one]));
    const now = ports.clock.now();
    return Object.fromEntries(
      vms.flatMap(({ vmId }) => {
        const why = staleness(known.get(vmId) ?? null, now, limits.factsMaxAgeMinutes);
        return why === null ? [] : [[vmId, why]];
      }),
    );
  }

  async function waivedByMachine(vms: Vm[], enrolments: Enrolment[]): Promise<NonNullable<ManifestInput['waived']>> {
    const patchIds = [...new Set(enrolments.map((enrolment) => enrolment.patchId))];
    const waiverOf = await waiversNow(ports, patchIds);
    const ofOne = (vm: Vm) =>
      patchIds.flatMap((patchId) => {
        const waiver = waiverOf(vm, patchId);
        return waiver === null ? [] : [[patchId, waivedWords(waiver)]];
      });
    return Object.fromEntries(vms.map((vm) => [vm.vmId, Object.fromEntries(ofOne(vm))]));
  }

  return {
    async describeRun(runKey: string): Promise<RunBrief> {
      return brief(await requireRun(runKey));
    },

    /** Fixes the manifest and the waves, once; asked again it returns what is stored. */
    async planRun(runKey: string): Promise<RunBrief> {
      const run = await requireRun(runKey);
      const { rule } = await ruleOf(run);
      const enrolments = await runs.enrolments(runKey);
      const vms = await fleet.vms({ environment: run.environment, category: run.category, existing: true });
      const patchIds = enrolments.map((enrolment) => enrolment.patchId);
      const refusals = new Map([
        ...(await lifeRefusals(ports, run, patchIds)),
        ...(await strangersIn(ports, run, patchIds)),
      ]);
      const arrivals = await arrivalsOf(ports, run, enrolments, vms);
      const joining = arrivals.filter((one) => one.joins);
      const enrolled = await Promise.all(
        enrolments.map(async (enrolment) => ({
          ...(await plannedEnrolment(run, enrolment, refusals)),
          joining: new Set(joining.filter(({ patchId }) => patchId === enrolment.patchId).map(({ vmId }) => vmId)),
        })),
      );
      const needs = await needsOf(vms, enrolments);
      const stale = run.environment === 'production' ? await staleGuests(vms) : {};
      const waived = await waivedByMachine(vms, enrolments);
      const dueAt = await earliestDue(ports, patchIds, [
        ...enrolments.flatMap((enrolment) => enrolment.vmIds),
        ...joining.map((one) => one.vmId),
      ]);
      const at = ports.clock.now();
      const result = await runs.plan(runKey, (facts): PlannedRun => {
        if (!areSame(facts.enrolments, enrolments)) throw notReady('an enrolment came or went while planning', 1);
        const plan = planManifest({
          enrolments: enrolled,
          vms,
          needs,
          stale,
          waived,
          subsetAllowed: rule.subsetAllowed,
        });
        const { machines } = plan;
        const { verdicts, left } = afterPlanning(arrivals, plan.left);
        const planned = new Set(machines.map((machine) => machine.vmId));
        const due = vms.flatMap((vm) => (planned.has(vm.vmId) ? [{ ...vm, dueAt: dueAt.get(vm.vmId) ?? null }] : []));
        const waves = wavesOf(due, { waveSizeMax: run.ring === exceptionRing ? 1 : rule.waveSizeMax });
        const order = new Map(due.sort(byDue).map((vm, place) => [vm.vmId, place]));
        return {
          waves: Math.max(0, ...Object.values(waves)),
          rows: rowsOf(machines, waves, order),
          left,
          arrivals: verdicts.map((verdict) => ({ ...verdict, at })),
        };
      });
      return brief(result);
    },

    async checkWave(input: { runKey: string; wave: number }): Promise<GateAnswer> {
      const run = await requireRun(input.runKey);
      const { policy, rule } = await ruleOf(run);
      const life = await lifeOfWave(run, input.wave, rule);
      const rows = await runs.manifest({ runKey: input.runKey });
      const ring = rule.rings.find((candidate) => candidate.name === run.ring);
      const budget = run.environment === 'staging' ? Number.POSITIVE_INFINITY : (ring?.failureBudget ?? 0);
      const open = [...new Set(rows.filter((row) => !closedManifestStates.has(row.state)).map((row) => row.patchId))];
      const enrolled =
        run.environment === 'staging'
          ? []
          : await Promise.all(
              (await runs.enrolments(input.runKey))
                // What was taken out of the run holds nothing else up.
                .filter((enrolment) => open.includes(enrolment.patchId))
                .map((enrolment) => enrolledDecision(run, enrolment)),
            );
      const overrides = await heldOverrides(ports, run.category, open);
      const facts: GateFacts = {
        run,
        rows,
        wave: input.wave,
        enrolled,
        freezes: policy.freezes,
        overrides,
        standingStop: await stops.standingStop(),
        failureSpent: budgetSpent(rows, budget),
        minutesNeeded: policy.limits.sessionMinutesMax,
        life,
      };
      const now = ports.clock.now();
      const verdict = waveVerdict(facts, now);
      if (verdict.kind === 'overridden') await useOverrides(ports, run, overrides, verdict);
      if (verdict.kind !== 'closed') {
        await keepChanges(run, true);
        return { kind: 'open' };
      }
      return { kind: 'closed', reasons: verdict.reasons, hopeless: isHopeless(facts, now) };
    },

    /** A page of the wave's machines, in order. */
    async waveMachines(input: {
      runKey: string;
      wave: number;
      offset: number;
      limit: number;
    }): Promise<{ vmId: string; vmName: string }[]> {
      return runs.waveVms(input.runKey, input.wave, input.offset, input.limit);
    },

    /** Idempotent: what is still unfinished becomes skipped or in doubt, with the reason (I7). */
    async settleRun(input: {
      runKey: string;
      outcome: RunOutcome;
      reason: string;
    }): Promise<{ outcome: RunOutcome; installed: number; other: number }> {
      const at = ports.clock.now();
      if (input.outcome !== 'completed') await doubtUnsoaked(ports, await requireRun(input.runKey), input.reason);
      const run = await runs.settleRun(input.runKey, input.outcome, input.reason, at);
      const rows = await runs.manifest({ runKey: input.runKey });
      await keepChanges(run, false);
      const installed = rows.filter((row) => row.state === 'installed').length;
      return { outcome: run.outcome ?? input.outcome, installed, other: rows.length - installed };
    },
  };

  /** The records follow: whatever keeps one from being written holds up no maintenance, and the hourly look makes good for it. */
  async function keepChanges(run: Run, starting: boolean): Promise<void> {
    if (run.environment === 'staging') return;
    for (const { patchId, category, digest } of await runs.enrolments(run.runKey))
      if (digest !== null) await keepChange(ports, { patchId, category, digest, starting }).catch(() => undefined);
  }

  /** What never goes on by its approval is taken out of the run, so that it holds nothing up; what is held keeps the gate closed. */
  async function lifeOfWave(run: Run, wave: number, rule: CategoryRule): Promise<GateFacts['life']> {
    if (run.environment === 'staging') return [];
    const rows = await runs.manifest({ runKey: run.runKey, wave });
    const due = rows.filter((row) => !closedManifestStates.has(row.state));
    const patchIds = [...new Set(due.map((row) => row.patchId))];
    const lives = await livesOf(ports, { patchIds, category: run.category, ring: run.ring });
    for (const [patchId, verdict] of lives)
      if (verdict.kind === 'superseded' || verdict.kind === 'revised')
        await runs.withdraw(run.runKey, patchId, verdict.reasons.join('; '), !rule.subsetAllowed);
    return [...lives].map(([patchId, verdict]) => ({ patchId, verdict: lifeGate(patchId, verdict) }));
  }

  async function enrolledDecision(run: Run, enrolment: Enrolment): Promise<EnrolledDecision> {
    const { patchId, digest: enrolledDigest } = enrolment;
    const approval = await standingApproval(ports, patchId, run.category);
    if (approval === null) {
      const earlierRingProblem = 'nothing is approved';
      return { patchId, enrolledDigest, decision: null, earlierRingProblem };
    }
    const { digest, subject } = approval.request;
    return {
      patchId,
      enrolledDigest,
      decision: { accepted: true, verdict: approval.decision.verdict, digest, windowRule: subject.windowRule },
      earlierRingProblem: await earlierRingProblem(run, approval.request),
    };
  }

  /** I4: every ring before this one must be healthy by its rows, for this patch. */
  async function earlierRingProblem(
    run: Run,
    request: Pick<DecisionRequest, 'patchId' | 'digest' | 'subject'>,
  ): Promise<string | null> {
    const { rings } = request.subject;
    const position = rings.findIndex((ring) => ring.name === run.ring);
    if (position < 0) return `ring ${run.ring} is not in what was approved`;
    const rows = (await runs.manifest({ patchId: request.patchId })).filter((row) =>
      row.runKey.startsWith(`maintenance/production/${run.category}/`),
    );
    for (const ring of rings.slice(0, position)) {
      const { vmIds, dropped } = await membersOf(ports, request, ring);
      const mine = rows.filter((row) => vmIds.includes(row.vmId));
      const outcome = ringOutcome(withoutWaived(vmIds, mine, dropped), mine, ring.failureBudget);
      if (outcome.kind === 'halted' || outcome.kind === 'unsettled')
        return `ring ${ring.name} is ${outcome.kind}: ${outcome.reasons.join('; ')}`;
      if (outcome.kind === 'incomplete' && outcome.installed === 0)
        return `ring ${ring.name} proved nothing: ${outcome.reasons.join('; ')}`;
      if (outcome.installed === 0 && ring.vmIds.length > 0)
        return `ring ${ring.name} proved nothing: its machines left`;
    }
    return null;
  }
}

function areSame(some: Enrolment[], others: Enrolment[]): boolean {
  const named = (enrolments: Enrolment[]) =>
    enrolments.map(({ patchId, digest }) => `${patchId} ${digest ?? ''}`).sort();
  return canonical(named(some)) === canonical(named(others));
}

function rowsOf(machines: PlannedVm[], waves: Record<string, number>, order: Map<string, number>): PlannedRun['rows'] {
  return machines.flatMap(({ vmId, vmName, patches }, index) =>
    patches.map((patch) => ({
      ...patch,
      vmId,
      vmName,
      wave: waves[vmId] ?? 1,
      position: order.get(vmId) ?? index,
    })),
  );
}
