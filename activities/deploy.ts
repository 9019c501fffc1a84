// Enrolling in maintenance runs and reading what became of it. Signals are hints: these activities read the rows.

import { ringOutcome, withoutWaived, type RingOutcome } from '../domain/ringOutcome.js';
import type { Environment, Vm } from '../domain/vm.js';
import { closedManifestStates, type Enrolment, type Run } from '../domain/run.js';
import type { WindowRule } from '../domain/policy.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { WindowOccurrence } from '../ports/policy.js';
import { membersOf } from './arrivals.js';
import { standingOrWhy } from './automatic.js';
import { changeProblems, endChanges, keepChange } from './changes.js';
import { emergencyTimes } from './emergencyRun.js';
import { givenUp, notReady } from './failures.js';
import { livesOf } from './patchLife.js';
import { tellAhead } from './maintenanceNotices.js';
import { emergencyFor } from './overrides.js';
import type { Ports } from './ports.js';
import { doubtUnsoaked } from './soak.js';
import { waivedOf } from './waived.js';
import { withdrawnFor } from './withdraw.js';

export interface Enrolled {
  runKey: string;
  /** ISO instant after which the run must have settled, or somebody has to look. */
  deadline: string;
}

/** The patch's own life speaks against the ring now: `held` may go on later, the others end the rollout. */
export interface NotEnrolled {
  refused: 'held' | 'superseded' | 'revised' | 'withdrawn';
  reasons: string[];
}

