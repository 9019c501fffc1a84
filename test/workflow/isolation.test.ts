// Culprit isolation over days: one for all patches of a set, resumed where it stood, and over by its deadline whatever hangs (I1, I5, I10).
// The stand-ins keep rows in memory and decide as the real activities do; machines and Azure are tested elsewhere.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import { nextStep, type Trial } from '../../domain/bisection.js';
import { runSettledSignal } from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import {
  day,
  environment,
  lifecycleDesk,
  startTimeSkipping,
  stopTimeSkipping,
  suite,
  withWorker,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

const set = ['KB1', 'KB2', 'KB3'];
const hour = 3600_000;

interface World {
  isolationId: string;
  trials: (Trial & { runKey: string })[];
  open: string[] | null;
  enrolled: boolean;
  ended: 'named' | 'givenUp' | null;
  calls: string[];
  activities: Stub;
}

/** KB1 fails alone. `settle`: what becomes of a trial's run. `passed`: categories that passed beside the one that failed. */
function world(name: string, settle: 'atOnce' | 'never' | 'late', passed: string[] = []): World {
  const isolationId = `isolation/${name}`;
  const { calls, activities } = lifecycleDesk(true);
  const made: World = { isolationId, trials: [], open: null, enrolled: false, ended: null, calls, activities };
  const step = () => nextStep({ patchIds: set, suspects: [], trials: made.trials, trialsMax: 24 });
  const tests = [
    ...passed.map((category) => ({ category, verdict: 'passed' as const, reasons: [] })),
    { category: 'file', verdict: 'failed' as const, reasons: ['sick'] },
  ];
  Object.assign(activities, {
    readTests: async () => tests,
    tiersOf: async ({ categories }) => [categories],
    requestDecision: async ({ patchId, category }) => {
      calls.push(`${patchId} asked for ${category}`);
      return { asked: null, reason: 'of the test' };
    },
    beginIsolations: async () => {
      const deadline = new Date(
        (await environment.currentTimeMs()) + (name === 'hanging' ? 5 * hour : 2 * day),
      ).toISOString();
      return [{ category: 'file', isolationId, deadline }];
    },
    readIsolation: async ({ patchId }) => {
      if (made.ended === null) return null;
      const isNamed = made.ended === 'givenUp' || patchId === 'KB1';
      return { category: 'file', verdict: isNamed ? 'failed' : 'passed', reasons: [made.ended] };
    },
    giveUpIsolation: async () => {
      calls.push('given up');
      made.ended ??= 'givenUp';
    },
    nextTrial: async () => {
      const next = step();
      if (made.open === null && next.kind !== 'try') made.ended ??= next.kind === 'named' ? 'named' : 'givenUp';
      if (made.ended !== null)
        return { kind: 'ended', status: made.ended, detail: '', notify: set.map((id) => `patch/${name}/${id}`) };
      if (made.open === null && next.kind === 'try') made.open = next.patchIds;
      const machines = [
        {
          vmId: `${name}-vm`,
          vmName: 'file-stg-01',
          standing: made.trials.at(-1)?.verdict === 'passed' ? 'changed' : 'before',
        },
      ];
      return { kind: 'trial', number: made.trials.length + 1, what: 'a trial', enrolled: made.enrolled, machines };
    },
    startTrial: async ({ number }) => {
      calls.push(`trial ${number}: ${made.open?.join(' + ')}`);
      made.enrolled = true;
      const runKey = `run-${number}`;
      if (settle === 'atOnce')
        await environment.client.workflow.getHandle(isolationId).signal(runSettledSignal, { runKey });
      return { runKey, deadline: new Date((await environment.currentTimeMs()) + hour).toISOString() };
    },
    rescueRun: async () => {
      calls.push('rescued');
      return settle === 'never' ? { alive: true, settled: false } : { alive: false, settled: true };
    },
    judgeTrial: async ({ number }) => {
      const patchIds = made.open ?? [];
      const verdict = settle === 'never' ? 'inconclusive' : patchIds.includes('KB1') ? 'failed' : 'passed';
      made.trials.push({ patchIds, verdict, runKey: `run-${number}` });
      made.open = null;
      made.enrolled = false;
    },
    performStep: async ({ step: wanted }) => {
      calls.push(wanted);
      return { kind: 'succeeded' };
    },
    admitReturn: async () => ({ kind: 'admitted', patches: [] }),
    settleReturn: async () => ({ problem: null }),
    tellIsolation: async () => void calls.push('told'),
    closePatch: async ({ patchId, stage }) => void calls.push(`${patchId} ${stage}`),
  } satisfies Stub);
  return made;
}

/** The lifecycles of these patches at once; `meanwhile` acts while they go on. */
async function lifecycles(
  name: string,
  made: World,
  patchIds: string[],
  meanwhile: () => Promise<void> = async () => {},
  { workflow }: Client = environment.client,
): Promise<LifecycleResult[]> {
  return withWorker(name, made.activities, async () => {
    const handles = await Promise.all(
      patchIds.map((patchId) =>
        workflow.start<(input: unknown) => Promise<LifecycleResult>>('patchLifecycle', {
          taskQueue: name,
          workflowId: `patch/${name}/${patchId}`,
          args: [{ patchId, requestedBy: ['kim'] }],
        }),
      ),
    );
    await meanwhile();
    return Promise.all(handles.map((handle) => handle.result()));
  });
}

/** This server skips no time any more when a workflow is killed whose activity is still running. */
async function untilItSleeps(workflowId: string): Promise<void> {
  const handle = environment.client.workflow.getHandle(workflowId);
  const sleeps = async () => {
    const history = await handle.fetchHistory().catch(() => null);
    return history?.events?.some((event) => (event.timerStartedEventAttributes ?? null) !== null) === true;
  };
  while (!(await sleeps())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const trialsIn = ({ calls }: World) => calls.filter((call) => call.startsWith('trial'));

suite('a set that failed', () => {
  test('keeps no category waiting that passed', async () => {
    const made = world('beside', 'late', ['web']);
    const [result] = await lifecycles('beside', made, ['KB2']);
    const { calls } = made;
    expect(calls.indexOf('KB2 asked for web')).toBeLessThan(calls.indexOf('rescued'));
    expect(calls.indexOf('KB2 asked for file')).toBeGreaterThan(calls.lastIndexOf('rescued'));
    expect(result?.detail).toContain('web: notOffered');
    expect(result?.detail).toContain('file: notOffered');
  }, 60_000);

  test('whose isolation is killed goes on with the trial that was open, and repeats none', async () => {
    const made = world('killed', 'late');
    made.trials.push({ patchIds: ['KB1'], verdict: 'failed', runKey: 'run-1' });
    const [result] = await lifecycles('killed', made, ['KB2'], async () => {
      await untilItSleeps(made.isolationId);
      await environment.client.workflow.getHandle(made.isolationId).terminate('as a crash would');
    });
    expect(trialsIn(made)).toEqual(['trial 2: KB2 + KB3', 'trial 2: KB2 + KB3']);
    expect(made.trials.map((trial) => trial.patchIds.length)).toEqual([1, 2]);
    // Its machine was as it should be: nothing is prepared a second time.
    expect(made.calls.filter((call) => call === 'assess')).toHaveLength(1);
    expect(result?.detail).toContain('file: notOffered');
  }, 60_000);

  test('whose trials never settle names nobody and lets nobody go on', async () => {
    const made = world('stuck', 'never');
    const [result] = await lifecycles('stuck', made, ['KB2']);
    expect(result?.stage).toBe('failedTest');
    expect(made.calls).toContain('told');
    expect(trialsIn(made)).toHaveLength(2);
    expect(made.calls.filter((call) => call === 'rescued')).toHaveLength(6);
    expect(made.calls.some((call) => call.includes('asked'))).toBe(false);
  }, 60_000);

  test('whose isolation hangs is given up at its deadline', async () => {
    const made = world('hanging', 'late');
    Object.assign(made.activities, {
      startTrial: async () => ({
        runKey: 'run',
        deadline: new Date((await environment.currentTimeMs()) + 30 * day).toISOString(),
      }),
    } satisfies Stub);
    const [result] = await lifecycles('hanging', made, ['KB2']);
    expect(result?.stage).toBe('failedTest');
    expect(made.calls).toContain('given up');
  }, 60_000);

  test('sends a machine back before the next trial when the last one left something on it', async () => {
    const made = world('return', 'atOnce');
    made.trials.push({ patchIds: ['KB2'], verdict: 'passed', runKey: 'run-1' });
    await lifecycles('return', made, ['KB2']);
    expect(made.calls.slice(0, 7)).toEqual([
      'deallocate',
      'restoreDisk',
      'swapDisk',
      'start',
      expect.stringContaining('AfterUnwind'),
      expect.stringContaining('AfterUnwind'),
      'trial 2: KB1',
    ]);
  }, 60_000);

  test('is taken apart once for all its patches: the culprit ends, the others are asked for', async () => {
    // This server's skipping of time does not survive a child that is started already: nothing here has to wait.
    const plain = new Client({ connection: environment.connection });
    const made = world('together', 'atOnce');
    const results = await lifecycles('together', made, set, async () => {}, plain);
    expect(trialsIn(made)).toEqual(['trial 1: KB1', 'trial 2: KB2 + KB3']);
    expect(results.map((one) => one.stage)).toEqual(['failedTest', 'incomplete', 'incomplete']);
    expect(made.calls.filter((call) => call.includes('asked')).toSorted()).toEqual([
      'KB2 asked for file',
      'KB3 asked for file',
    ]);
  }, 60_000);
});
