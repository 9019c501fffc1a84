// What becomes of a rollout whose decision is taken back, at every place where it may wait (I1, I5, I9, I10).
// The sleeps end half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WithdrawalAnswer } from '../../activities/withdraw.js';
import {
  decideSignal,
  rolloutStateQuery,
  runSettledSignal,
  withdrawSignal,
  withdrawUpdate,
} from '../../workflows/messages.js';
import {
  approveFor,
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
  untilAsked,
  withdrawal,
  type Desk,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

type Handle = Awaited<ReturnType<typeof start>>;
const approve = (handle: Handle) => handle.signal(decideSignal, decision('approve'));
const enrolments = (made: Desk) => made.calls.filter((call) => call.startsWith('enrolled'));
const asked = (made: Desk) => made.calls.filter((call) => call === 'asked').length;
const withdrawn = { kind: 'withdrawn', detail: 'withdrawn by riley: the vendor mails of crashes' };

/** The rows refuse what was withdrawn, as the real ones do. */
function withRows(made: Desk, change: Stub = {}): Desk {
  const { enrolRing } = made.activities;
  const rows: Stub = {
    enrolRing: async (input) => {
      if (!made.calls.includes('withdrawn')) return enrolRing?.(input);
      made.calls.push(`refused ${input.ring}`);
      return { refused: 'withdrawn', reasons: [withdrawn.detail] };
    },
    reviewRollout: async () => {
      made.calls.push('looked');
      return { kind: 'goesOn' };
    },
  };
  return { ...made, activities: { ...made.activities, ...rows, ...change } };
}

/** What a stand-in answers to each withdrawal. */
function answering(change: Partial<WithdrawalAnswer>): () => Promise<WithdrawalAnswer> {
  return async () => ({
    withdrawalId: 'w1',
    requestId: 'r1',
    accepted: true,
    reasons: [],
    kind: 'approval',
    machines: null,
    detail: withdrawn.detail,
    nextAt: null,
    ...change,
  });
}

suite('a rollout whose approval is withdrawn', () => {
  test('while it waits for an earlier tier ends at once, and enrols nothing', async () => {
    const made = withRows(desk([]));
    const result = await story(made, false, async (handle) => {
      await approve(handle);
      await environment.sleep('60 hours');
      expect(await handle.executeUpdate(withdrawUpdate, { args: [withdrawal()] })).toMatchObject({
        accepted: true,
        kind: 'approval',
        machines: { spared: 2 },
      });
    });
    expect(result).toEqual(withdrawn);
    expect(enrolments(made)).toEqual([]);
  }, 60_000);

  test('before its ring is planned does not wait for that run, of which nobody would hint', async () => {
    const made = withRows(desk([{ kind: 'incomplete', installed: 0, remaining: ['vm-1'], reasons: [] }]));
    Object.assign(made.activities, {
      stillEnrolled: async () => false,
      rescueRun: async () => {
        made.calls.push('deadline');
        return { alive: false, settled: true };
      },
    } satisfies Stub);
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('20 minutes');
      await handle.signal(withdrawSignal, withdrawal());
    });
    expect(result).toEqual(withdrawn);
    expect(made.calls).not.toContain('deadline');
    expect(enrolments(made)).toEqual(['enrolled canary']);
  }, 60_000);

  test('while a ring runs waits until what has begun there is over, and begins no other', async () => {
    const made = withRows(desk([{ kind: 'healthy', installed: 1 }]));
    let runKey = '';
    const { enrolRing } = made.activities;
    Object.assign(made.activities, {
      enrolRing: async (input) => {
        const enrolled = (await enrolRing?.(input)) as { runKey: string };
        runKey = enrolled.runKey;
        return enrolled;
      },
      stillEnrolled: async () => true,
    } satisfies Stub);
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('20 minutes');
      await handle.executeUpdate(withdrawUpdate, { args: [withdrawal()] });
      await environment.sleep('10 minutes');
      expect((await handle.query(rolloutStateQuery)).stage).toBe('withdrawn');
      await handle.signal(runSettledSignal, { runKey });
    });
    expect(result).toEqual(withdrawn);
    expect(enrolments(made)).toEqual(['enrolled canary']);
    expect(made.calls).toContain('refused broad');
  }, 60_000);

  test('in its last ring, of which some machines failed, ends withdrawn and asks nobody what to do with a halt', async () => {
    const made = withRows(
      desk([
        { kind: 'healthy', installed: 1 },
        { kind: 'halted', installed: 0, reasons: ['web-2 failed'], remaining: [] },
      ]),
      { stillEnrolled: async () => true },
    );
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('90 minutes');
      await handle.signal(withdrawSignal, withdrawal());
    });
    expect(result).toEqual(withdrawn);
    expect(made.calls).not.toContain('halt told');
  }, 60_000);

  test('while a known issue holds it, or after a halt, waits for neither', async () => {
    const held = withRows(desk([]));
    Object.assign(held.activities, {
      enrolRing: async () =>
        held.calls.includes('withdrawn')
          ? { refused: 'withdrawn', reasons: [withdrawn.detail] }
          : { refused: 'held', reasons: ['a known issue'] },
      remindOfHold: async () => {},
    } satisfies Stub);
    const halted = withRows(desk([{ kind: 'halted', installed: 0, reasons: ['web-1 failed'], remaining: [] }]));
    for (const made of [held, halted]) {
      const result = await story(made, true, async (handle) => {
        await approve(handle);
        await environment.sleep('60 hours');
        await handle.signal(withdrawSignal, withdrawal());
      });
      expect(result.kind).toBe('withdrawn');
      expect(asked(made)).toBe(1);
    }
    expect(halted.calls).toContain('halt told');
  }, 60_000);

  test('in the moment of the approval installs nothing', async () => {
    const made = withRows(desk([]));
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, decision('approve'));
      await handle.signal(withdrawSignal, withdrawal());
    });
    expect(result.kind).toBe('withdrawn');
    expect(enrolments(made).length).toBeLessThanOrEqual(1);
  }, 60_000);
});

