// The waits of a rollout, weeks of them, on a server that skips time: reminders, expiry, deferral, tiers and halts (I5, I10).
// The activities are stand-ins that record what they were asked: what they do for real is tested elsewhere.
// The sleeps end half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  Runtime,
  Worker,
  bundleWorkflowCode,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import type { ComputedDue, PatchUrgency } from '../../activities/urgency.js';
import type { RingOutcome } from '../../domain/ringOutcome.js';
import type { SignedDecision } from '../../domain/decision.js';
import { findTimeSkippingServer } from '../../scripts/timeSkippingServer.js';
import { workflowsPath } from '../../workers/worker.js';
import {
  computeAgainSignal,
  decideSignal,
  dueMovedSignal,
  haltChoiceSignal,
  rolloutStateQuery,
  tierOpenSignal,
} from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import type { RolloutResult } from '../../workflows/rollout.js';

const path = findTimeSkippingServer();
if (path === null) {
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error('the time-skipping server is missing: CI fetches it before the tests');
  console.warn('skipped: no time-skipping server (it needs Maven and Java)');
}
const suite = path === null ? describe.skip : describe;
const day = 24 * 3600 * 1000;
let environment: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  if (path === null) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const start = () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  // The SDK gives the server five seconds; a busy machine needs a second try.
  [environment, workflowBundle] = await Promise.all([
    start().catch(start),
    bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  ]);
  const [keyword, datetime] = [2, 6];
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is not exported to us; 2 is its KEYWORD, 6 its DATETIME
    searchAttributes: { Stage: keyword, PatchId: keyword, Category: keyword, Tier: keyword, DueAt: datetime },
  });
}, 120_000);

afterAll(async () => {
  await environment?.teardown();
});

type Stub = Partial<{ [K in keyof Activities]: (...args: Parameters<Activities[K]>) => unknown }>;

interface Desk {
  calls: string[];
  activities: Stub;
}

/** Asks for 14 days, reminds daily, unless the path of an urgent patch says otherwise; every signed decision stands. */
function desk(rings: RingOutcome[], deferralBlocks = true, path = { days: 14, remindEverySeconds: 86_400 }): Desk {
  const calls: string[] = [];
  const now = () => environment.currentTimeMs();
  const activities: Stub = {
    requestDecision: async () => {
      calls.push('asked');
      const expiresAt = new Date((await now()) + path.days * day).toISOString();
      return {
        asked: {
          requestId: `r${calls.length}`,
          digest: 'd',
          expiresAt,
          remindEverySeconds: path.remindEverySeconds,
          deferralBlocks,
          machines: 3,
        },
        reason: '',
      };
    },
    recordDecision: async (input) => {
      const decision = input.received as SignedDecision;
      return {
        decisionId: decision.decisionId,
        accepted: true,
        reasons: [],
        verdict: decision.verdict,
        deferUntil: decision.deferUntil,
      };
    },
    remindApprovers: async () => void calls.push('reminded'),
    expireRequest: async () => {
      calls.push('expired');
      return 'expired';
    },
    approvedRings: async () => ['canary', 'broad'],
    enrolRing: async (input) => {
      calls.push(`enrolled ${input.ring}`, `${input.category} deploys`);
      return { runKey: `run-${calls.length}`, deadline: new Date((await now()) + 3600_000).toISOString() };
    },
    readRing: async () => rings.shift() ?? { kind: 'healthy', installed: 1 },
    rescueRun: async () => ({ alive: false, settled: true }),
    tellHalt: async () => void calls.push('halt told'),
  };
  return { calls, activities };
}

let count = 0;

async function story(
  made: Desk,
  tierOpen: boolean,
  act: (handle: Awaited<ReturnType<typeof start>>) => Promise<void>,
): Promise<RolloutResult> {
  count += 1;
  const taskQueue = `rollout-${count}`;
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle,
    activities: made.activities,
  });
  return worker.runUntil(async () => {
    const handle = await start(taskQueue, tierOpen);
    await act(handle);
    return handle.result();
  });
}

function start(taskQueue: string, tierOpen: boolean) {
  const args: [unknown] = [{ patchId: 'KB1', category: 'web', requestedBy: ['kim'], tierOpen }];
  return environment.client.workflow.start<(input: unknown) => Promise<RolloutResult>>('rollout', {
    taskQueue,
    workflowId: `rollout/KB1/web/${taskQueue}`,
    args,
  });
}

function decision(verdict: 'approve' | 'defer' | 'reject', deferUntil: string | null = null): SignedDecision {
  return {
    decisionId: verdict,
    patchId: 'KB1',
    category: 'web',
    verdict,
    justification: 'tested in staging',
    deferUntil,
    digest: 'd',
    by: 'riley',
    at: new Date().toISOString(),
    signature: 's',
  };
}

