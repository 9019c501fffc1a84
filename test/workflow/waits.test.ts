// The waits of a rollout, weeks of them, on a server that skips time: reminders, expiry, deferral, tiers and halts (I5, I10).
// The activities are stand-ins that record what they were asked: what they do for real is tested elsewhere.
// The sleeps end half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import type { RingOutcome } from '../../domain/ringOutcome.js';
import type { SignedDecision } from '../../domain/decision.js';
import { decideSignal, haltChoiceSignal, rolloutStateQuery, tierOpenSignal } from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import type { RolloutResult } from '../../workflows/rollout.js';
import { environment, suite, workflowBundle, type Stub } from '../support/timeSkipping.js';

const day = 24 * 3600 * 1000;

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