suite('a withdrawal', () => {
  test('that is refused, or that was of an earlier request, changes nothing', async () => {
    const made = withRows(desk([]));
    for (const change of [{ accepted: false, kind: null }, { requestId: 'r0' }]) {
      made.activities.recordWithdrawal = answering(change);
      const result = await story(made, false, async (handle) => {
        await approve(handle);
        await environment.sleep('12 hours');
        for (const message of [withdrawal(), null, 7, ['x'], 'x'.repeat(150_000)])
          await handle.signal('withdraw', message);
        await environment.sleep('48 hours');
        expect((await handle.query(rolloutStateQuery)).stage).toBe('awaitingTier');
        await handle.signal('tierOpen');
      });
      expect(result.kind).toBe('deployed');
    }
  }, 60_000);

  test('of a deferral has it asked again at once', async () => {
    const made = withRows(desk([]), { recordWithdrawal: answering({ kind: 'deferral' }) });
    const until = new Date((await environment.currentTimeMs()) + 30 * day).toISOString();
    const result = await story(made, true, async (handle) => {
      await handle.signal(decideSignal, decision('defer', until));
      await environment.sleep('36 hours');
      await handle.signal(withdrawSignal, withdrawal());
      await environment.sleep('12 hours');
      expect(asked(made)).toBe(2);
      await approve(handle);
    });
    expect(result.kind).toBe('deployed');
  }, 60_000);

  test('of one of several approvals leaves the request waiting, to its expiry', async () => {
    const attendAt = new Date((await environment.currentTimeMs()) + 3.5 * day).toISOString();
    const made = withRows(desk([]), {
      recordDecision: async () => {
        const vote = { accepted: true, complete: false, left: ['one is missing'], nextAt: null, requestId: 'r1' };
        return { decisionId: 'approve', reasons: [], verdict: 'approve', deferUntil: null, ...vote };
      },
      recordWithdrawal: answering({ kind: 'vote', nextAt: attendAt }),
      attendRequest: async () => {
        made.calls.push('attended');
        return { nextAt: null };
      },
    });
    const result = await story(made, true, async (handle) => {
      await approve(handle);
      await environment.sleep('36 hours');
      await handle.signal(withdrawSignal, withdrawal());
    });
    expect(result.kind).toBe('expired');
    // The step that it was given for waits again, and is escalated again.
    expect(made.calls.filter((call) => call === 'attended')).toHaveLength(1);
    expect(enrolments(made)).toEqual([]);
  }, 60_000);

  test('of every category ends the patch as withdrawn', async () => {
    const made = lifecycleDesk(true);
    made.activities = withRows(made).activities;
    const closed: string[] = [];
    Object.assign(made.activities, {
      tiersOf: async () => [['web']],
      readTests: async () => [{ category: 'web', verdict: 'passed', reasons: [] }],
      verifyFleet: async () => ({ authorised: 0, present: 1, absent: [] }),
      closePatch: async ({ stage }) => void closed.push(stage),
      enrolRing: async () => ({ refused: 'withdrawn', reasons: [withdrawn.detail] }),
      recordWithdrawal: answering({}),
    } satisfies Stub);
    const result = await lifecycleStory(made, 'KB30', async () => {
      await untilAsked(made, 1);
      await approveFor('KB30', 'web');
      const rollout = environment.client.workflow.getHandle('rollout/KB30/web');
      await rollout.signal(withdrawSignal, { ...withdrawal(), patchId: 'KB30' });
    });
    expect(result).toMatchObject({ stage: 'withdrawn', detail: expect.stringContaining('withdrawn by riley') });
    expect(closed).toEqual(['withdrawn']);
  }, 60_000);
});
