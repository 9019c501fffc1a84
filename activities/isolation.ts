// Culprit isolation as rows: begun once for each staging run that failed, each trial a staging run of its own, judged by its rows, ended once.
// Asked again after a crash, every step goes on from what is stored.

import { nextStep, type BisectionStep } from '../domain/bisection.js';
import {
  isolatedVerdicts,
  isolationGroups,
  isolationIdOf,
  trialVerdict,
  type Isolation,
  type IsolationTrial,
  type Standing,
} from '../domain/isolation.js';
import { runKeyOf, type RunTimes } from '../domain/run.js';
import { stagingVerdicts, type CategoryTest } from '../domain/stageTest.js';
import { keepChecked, withChecklist } from './checklists.js';
import { categoryRule, tellApprovers } from './concerned.js';
import { deadlineOf, type Enrolled } from './deploy.js';
import { givenUp } from './failures.js';
import { standingNow } from './isolationReturn.js';
import type { Ports } from './ports.js';
import { saveTest } from './savedTest.js';
import type { StagingTrial } from './stageTest.js';
import { recordTest } from './testRecord.js';

export interface BegunIsolation {
  category: string;
  isolationId: string;
  /** ISO instant by which it has ended, or is given up. */
  deadline: string;
}

export type NextTrial =
  | { kind: 'ended'; status: string; detail: string; notify: string[] }
  | {
      kind: 'trial';
      number: number;
      /** A sentence. */
      what: string;
      /** In its run already: the machines are as they should be. */
      enrolled: boolean;
      machines: { vmId: string; vmName: string; standing: Standing['kind'] }[];
    };

