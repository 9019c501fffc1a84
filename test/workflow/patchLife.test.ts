// What becomes of rollouts and lifecycles whose patch is superseded, revised or held, over weeks (I5, I10, I11).
// The sleeps end half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Review } from '../../activities/review.js';
import { decideSignal, newsSignal, rolloutStateQuery } from '../../workflows/messages.js';
import type { LifecycleResult } from '../../workflows/patchLifecycle.js';
import type { RolloutResult } from '../../workflows/rollout.js';
import {
  day,
  decision,
  desk,
  environment,
  lifecycleDesk,
  lifecycleStory,
  type start,
  startTimeSkipping,
  stopTimeSkipping,
  story,
  suite,
  withWorker,
  type Desk,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

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

  test('is taken out of a run that has not begun does not wait for its end, of which nobody would hint', async () => {
    const made = withLife(desk([{ kind: 'incomplete', installed: 0, remaining: ['vm-1'], reasons: [] }]), {
      enrol: ['enrolled', 'superseded'],
    });
    Object.assign(made.activities, {
      stillEnrolled: async () => void made.calls.push('looked for its enrolment'),
      rescueRun: async () => {
        made.calls.push('deadline');
        return { alive: false, settled: true };
      },
    } satisfies Stub);
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('20 minutes');
      await handle.signal(newsSignal);
    });
    expect(result.kind).toBe('superseded');
    expect(made.calls.slice(-2)).toEqual(['looked for its enrolment', 'refused canary: superseded']);
    expect(made.calls).not.toContain('deadline');
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
  const result = await lifecycleStory(made, patchId, async (handle) => {
    await environment.sleep('36 hours');
    await handle.signal(newsSignal);
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
    const args: [unknown] = [{ patchId: 'MANUAL-1', requestedBy: ['kim'] }];
    const result = await withWorker(taskQueue, activities, () =>
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
