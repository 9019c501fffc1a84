// The waits of a rollout, weeks of them, on a server that skips time: reminders, expiry, deferral, tiers and halts (I5, I10).
// The activities are stand-ins that record what they were asked: what they do for real is tested elsewhere.
// The sleeps end half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComputedDue, PatchUrgency } from '../../activities/urgency.js';
import {
  computeAgainSignal,
  decideSignal,
  dueMovedSignal,
  haltChoiceSignal,
  rolloutStateQuery,
  tierOpenSignal,
} from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import {
  approveFor,
  day,
  decision,
  desk,
  environment,
  haltChoice,
  lifecycleDesk,
  lifecycleStory,
  startTimeSkipping,
  stopTimeSkipping,
  story,
  suite,
  untilAsked,
  withWorker,
  type Desk,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

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
      // What is no signed choice is passed over.
      await handle.signal('haltChoice', { choice: 'askAgain', by: 'riley', reason: 'mended' });
      await handle.signal('haltChoice', ['end']);
      await handle.signal('haltChoice');
      await handle.signal(haltChoiceSignal, haltChoice('askAgain'));
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

  test('a tier that somebody says is open waits until rows and engine say so too', async () => {
    const made = desk([]);
    let looks = 0;
    made.activities.tierOpens = async () => {
      looks += 1;
      return { open: looks > 3, reasons: ['infra goes first'] };
    };
    const result = await story(made, false, async (handle) => {
      await handle.signal(tierOpenSignal);
      await handle.signal(decideSignal, decision('approve'));
      await environment.sleep('25 minutes');
      expect((await handle.query(rolloutStateQuery)).stage).toBe('awaitingTier');
      expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
    });
    expect([result.kind, looks]).toEqual(['deployed', 4]);
  }, 60_000);

  test('an answer to an earlier request decides nothing of what is asked now, whenever it comes again', async () => {
    const made = desk([]);
    const until = new Date((await environment.currentTimeMs()) + 2 * day).toISOString();
    // The inventory tells of a decision that it knows which request it decided.
    made.activities.recordDecision = async ({ received }) => {
      const { decisionId, verdict, deferUntil } = received as ReturnType<typeof decision>;
      const requestId = decisionId === 'second' ? 'r2' : 'r1';
      return { decisionId, requestId, accepted: true, reasons: [], verdict, deferUntil };
    };
    const first = { ...decision('defer', until), decisionId: 'first' };
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, first);
      await environment.sleep('49 hours');
      // The same signed approval again, while the second request waits.
      await handle.signal(decideSignal, { ...first, verdict: 'approve' });
      await environment.sleep('1 hour');
      expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
      await handle.signal(decideSignal, { ...decision('reject'), decisionId: 'second' });
    });
    expect(result.kind).toBe('rejected');
  }, 60_000);

  test('messages of any shape and size stop no story', async () => {
    const made = desk([]);
    const received: unknown[] = [];
    const { recordDecision } = made.activities;
    made.activities.reviewRollout = async () => ({ kind: 'goesOn' });
    made.activities.recordDecision = async (input) => {
      received.push(input.received);
      const isDecision =
        typeof input.received === 'object' && input.received !== null && 'decisionId' in input.received;
      if (isDecision) return recordDecision?.(input);
      return { decisionId: '', requestId: null, accepted: false, reasons: ['no'], verdict: 'reject', deferUntil: null };
    };
    const result = await story(made, true, async (handle) => {
      for (const name of ['decide', 'runSettled', 'dueMoved', 'haltChoice', 'news'])
        for (const message of [null, 7, 'approve', ['approve'], { tier: 'P0', dueAt: 'soon' }, 'x'.repeat(150_000)])
          await handle.signal(name, message);
      await handle.signal('decide');
      await handle.signal(decideSignal, decision('reject'));
    });
    expect(result.kind).toBe('rejected');
    expect(received).toContainEqual({ tooLong: 150_000, begins: 'x'.repeat(300) });
    expect(Math.max(...received.map((one) => JSON.stringify(one ?? null).length))).toBeLessThan(2000);
  }, 60_000);
});

async function lifecycleWithDeferral(made: Desk, patchId: string): Promise<LifecycleResult> {
  return lifecycleStory(made, patchId, async () => {
    await untilAsked(made, 2);
    const until = new Date((await environment.currentTimeMs()) + 10 * day).toISOString();
    const web = environment.client.workflow.getHandle(`rollout/${patchId}/web`);
    await web.signal(decideSignal, { ...decision('defer', until), patchId });
    await approveFor(patchId, 'app');
    await environment.sleep('4.5 days');
    made.calls.push('days later');
    await environment.sleep('6 days');
    await approveFor(patchId, 'web');
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
    await withWorker(taskQueue, made.activities, async () => {
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
        return { rows: 1, changed: 0, patches: [{ patchId: 'KB404', ...moved }], moved: ['KB404'] };
      },
      urgencyOf: async (): Promise<PatchUrgency> => ({ patchId: 'KB404', ...moved, categories: [] }),
      tellMoves: async () => {
        calls.push('moves');
        return { patches: [] };
      },
      tellAlarms: async () => {
        calls.push('alarms');
        return { overdue: 0, inDanger: 0 };
      },
      sweepWaivers: async () => {
        calls.push('waivers');
        return { attended: 0 };
      },
      sweepChanges: async () => {
        calls.push('changes');
        return { open: 0 };
      },
      sweepEmergencies: async () => {
        calls.push('emergencies');
        return { attended: 0 };
      },
      sweepTwins: async () => {
        calls.push('twins');
        return { attended: 0 };
      },
    };
    const result = await withWorker(taskQueue, activities, () =>
      environment.client.workflow.execute<() => Promise<ComputedDue>>('urgencyAudit', { taskQueue, workflowId: id }),
    );
    expect(result.moved).toEqual(['KB404']);
    const once = ['computed', 'moves', 'alarms', 'waivers', 'changes', 'emergencies', 'twins'];
    expect(calls).toEqual([...once, ...once]);
  }, 60_000);
});