export function createIsolationActivities(ports: Ports) {
  const { isolations, runs, patches } = ports.inventory;

  async function required(isolationId: string): Promise<Isolation> {
    const held = await isolations.isolation(isolationId);
    if (held === null) throw givenUp(`${isolationId} is not in the inventory`);
    return held;
  }

  return {
    /** Sets of more than one patch that failed with this one; those of its categories that passed go on meanwhile. */
    async beginIsolations(input: {
      patchId: string;
      trials: StagingTrial[];
      tests: CategoryTest[];
    }): Promise<BegunIsolation[]> {
      const { isolation, limits } = await ports.policy.current();
      const begun: BegunIsolation[] = [];
      if (!isolation.enabled) return begun;
      for (const { category, runKey } of input.trials) {
        const isFailed = input.tests.some((test) => test.category === category && test.verdict === 'failed');
        if (runKey === null || !isFailed) continue;
        const held = await begin(runKey, category, input.patchId, isolation);
        if (held === null) continue;
        const grace = (limits.sessionMinutesMax + limits.settleGraceMinutes) * 60_000;
        const deadline = new Date(Date.parse(held.until) + grace).toISOString();
        begun.push({ category, isolationId: held.isolationId, deadline });
      }
      const passed = input.tests.some((test) => test.verdict === 'passed');
      const where = begun.map((one) => one.category).join(', ');
      if (begun.length > 0 && !passed)
        await patches.setStage(input.patchId, 'inTest', `its set failed in ${where}: isolating the culprit`);
      return begun;
    },

    /** The trial that is open, or the next one that the rows ask for; without one it ends. */
    async nextTrial(isolationId: string): Promise<NextTrial> {
      const held = await required(isolationId);
      if (held.status !== 'running') return ended(held);
      const open = held.trials.filter((trial) => trial.verdict === null);
      if (open.length > 0) return described(held, open);
      const steps = stepsOf(held);
      const number = Math.max(0, ...held.trials.map((trial) => trial.number)) + 1;
      const startedAt = ports.clock.now();
      const wanted = steps.flatMap((step, group) =>
        step.kind === 'try' ? [{ number, group, patchIds: step.patchIds, startedAt }] : [],
      );
      if (wanted.length === 0 || !(startedAt < held.until)) return ended(await conclude(held, steps));
      await isolations.openTrials(isolationId, wanted);
      const after = await required(isolationId);
      return described(
        after,
        after.trials.filter((trial) => trial.number === number),
      );
    },

    /** Enrolled as every staging run is, with all its gates. Null: no group's machines are where the trial has to begin. */
    async startTrial({ isolationId, number }: { isolationId: string; number: number }): Promise<Enrolled | null> {
      const held = await required(isolationId);
      const mine = held.trials.filter((trial) => trial.number === number && trial.verdict === null);
      const { policy, rule } = await categoryRule(ports, held.category);
      const key = mine.find((trial) => trial.runKey !== null)?.runKey ?? (await enrolTrial(held, number, mine));
      const run = key === null ? null : await runs.run(key);
      if (run === null) return null;
      await ports.engine.startRun(run.runKey);
      return { runKey: run.runKey, deadline: deadlineOf(run, policy.limits, rule.soakSeconds) };
    },

    /** By the rows alone; a run that never settled says nothing (I5). */
    async judgeTrial({ isolationId, number }: { isolationId: string; number: number }): Promise<void> {
      const held = await required(isolationId);
      for (const trial of held.trials) {
        if (trial.number !== number || trial.verdict !== null) continue;
        const end = await judged(held, trial);
        await isolations.closeTrial(isolationId, trial, { ...end, at: ports.clock.now() });
      }
    },

    /** What it says of the patch; null while it goes on. */
    async readIsolation(input: { patchId: string; isolationId: string }): Promise<CategoryTest | null> {
      const { status, category, verdicts, detail } = await required(input.isolationId);
      if (status === 'running') return null;
      const mine = verdicts.find((one) => one.patchId === input.patchId);
      const reasons = mine?.reasons ?? [detail];
      if (mine?.verdict === 'failed') return { category, verdict: 'failed', reasons };
      if (mine?.verdict === 'passed') {
        const place = { runKey: mine.runKey, category };
        return keepChecked(ports, place, await withChecklist(ports, place, mine));
      }
      return {
        category,
        verdict: 'failed',
        reasons: [`its set failed, and isolation named nobody: ${reasons.join('; ')}`],
      };
    },

    /** Those who decide for the category hear who was named, or that somebody has to look. */
    async tellIsolation(isolationId: string): Promise<void> {
      const { category, status, detail, verdicts, runKey, patchIds } = await required(isolationId);
      const named = verdicts.filter((one) => one.verdict === 'failed').map((one) => one.patchId);
      const who = named.length === 0 ? 'nobody for certain' : named.join(', ');
      await tellApprovers(ports, {
        kind: 'isolation',
        patchId: named[0] ?? patchIds[0] ?? '',
        category,
        subject:
          status === 'named'
            ? `${category}: isolation named ${who}`
            : `${category}: isolation named ${who}: somebody has to look`,
        lines: [
          `${patchIds.join(', ')} failed together in ${runKey}.`,
          ...verdicts.map(({ patchId, verdict, reasons }) => `${patchId}: ${[verdict, ...reasons].join(': ')}`),
          ...(status === 'named' ? [] : [detail]),
          `Every trial: patchline test isolation ${runKey}`,
        ],
        occasion: isolationId,
      });
    },

    /** Past its deadline: what is proven stands, nobody else goes on. */
    async giveUpIsolation(isolationId: string): Promise<void> {
      const held = await required(isolationId);
      if (held.status === 'running') await conclude(held, stepsOf(held));
    },
  };

  async function begin(
    runKey: string,
    category: string,
    patchId: string,
    { trialsMax, daysMax }: { trialsMax: number; daysMax: number },
  ): Promise<Isolation | null> {
    const held = await isolations.isolation(isolationIdOf(runKey));
    if (held !== null) return held.patchIds.includes(patchId) ? held : null;
    const rows = await runs.manifest({ runKey });
    const groups = isolationGroups(rows, await servicingStacks(rows.map((row) => row.patchId)));
    if (!groups.some(({ patchIds }) => patchIds.length > 1 && patchIds.includes(patchId))) return null;
    // What the failed run said comes before what isolation says of the same patches, whenever their lifecycles read it.
    for (const found of stagingVerdicts(rows))
      if (groups.some(({ patchIds }) => patchIds.includes(found.patchId)))
        await saveTest(ports, { runKey, category }, found, rows);
    const startedAt = ports.clock.now();
    return isolations.begin({
      isolationId: isolationIdOf(runKey),
      runKey,
      category,
      patchIds: [...new Set(groups.flatMap((group) => group.patchIds))].sort(),
      groups,
      trialsMax,
      until: new Date(Date.parse(startedAt) + daysMax * 24 * 3600_000).toISOString(),
      startedAt,
    });
  }

  /** Others need them. */
  async function servicingStacks(patchIds: string[]): Promise<Set<string>> {
    const records = await Promise.all([...new Set(patchIds)].map((patchId) => patches.patch(patchId)));
    return new Set(records.flatMap((one) => (one?.patch.kind === 'servicingStack' ? [one.patch.patchId] : [])));
  }

  async function described(held: Isolation, open: IsolationTrial[]): Promise<NextTrial> {
    const machines = open.flatMap((trial) => held.groups[trial.group]?.machines ?? []);
    const standing = await Promise.all(machines.map(({ vmId }) => standingNow(ports, held, vmId)));
    const sets = open.map(({ patchIds, group }) => `${patchIds.join(' + ')} on ${namesOf(held, group)}`);
    const number = open[0]?.number ?? 0;
    return {
      kind: 'trial',
      number,
      what: `Trial ${number}, at most ${held.trialsMax}: ${sets.join('; ')}`,
      enrolled: open.some((trial) => trial.runKey !== null),
      machines: machines.map((machine, place) => ({ ...machine, standing: standing[place]?.kind ?? 'lost' })),
    };
  }

  async function ended(held: Isolation): Promise<NextTrial> {
    const enrolments = await runs.enrolments(held.runKey);
    const notify = [...new Set(enrolments.map((enrolment) => enrolment.notifyWorkflowId))];
    return { kind: 'ended', status: held.status, detail: held.detail, notify };
  }

  /** A trial that cannot begin from the state before the set is over without a result. Returns the run that holds the others. */
  async function enrolTrial(held: Isolation, number: number, open: IsolationTrial[]): Promise<string | null> {
    const ready: IsolationTrial[] = [];
    for (const trial of open) {
      const reasons = await notReadyReasons(held, trial.group);
      if (reasons.length === 0) ready.push(trial);
      else
        await isolations.closeTrial(held.isolationId, trial, {
          verdict: 'inconclusive',
          reasons,
          at: ports.clock.now(),
        });
    }
    if (ready.length === 0) return null;
    const identity = {
      environment: 'staging' as const,
      category: held.category,
      ring: `isolation-${number}`,
      // Of the failed run: two of them never share a trial.
      occurrence: held.runKey.slice(held.runKey.lastIndexOf('/') + 1),
    };
    const times = await trialTimes(held);
    for (const patchId of new Set(ready.flatMap((trial) => trial.patchIds))) {
      const groups = ready.filter((trial) => trial.patchIds.includes(patchId)).map((trial) => held.groups[trial.group]);
      await runs.enrol(
        { ...identity, ...times },
        {
          patchId,
          category: held.category,
          digest: null,
          decisionId: null,
          vmIds: groups.flatMap((group) => group?.machines ?? []).map((machine) => machine.vmId),
          notifyWorkflowId: held.isolationId,
        },
        // Before its planning time, however long this takes and however often: its workflow is started when all are enrolled.
        ready[0]?.startedAt ?? ports.clock.now(),
      );
    }
    await isolations.enrolTrials(held.isolationId, number, runKeyOf(identity));
    return runKeyOf(identity);
  }

  async function notReadyReasons(held: Isolation, group: number): Promise<string[]> {
    const machines = held.groups[group]?.machines ?? [];
    const found = await Promise.all(machines.map(({ vmId }) => standingNow(ports, held, vmId)));
    return found.flatMap((standing, place) => {
      const { vmName } = machines[place] ?? { vmName: 'a machine' };
      if (standing.kind === 'before') return [];
      return [`${vmName}: ${standing.kind === 'lost' ? standing.reason : 'it could not go back to its restore point'}`];
    });
  }

  /** The window that the test before had, while enough of it is left; then the next one. */
  async function trialTimes(held: Isolation): Promise<RunTimes> {
    const { policy, rule } = await categoryRule(ports, held.category);
    const keys = [held.runKey, ...held.trials.flatMap((trial) => trial.runKey ?? [])];
    const before = await runs.runs({ runKeys: keys });
    const now = Date.parse(ports.clock.now());
    const closesAt = Math.max(...before.map((run) => Date.parse(run.closesAt)));
    const minutes = policy.limits.sessionMinutesMax + policy.limits.settleGraceMinutes;
    if (now + minutes * 60_000 < closesAt) {
      const opensAt = new Date(now + 1000).toISOString();
      return { planAt: opensAt, opensAt, closesAt: new Date(closesAt).toISOString() };
    }
    const window = policy.windows.find((candidate) => candidate.id === rule.windows.staging);
    if (window === undefined) throw givenUp(`policy has no staging window for category ${held.category}`);
    const { planAt, opensAt, closesAt: end } = ports.windows.next(window, ports.clock.now());
    return { planAt, opensAt, closesAt: end };
  }

  async function judged(held: Isolation, trial: IsolationTrial) {
    const group = held.groups[trial.group];
    const run = trial.runKey === null ? null : await runs.run(trial.runKey);
    if (run === null || run.status !== 'settled' || group === undefined)
      return { verdict: 'inconclusive' as const, reasons: ['its run has not settled'] };
    const rows = await runs.manifest({ runKey: run.runKey });
    await recordTest(ports, run.runKey, rows);
    return trialVerdict(rows, group, trial.patchIds);
  }

  /** Test results first, then the end: whoever reads that it ended finds them. */
  async function conclude(held: Isolation, steps: BisectionStep[]): Promise<Isolation> {
    const rows = await runs.manifest({ runKey: held.runKey });
    const verdicts = isolatedVerdicts(held, steps, rows);
    for (const { runKey, ...found } of verdicts) {
      if (found.verdict === 'inconclusive' || runKey === held.runKey) continue;
      const proof = await runs.manifest({ runKey });
      const checked = await withChecklist(ports, { runKey, category: held.category }, found);
      await saveTest(ports, { runKey, category: held.category }, checked.found, proof);
    }
    const open = steps.flatMap((step) => (step.kind === 'named' ? [] : [reasonOf(step)]));
    return isolations.end(held.isolationId, {
      status: open.length === 0 ? 'named' : 'inconclusive',
      detail: [...told(verdicts), ...open, ...(open.length === 0 ? [] : lastReasons(held))].join('; '),
      verdicts,
      at: ports.clock.now(),
    });
  }
}