export function createDeployActivities(ports: Ports) {
  const { runs, decisions } = ports.inventory;

  return {
    /** Enrols one ring's share of an approved patch in the next window. I11: a superseded patch begins no ring. */
    async enrolRing(input: {
      patchId: string;
      category: string;
      ring: string;
      digest: string;
      vmIds: string[] | null;
      notifyWorkflowId: string;
    }): Promise<Enrolled | NotEnrolled> {
      const place = `${input.category}, ring ${input.ring}`;
      const withdrawn = await withdrawnFor(ports, input);
      if (withdrawn !== null) {
        await ports.inventory.patches.setStage(input.patchId, 'rollingOut', `${place}: ${withdrawn}`);
        return { refused: 'withdrawn', reasons: [withdrawn] };
      }
      const { approval, problems } = await standingOrWhy(ports, input.patchId, input.category);
      // By rule: what speaks against it now may be over later, and those who decide are reminded until then.
      if (problems.length > 0) return { refused: 'held', reasons: problems };
      if (approval === null || approval.request.digest !== input.digest)
        throw givenUp(`nothing approved for ${input.patchId} in ${input.category} has digest ${input.digest}`);
      const ring = approval.request.subject.rings.find((candidate) => candidate.name === input.ring);
      if (ring === undefined) throw givenUp(`ring ${input.ring} is not in what was approved`);
      const lives = await livesOf(ports, { patchIds: [input.patchId], category: input.category, ring: input.ring });
      const life = lives.get(input.patchId);
      if (life !== undefined && life.kind !== 'open') {
        const told = `${place}: ${life.kind}: ${life.reasons.join('; ')}`;
        await ports.inventory.patches.setStage(input.patchId, 'rollingOut', told);
        return { refused: life.kind, reasons: life.reasons };
      }
      const change = await keepChange(ports, input);
      if (change !== null) await endChanges(ports, { patchId: input.patchId, category: input.category }, change);
      const untaken = await changeProblems(ports, change);
      if (untaken.length > 0) {
        await ports.inventory.patches.setStage(input.patchId, 'rollingOut', `${place}: held: ${untaken.join('; ')}`);
        return { refused: 'held', reasons: untaken };
      }
      await ports.inventory.patches.setStage(input.patchId, 'rollingOut', place);
      const share = {
        patchId: input.patchId,
        category: input.category,
        digest: input.digest,
        decisionId: approval.decision.decisionId,
        vmIds: await shareOf(approval.request, ring, input.vmIds),
        notifyWorkflowId: input.notifyWorkflowId,
      };
      const enrolled =
        (await enrolOutside(ports, approval.request.subject.windowRule, input.ring, share)) ??
        (await enrolIn(ports, 'production', input.category, input.ring, share));
      // Owners of a run that opens soon hear at once. Whatever keeps that from being told holds up no maintenance: the next look tells it.
      await tellAhead(ports, [enrolled.runKey]).catch(() => undefined);
      await keepChange(ports, input);
      return enrolled;
    },

    /** Whether the run still has anything to do for the patch: it may have been withdrawn, and then nobody hints at its end. */
    async stillEnrolled(input: { runKey: string; patchId: string }): Promise<boolean> {
      const run = await runs.run(input.runKey);
      if (run === null || run.status === 'settled') return false;
      if (run.status === 'open')
        return (await runs.enrolments(input.runKey)).some((enrolment) => enrolment.patchId === input.patchId);
      const rows = await runs.manifest({ runKey: input.runKey });
      return rows.some((row) => row.patchId === input.patchId && !closedManifestStates.has(row.state));
    },

    async readRing(input: { patchId: string; category: string; ring: string; digest: string }): Promise<RingOutcome> {
      const request = await decisions.request(input.patchId, input.category);
      const ring = request?.subject.rings.find((candidate) => candidate.name === input.ring);
      if (request === null || request.digest !== input.digest || ring === undefined)
        throw givenUp(`ring ${input.ring} of ${input.patchId} is not in what was approved`);
      const prefix = `maintenance/production/${input.category}/${input.ring}/`;
      const { vmIds, dropped } = await membersOf(ports, request, ring);
      const rows = (await runs.manifest({ patchId: input.patchId })).filter(
        (row) => row.runKey.startsWith(prefix) && vmIds.includes(row.vmId),
      );
      const waived = await waivedOf(ports, input.patchId, await machinesNamed(vmIds));
      const unawaited = new Map([...waived, ...dropped]);
      return ringOutcome(withoutWaived(vmIds, rows, unawaited), rows, ring.failureBudget);
    },

    /** Categories grouped by deployment tier, lowest first. */
    async tiersOf(input: { categories: string[] }): Promise<string[][]> {
      const policy = await ports.policy.current();
      const rules = policy.categories.filter((rule) => input.categories.includes(rule.name));
      const tiers = [...new Set(rules.map((rule) => rule.tier))].sort((a, b) => a - b);
      return tiers.map((tier) => rules.filter((rule) => rule.tier === tier).map((rule) => rule.name));
    },

    /** The run's row said nothing by its deadline: is its workflow alive? A dead one is settled as interrupted. */
    async rescueRun(runKey: string): Promise<{ alive: boolean; settled: boolean }> {
      const run = await runs.run(runKey);
      if (run === null || run.status === 'settled') return { alive: false, settled: true };
      if (await ports.engine.isRunning(runKey)) return { alive: true, settled: false };
      if (run.status === 'open') {
        await ports.engine.startRun(runKey);
        return { alive: await ports.engine.isRunning(runKey), settled: false };
      }
      const reason = 'the maintenance run ended without settling';
      await doubtUnsoaked(ports, run, reason);
      await runs.settleRun(runKey, 'interrupted', reason, ports.clock.now());
      return { alive: false, settled: true };
    },

    /** Rows of open runs whose workflow was never started (we died after the commit) are started. */
    async sweepRuns(): Promise<{ started: number }> {
      const waiting = (await runs.runs({ status: 'open' })).filter((run) => run.status === 'open');
      for (const run of waiting) await ports.engine.startRun(run.runKey);
      return { started: waiting.length };
    },
  };

  /** Of those that are left of the ring, whoever joined it may be enrolled again: the first time nobody has joined yet. */
  async function shareOf(
    request: DecisionRequest,
    ring: { name: string; vmIds: string[] },
    left: string[] | null,
  ): Promise<string[]> {
    if (left === null) return ring.vmIds;
    const { vmIds, dropped } = await membersOf(ports, request, ring);
    return vmIds.filter((vmId) => left.includes(vmId) && !dropped.has(vmId));
  }

  async function machinesNamed(vmIds: string[]): Promise<Vm[]> {
    const wanted = new Set(vmIds);
    return (await ports.inventory.fleet.vms({ existing: true })).filter((vm) => wanted.has(vm.vmId));
  }
}