suite('a rollout', () => {
  test('reminds every day, expires after two weeks, and approves nothing by silence', async () => {
    const made = desk([]);
    const result = await story(made, true, async () => {});
    expect(result.kind).toBe('expired');
    expect(made.calls.filter((call) => call === 'reminded').length).toBeGreaterThanOrEqual(12);
    expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
  }, 60_000);

  test('of an urgent patch reminds and expires sooner, and approves nothing by silence either', async () => {
    const made = desk([], true, { days: 2, remindEverySeconds: 4 * 3600 });
    const result = await story(made, true, async () => {});
    expect(result.kind).toBe('expired');
    // Two days by four hours: with the times of every other request it would be once, or for two weeks.
    const reminded = made.calls.filter((call) => call === 'reminded').length;
    expect(reminded).toBeGreaterThanOrEqual(10);
    expect(reminded).toBeLessThanOrEqual(12);
    expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
  }, 60_000);

  test('deploys ring after ring once approved', async () => {
    const made = desk([]);
    const result = await story(made, true, (handle) => handle.signal(decideSignal, decision('approve')));
    expect(result).toEqual({ kind: 'deployed', detail: '2 machines' });
    expect(made.calls.filter((call) => call.startsWith('enrolled'))).toEqual(['enrolled canary', 'enrolled broad']);
  }, 60_000);

  test('does not touch the next ring when one halts; unanswered, it ends halted and told', async () => {
    const made = desk([{ kind: 'halted', installed: 0, reasons: ['web-1 failed'], remaining: [] }]);
    const result = await story(made, true, (handle) => handle.signal(decideSignal, decision('approve')));
    expect(result.kind).toBe('halted');
    expect(made.calls).toContain('halt told');
    expect(made.calls).not.toContain('enrolled broad');
  }, 60_000);

  test('asks for a new decision when a person chooses so after a halt', async () => {
    const made = desk([{ kind: 'halted', installed: 0, reasons: ['web-1 failed'], remaining: [] }]);
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, decision('approve'));
      await handle.signal(haltChoiceSignal, { choice: 'askAgain', by: 'riley', reason: 'mended' });
      await environment.sleep('36 hours');
      await handle.signal(decideSignal, decision('reject'));
    });
    expect(result.kind).toBe('rejected');
    expect(made.calls.filter((call) => call === 'asked')).toHaveLength(2);
  }, 60_000);

  test('a deferral asks again at its date', async () => {
    const made = desk([]);
    const until = new Date((await environment.currentTimeMs()) + 30 * day).toISOString();
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, decision('defer', until));
      await environment.sleep('30.5 days');
      await handle.signal(decideSignal, decision('approve'));
    });
    expect(result.kind).toBe('deployed');
    expect(made.calls.filter((call) => call === 'asked')).toHaveLength(2);
  }, 60_000);

  test('an approved later tier waits until the earlier ones are done', async () => {
    const made = desk([]);
    const result = await story(made, false, async (handle) => {
      await handle.signal(decideSignal, decision('approve'));
      await environment.sleep('60 hours');
      expect((await handle.query(rolloutStateQuery)).stage).toBe('awaitingTier');
      expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
      await handle.signal(tierOpenSignal);
    });
    expect(result.kind).toBe('deployed');
  }, 60_000);
});

/** A lifecycle of two tiers, web before app; everything before the rollout is done at once. */
function lifecycleDesk(deferralBlocks: boolean): Desk {
  const made = desk([], deferralBlocks);
  const passed = ['web', 'app'].map((category) => ({ category, verdict: 'passed', reasons: [] }));
  Object.assign(made.activities, {
    notifyPatch: async () => ({ owners: 1, approvers: 1 }),
    fetchContent: async () => ({ kind: 'ready' }),
    enrolStaging: async () => [],
    readTests: async () => passed,
    recordImpact: async () => {},
    tiersOf: async () => [['web'], ['app']],
    urgencyOf: async (): Promise<PatchUrgency | null> => ({
      patchId: 'KB',
      tier: 'P0',
      dueAt: '2026-12-01T00:00:00.000Z',
      categories: [{ category: 'web', tier: 'P0', dueAt: '2026-12-01T00:00:00.000Z' }],
    }),
    verifyFleet: async () => ({ authorised: 2, present: 2, absent: [] }),
    closePatch: async () => {},
  } satisfies Stub);
  return made;
}

/** Until so many rollouts have asked, watched at the stand-ins. */
async function untilAsked(made: Desk, times: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (made.calls.filter((call) => call === 'asked').length >= times) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`only this was asked: ${made.calls.join(', ')}`);
}