function stepsOf({ groups, trials, trialsMax }: Isolation): BisectionStep[] {
  return groups.map(({ patchIds, suspects }, place) =>
    nextStep({
      patchIds,
      suspects,
      trialsMax,
      trials: trials.flatMap(({ group, verdict, patchIds: tried }) =>
        group === place && verdict !== null ? [{ patchIds: tried, verdict }] : [],
      ),
    }),
  );
}

function told(verdicts: Isolation['verdicts']): string[] {
  const of = (wanted: string) => verdicts.filter((one) => one.verdict === wanted);
  const named = of('failed').map(({ patchId, reasons }) => `${patchId} ${reasons.join('; ')}`);
  const passed = of('passed').map((one) => one.patchId);
  return passed.length === 0 ? named : [...named, `${passed.join(' + ')} passed without it`];
}

function reasonOf(step: BisectionStep): string {
  return step.kind === 'inconclusive' ? step.reasons.join('; ') : 'it did not end in time';
}

function lastReasons({ trials }: Isolation): string[] {
  return trials.findLast((trial) => trial.verdict === 'inconclusive')?.reasons ?? [];
}

function namesOf({ groups }: Isolation, group: number): string {
  return (groups[group]?.machines ?? []).map((machine) => machine.vmName).join(', ');
}