/** Rows first, then the workflow: `closed` means the window was already planned, so the next one is taken. */
export async function enrolIn(
  ports: Ports,
  environment: Environment,
  category: string,
  ring: string,
  enrolment: Omit<Enrolment, 'runKey'>,
): Promise<Enrolled> {
  const policy = await ports.policy.current();
  const rule = policy.categories.find((candidate) => candidate.name === category);
  const window = policy.windows.find((candidate) => candidate.id === rule?.windows[environment]);
  if (rule === undefined || window === undefined)
    throw givenUp(`policy has no ${environment} window for category ${category}`);
  let after = ports.clock.now();
  let waiting = await waitingRun(ports, window, { environment, category, ring });
  for (let attempt = 0; attempt < enrolAttemptsMax; attempt += 1) {
    const { occurrence, ...times } = waiting ?? ports.windows.next(window, after);
    waiting = null;
    const answer = await ports.inventory.runs.enrol(
      { environment, category, ring, occurrence, ...times },
      enrolment,
      ports.clock.now(),
    );
    if (answer.kind === 'enrolled') {
      await ports.engine.startRun(answer.run.runKey, await tierOf(ports, environment, category, enrolment.patchId));
      return { runKey: answer.run.runKey, deadline: deadlineOf(answer.run, policy.limits, rule.soakSeconds) };
    }
    after = new Date(Math.max(Date.parse(times.planAt), Date.parse(after)) + 1000).toISOString();
  }
  throw givenUp(`no window of ${window.id} took the enrolment of ${enrolment.patchId}`, 'NoWindow');
}

/**
 * A run of an ever open window that is not planned yet: who comes a moment later joins it, so that what arrives together is tested and installed
 * together. Windows of the calendar have one next occurrence for everybody anyway.
 */
async function waitingRun(
  ports: Ports,
  window: WindowRule,
  { environment, category, ring }: Pick<Run, 'environment' | 'category' | 'ring'>,
): Promise<WindowOccurrence | null> {
  if (window.kind !== 'always') return null;
  const now = Date.parse(ports.clock.now());
  const open = (await ports.inventory.runs.runs({ status: 'open' })).find(
    (run) =>
      run.environment === environment &&
      run.category === category &&
      run.ring === ring &&
      run.occurrence.startsWith(`${window.id}@`) &&
      run.control === 'run' &&
      Date.parse(run.planAt) > now,
  );
  if (open === undefined) return null;
  const { occurrence, planAt, opensAt, closesAt } = open;
  return { occurrence, planAt, opensAt, closesAt };
}

/** Outside of its window, where an emergency lets it (I2); null: it goes in its window. */
async function enrolOutside(
  ports: Ports,
  windowRule: string,
  ring: string,
  enrolment: Omit<Enrolment, 'runKey'>,
): Promise<Enrolled | null> {
  const { patchId, category } = enrolment;
  const emergencyId = await emergencyFor(ports, { patchId, category, windowRule });
  if (emergencyId === null) return null;
  const { limits, emergency } = await ports.policy.current();
  const now = ports.clock.now();
  const times = await emergencyTimes(ports, { category, ring, patchId }, emergency, now);
  const answer = await ports.inventory.runs.enrol(
    { environment: 'production', category, ring, ...times },
    enrolment,
    now,
  );
  if (answer.kind === 'closed') throw notReady('the emergency run is being planned', 5);
  const { runKey } = answer.run;
  await ports.inventory.emergencies.use(emergencyId, runKey, `enrolled outside of window ${windowRule}`, now);
  await ports.engine.startRun(runKey, mostUrgentTier);
  return { runKey, deadline: deadlineOf(answer.run, limits) };
}

/** Undefined where nothing is stored: its tasks then stand in the middle of the queue. */
async function tierOf(
  ports: Ports,
  environment: Environment,
  category: string,
  patchId: string,
): Promise<string | undefined> {
  const groups = await ports.inventory.due.groups({
    now: ports.clock.now(),
    patchIds: [patchId],
    environment,
    category,
  });
  return groups[0]?.tier;
}

const enrolAttemptsMax = 20;
/** An emergency waits behind nothing. */
const mostUrgentTier = 'P0';

/** `soakSeconds`: of a staging run, which is probed while it soaks. */
export function deadlineOf(
  run: Run,
  limits: { sessionMinutesMax: number; settleGraceMinutes: number },
  soakSeconds = 0,
): string {
  const soaking = run.environment === 'staging' && soakSeconds > 0 ? soakSeconds / 60 + soakProbingMinutes : 0;
  const minutes = limits.sessionMinutesMax + limits.settleGraceMinutes + soaking;
  return new Date(Date.parse(run.closesAt) + minutes * 60_000).toISOString();
}

/** How long the probes at the end of a soak may take. */
const soakProbingMinutes = 30;