async function lifecycleWithDeferral(made: Desk, patchId: string): Promise<LifecycleResult> {
  const taskQueue = `lifecycle-${patchId}`;
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle,
    activities: made.activities,
  });
  return worker.runUntil(async () => {
    const { workflow } = environment.client;
    const handle = await workflow.start<(input: unknown) => Promise<LifecycleResult>>('patchLifecycle', {
      taskQueue,
      workflowId: `patch/${patchId}`,
      args: [{ patchId, requestedBy: ['kim'] }],
    });
    const rollout = (category: string) => workflow.getHandle(`rollout/${patchId}/${category}`);
    await untilAsked(made, 2);
    const until = new Date((await environment.currentTimeMs()) + 10 * day).toISOString();
    await rollout('web').signal(decideSignal, { ...decision('defer', until), patchId });
    await rollout('app').signal(decideSignal, { ...decision('approve'), patchId, category: 'app' });
    await environment.sleep('4.5 days');
    made.calls.push('days later');
    await environment.sleep('6 days');
    await rollout('web').signal(decideSignal, { ...decision('approve'), patchId });
    return handle.result();
  });
}

suite('a lifecycle whose first tier is deferred', () => {
  test('keeps the second one waiting', async () => {
    const made = lifecycleDesk(true);
    expect(await lifecycleWithDeferral(made, 'KB10')).toMatchObject({ stage: 'verified' });
    expect(made.calls.indexOf('app deploys')).toBeGreaterThan(made.calls.indexOf('days later'));
  }, 60_000);

  test('lets the second one go on where policy says so', async () => {
    const made = lifecycleDesk(false);
    expect(await lifecycleWithDeferral(made, 'KB11')).toMatchObject({ stage: 'verified' });
    expect(made.calls.indexOf('app deploys')).toBeLessThan(made.calls.indexOf('days later'));
    expect(made.calls.indexOf('web deploys')).toBeGreaterThan(made.calls.indexOf('days later'));
  }, 60_000);
});

suite('the urgency of a patch', () => {
  const attributes = async (workflowId: string) => {
    const { typedSearchAttributes } = await environment.client.workflow.getHandle(workflowId).describe();
    return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  };
  const moved = { tier: 'P1', dueAt: '2026-12-24T00:00:00.000Z' };

  test('stands on its stories, is there from their start, and moves with its deadline', async () => {
    const made = lifecycleDesk(true);
    const taskQueue = 'urgency-of-stories';
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle,
      activities: made.activities,
    });
    await worker.runUntil(async () => {
      const { workflow } = environment.client;
      const handle = await workflow.start<(input: unknown) => Promise<LifecycleResult>>('patchLifecycle', {
        taskQueue,
        workflowId: 'patch/KB20',
        args: [{ patchId: 'KB20', requestedBy: ['kim'] }],
      });
      await untilAsked(made, 2);
      expect(await attributes('rollout/KB20/web')).toMatchObject({
        Tier: 'P0',
        DueAt: new Date('2026-12-01T00:00:00.000Z'),
      });
      expect(await attributes('rollout/KB20/app')).not.toHaveProperty('Tier');
      for (const workflowId of ['patch/KB20', 'rollout/KB20/web', 'rollout/KB20/app'])
        await workflow.getHandle(workflowId).signal(dueMovedSignal, moved);
      await workflow.getHandle('rollout/KB20/app').signal(dueMovedSignal, { tier: 'P4', dueAt: null });
      for (const category of ['web', 'app'])
        await workflow
          .getHandle(`rollout/KB20/${category}`)
          .signal(decideSignal, { ...decision('reject'), patchId: 'KB20', category });
      await handle.result();
      const expected = { Tier: 'P1', DueAt: new Date(moved.dueAt) };
      expect(await attributes('patch/KB20')).toMatchObject(expected);
      expect(await attributes('rollout/KB20/web')).toMatchObject(expected);
      expect(await attributes('rollout/KB20/app')).toMatchObject({ Tier: 'P4' });
      expect(await attributes('rollout/KB20/app')).not.toHaveProperty('DueAt');
    });
  }, 60_000);

  test('is computed again when facts come while it is computed, and told after each computation', async () => {
    const calls: string[] = [];
    const taskQueue = 'urgency-audit';
    const id = 'urgency/of-the-test';
    const activities: Stub = {
      computeDue: async (): Promise<ComputedDue> => {
        calls.push('computed');
        if (calls.length === 1) await environment.client.workflow.getHandle(id).signal(computeAgainSignal);
        return { rows: 1, changed: 0, patches: [{ patchId: 'KB404', ...moved, categories: [] }], moved: ['KB404'] };
      },
      tellMoves: async () => {
        calls.push('moves');
        return { patches: [] };
      },
      tellAlarms: async () => {
        calls.push('alarms');
        return { overdue: 0, inDanger: 0 };
      },
    };
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle,
      activities,
    });
    const result = await worker.runUntil(
      environment.client.workflow.execute<() => Promise<ComputedDue>>('urgencyAudit', { taskQueue, workflowId: id }),
    );
    expect(result.moved).toEqual(['KB404']);
    expect(calls).toEqual(['computed', 'moves', 'alarms', 'computed', 'moves', 'alarms']);
  }, 60_000);
});
