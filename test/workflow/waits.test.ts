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
import type { Review } from '../../activities/review.js';
import type { RingOutcome } from '../../domain/ringOutcome.js';
import type { SignedDecision } from '../../domain/decision.js';
import { findTimeSkippingServer } from '../../scripts/timeSkippingServer.js';
import { workflowsPath } from '../../workers/worker.js';
import {
  decideSignal,
  haltChoiceSignal,
  newsSignal,
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
  const keyword = 2;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is not exported to us; 2 is its KEYWORD
    searchAttributes: { Stage: keyword, PatchId: keyword, Category: keyword },
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

/** Asks for 14 days, reminds daily; every signed decision stands. */
function desk(rings: RingOutcome[], deferralBlocks = true): Desk {
  const calls: string[] = [];
  const now = () => environment.currentTimeMs();
  const activities: Stub = {
    requestDecision: async () => {
      calls.push('asked');
      const expiresAt = new Date((await now()) + 14 * day).toISOString();
      return {
        asked: {
          requestId: `r${calls.length}`,
          digest: 'd',
          expiresAt,
          remindEverySeconds: 86_400,
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

/** What the rows say of the patch's own life, as a stand-in answers it: the first of each list, then the last for good. */
function withLife(
  made: Desk,
  life: { review?: Review[]; enrol?: ('held' | 'superseded' | 'revised' | 'enrolled')[] },
): Desk {
  const next = <T>(list: T[], otherwise: T): T => (list.length > 1 ? list.shift() : list[0]) ?? otherwise;
  const { enrolRing } = made.activities;
  const enrol = life.enrol ?? [];
  return Object.assign(made, {
    activities: {
      ...made.activities,
      reviewRollout: async ({ phase }) => {
        made.calls.push(`looked, ${phase}`);
        return next(life.review ?? [], { kind: 'goesOn' });
      },
      enrolRing: async (input) => {
        const answer = next(enrol, 'enrolled');
        if (answer === 'enrolled') return enrolRing?.(input);
        made.calls.push(`refused ${input.ring}: ${answer}`);
        return { refused: answer, reasons: [`the patch is ${answer}`] };
      },
      remindOfHold: async ({ days }) => void made.calls.push(`reminded of day ${days}`),
    } satisfies Stub,
  });
}

suite('a rollout whose patch', () => {
  const approve = (handle: Awaited<ReturnType<typeof start>>) => handle.signal(decideSignal, decision('approve'));
  const gone: Review = { kind: 'superseded', detail: 'superseded by KB2' };
  const enrolments = (made: Desk) => made.calls.filter((call) => call.startsWith('enrolled'));

  test('is superseded while it awaits a decision ends at once, and nothing of it is enrolled', async () => {
    const made = withLife(desk([]), { review: [gone] });
    const result = await story(made, true, async (handle) => {
      await environment.sleep('36 hours');
      await handle.signal(newsSignal);
    });
    expect(result).toEqual({ kind: 'superseded', detail: 'superseded by KB2' });
    expect([enrolments(made), made.calls.includes('expired')]).toEqual([[], false]);
  }, 60_000);

  test('is asked again when its terms changed, and goes on when nothing did', async () => {
    const made = withLife(desk([]), {
      review: [{ kind: 'goesOn' }, { kind: 'askAgain', detail: 'restart: no → yes' }],
    });
    const result = await story(made, true, async (handle) => {
      for (const hours of ['12 hours', '36 hours', '36 hours']) {
        await environment.sleep(hours);
        if (made.calls.filter((call) => call === 'asked').length < 2) await handle.signal(newsSignal);
      }
      await approve(handle);
    });
    expect(result.kind).toBe('deployed');
    expect(made.calls.filter((call) => call === 'asked')).toHaveLength(2);
  }, 60_000);

  test('is superseded while it is deferred is not asked for again', async () => {
    const made = withLife(desk([]), { review: [gone] });
    const until = new Date((await environment.currentTimeMs()) + 30 * day).toISOString();
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, decision('defer', until));
      await environment.sleep('60 hours');
      await handle.signal(newsSignal);
    });
    expect(result.kind).toBe('superseded');
    expect(made.calls.filter((call) => call === 'asked')).toHaveLength(1);
  }, 60_000);

  test('is superseded between two rings finishes the one that has begun and starts no other (I11)', async () => {
    const made = withLife(desk([]), { enrol: ['enrolled', 'superseded'] });
    const result = await story(made, true, approve);
    expect(result).toEqual({
      kind: 'superseded',
      detail: 'ring broad: the patch is superseded; 1 machines before',
    });
    expect(enrolments(made)).toEqual(['enrolled canary']);
  }, 60_000);

  test('is superseded while it waits for an earlier tier, or for a choice after a halt, ends', async () => {
    const waiting = withLife(desk([]), { review: [gone] });
    const later = await story(waiting, false, async (handle) => {
      await approve(handle);
      await environment.sleep('60 hours');
      await handle.signal(newsSignal);
    });
    const halted = withLife(desk([{ kind: 'halted', installed: 0, reasons: ['web-1 failed'], remaining: [] }]), {
      review: [gone],
    });
    const chosen = await story(halted, true, async (handle) => {
      await approve(handle);
      await environment.sleep('36 hours');
      await handle.signal(newsSignal);
    });
    expect([later.kind, chosen.kind]).toEqual(['superseded', 'superseded']);
    expect(enrolments(waiting)).toEqual([]);
  }, 60_000);

  test('is held by a known issue waits, reminding, and goes on when it is let go', async () => {
    const made = withLife(desk([]), { enrol: ['enrolled', 'held', 'held', 'held', 'enrolled'] });
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('60 hours');
      expect((await handle.query(rolloutStateQuery)).stage).toBe('held');
      expect(enrolments(made)).toEqual(['enrolled canary']);
      await handle.signal(newsSignal);
    });
    expect(result).toEqual({ kind: 'deployed', detail: '2 machines' });
    expect(made.calls.filter((call) => call.startsWith('reminded of'))).toEqual([
      'reminded of day 1',
      'reminded of day 2',
    ]);
    expect(enrolments(made)).toEqual(['enrolled canary', 'enrolled broad']);
  }, 60_000);

  test('is held for ever ends unpatched, and said so daily', async () => {
    const made = withLife(desk([]), { enrol: ['held'] });
    const result = await story(made, true, approve);
    expect(result).toMatchObject({ kind: 'incomplete', detail: expect.stringContaining('held for 90 days') });
    expect(made.calls.filter((call) => call.startsWith('reminded of'))).toHaveLength(90);
    expect(enrolments(made)).toEqual([]);
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
    verifyFleet: async () => ({ authorised: 2, present: 2, absent: [] }),
    closePatch: async () => {},
    reviewLifecycle: async () => ({ review: { kind: 'goesOn' }, revisedAt: null }),
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

/** A lifecycle of one category whose test takes three days; `reviews` are what each look at the rows answers, the last for good. */
async function lifecycleWithNews(
  patchId: string,
  reviews: { review: Review; revisedAt: string | null }[],
  rollout: RolloutResult['kind'],
): Promise<{ calls: string[]; result: LifecycleResult }> {
  const made = lifecycleDesk(true);
  const { calls } = made;
  Object.assign(made.activities, {
    enrolStaging: async () => {
      calls.push('tested');
      const deadline = new Date((await environment.currentTimeMs()) + 3 * day).toISOString();
      return [{ category: 'web', runKey: `staging-${calls.length}`, deadline }];
    },
    readTests: async () => [{ category: 'web', verdict: 'passed', reasons: [] }],
    tiersOf: async () => [['web']],
    reviewLifecycle: async ({ phase }) => {
      calls.push(`looked, ${phase}`);
      return (reviews.length > 1 ? reviews.shift() : reviews[0]) ?? { review: { kind: 'goesOn' }, revisedAt: null };
    },
    requestDecision: async () => {
      calls.push('asked');
      return { asked: null, reason: 'by its own life', ...(rollout === 'notOffered' ? {} : { recalled: rollout }) };
    },
    closePatch: async ({ stage }) => void calls.push(`closed: ${stage}`),
  } satisfies Stub);
  const taskQueue = `lifecycle-${patchId}`;
  const { nativeConnection: connection } = environment;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities: made.activities });
  const result = await worker.runUntil(async () => {
    const handle = await environment.client.workflow.start<(input: unknown) => Promise<LifecycleResult>>(
      'patchLifecycle',
      { taskQueue, workflowId: `patch/${patchId}`, args: [{ patchId, requestedBy: ['kim'] }] },
    );
    await environment.sleep('36 hours');
    await handle.signal(newsSignal);
    return handle.result();
  });
  return { calls, result };
}

suite('a lifecycle', () => {
  const goesOn = { review: { kind: 'goesOn' as const }, revisedAt: null };

  test('whose patch is superseded in its test ends naming the successor, and asks nobody', async () => {
    const superseded = { review: { kind: 'superseded' as const, detail: 'superseded by KB2' }, revisedAt: null };
    const { calls, result } = await lifecycleWithNews('KB20', [goesOn, superseded], 'notOffered');
    expect(result).toEqual({ stage: 'superseded', detail: 'superseded by KB2' });
    expect(calls).toEqual(['looked, inTest', 'tested', 'looked, inTest', 'closed: superseded']);
  }, 60_000);

  test('whose patch was revised in its test tests it again', async () => {
    const at = '2026-11-24T12:00:00.000Z';
    const revised = { review: { kind: 'revised' as const, detail: 'changed' }, revisedAt: at };
    const known = { review: { kind: 'goesOn' as const }, revisedAt: at };
    const { calls, result } = await lifecycleWithNews('KB21', [goesOn, revised, known], 'notOffered');
    expect(result.stage).toBe('incomplete');
    expect(calls.filter((call) => call === 'tested')).toHaveLength(2);
  }, 60_000);

  test('of a patch that people install ends once it was announced, and nothing of it is ever enrolled', async () => {
    const { calls, activities } = lifecycleDesk(true);
    Object.assign(activities, {
      notifyPatch: async () => ({ owners: 1, approvers: 1, byHand: { machines: 2 } }),
      fetchContent: async () => void calls.push('content asked for'),
      closePatch: async ({ stage }) => void calls.push(`closed: ${stage}`),
    } satisfies Stub);
    const taskQueue = 'lifecycle-by-hand';
    const { nativeConnection: connection } = environment;
    const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });
    const args: [unknown] = [{ patchId: 'MANUAL-1', requestedBy: ['kim'] }];
    const result = await worker.runUntil(() =>
      environment.client.workflow.execute<(input: unknown) => Promise<LifecycleResult>>('patchLifecycle', {
        taskQueue,
        workflowId: 'patch/MANUAL-1',
        args,
      }),
    );
    expect(result.stage).toBe('byHand');
    expect(calls).toEqual(['closed: byHand']);
  }, 60_000);

  test('whose rollout is superseded is superseded itself', async () => {
    const { calls, result } = await lifecycleWithNews('KB22', [goesOn], 'superseded');
    expect(result.stage).toBe('superseded');
    expect(calls.slice(-2)).toEqual(['asked', 'closed: superseded']);
  }, 60_000);

  test('whose content changes without end gives up', async () => {
    const { calls, result } = await lifecycleWithNews('KB23', [goesOn], 'revised');
    expect(result).toEqual({ stage: 'incomplete', detail: 'the vendor changed its content 12 times' });
    expect(calls.filter((call) => call === 'tested')).toHaveLength(12);
  }, 60_000);
});
