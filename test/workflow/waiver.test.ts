// Months of a waiver on a server that skips time: reminders, expiry, an answer that never comes, a revocation in between (I5, I10).
// The inventory is a stand-in; which moment is due is decided by the real function.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waiverMoment, type PatchWaiver } from '../../domain/patchWaiver.js';
import { waiverChangedSignal } from '../../workflows/messages.js';
import { someWaiver } from '../support/facts.js';
import {
  day,
  environment,
  startTimeSkipping,
  stopTimeSkipping,
  suite,
  withWorker,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

interface Desk {
  /** `<day> <what was due>` of each look, and the cycles that were started. */
  calls: string[];
  waiver: PatchWaiver;
  activities: Stub;
}

async function desk(days: number, change: Partial<PatchWaiver> = {}): Promise<Desk> {
  const begun = await environment.currentTimeMs();
  const iso = (after: number) => new Date(begun + after * day).toISOString();
  const made: Desk = {
    calls: [],
    waiver: someWaiver({ requestedAt: iso(0), askedUntil: iso(2), decidedAt: iso(0), until: iso(days), ...change }),
    activities: {},
  };
  made.activities = {
    attendWaiver: async () => {
      const now = new Date(await environment.currentTimeMs()).toISOString();
      const { due } = waiverMoment(made.waiver, now);
      made.calls.push(`${Math.round((Date.parse(now) - begun) / day)} ${due?.kind ?? made.waiver.status}`);
      if (due?.kind === 'over' || due?.kind === 'unanswered') made.waiver = { ...made.waiver, status: 'expired' };
      const { status, patchId, category, decidedBy } = made.waiver;
      return {
        status,
        patchId,
        category,
        about: 'KB5070884 for web',
        reopened: decidedBy !== null && (status === 'expired' || status === 'revoked'),
        nextAt: waiverMoment(made.waiver, now).nextAt,
      };
    },
    sweepRuns: async () => {
      made.calls.push('cycle');
      throw new Error('its end is not looked at');
    },
  };
  return made;
}

let count = 0;

async function story(made: Desk, act: (handle: Awaited<ReturnType<typeof start>>) => Promise<void> = async () => {}) {
  count += 1;
  const taskQueue = `waiver-${count}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await start(taskQueue);
    await act(handle);
    const result = await handle.result();
    const cycle = environment.client.workflow.getHandle('cycle/unasked');
    const isStarted = await cycle.describe().then(
      () => true,
      () => false,
    );
    if (isStarted) await cycle.terminate().catch(() => {});
    return { ...result, isStarted };
  });
}

function start(taskQueue: string) {
  return environment.client.workflow.start<(input: unknown) => Promise<{ status: string }>>('patchWaiver', {
    taskQueue,
    workflowId: `waiver/${taskQueue}`,
    args: [{ waiverId: 'w1' }],
  });
}

suite('a waiver', () => {
  test('that nobody approves expires, after a reminder, and nothing was waived', async () => {
    const made = await desk(30, { status: 'asked', decidedBy: null, decidedAt: null });
    expect(await story(made)).toEqual({ status: 'expired', isStarted: false });
    expect(made.calls).toEqual(['0 askedFor', '1 askedAgain', '2 unanswered']);
  }, 60_000);

  test('that is replaced ends without a word: the new one has a timer of its own', async () => {
    const made = await desk(90);
    const result = await story(made, async (handle) => {
      await environment.sleep('1 day');
      made.waiver = { ...made.waiver, status: 'replaced' };
      await handle.signal(waiverChangedSignal);
    });
    expect(result).toEqual({ status: 'replaced', isStarted: false });
  }, 60_000);

  test('that was revoked tells at once, and the patch is due again', async () => {
    const made = await desk(90);
    const result = await story(made, async (handle) => {
      await environment.sleep('10 days');
      made.waiver = { ...made.waiver, status: 'revoked' };
      await handle.signal(waiverChangedSignal);
    });
    expect(result).toEqual({ status: 'revoked', isStarted: true });
    expect(made.calls.filter((one) => one !== 'cycle').slice(-1)).toEqual(['10 revoked']);
  }, 60_000);

  test('reminds a week and a day before its end, expires, and starts a cycle; signals that mean nothing move no end', async () => {
    const made = await desk(180);
    const result = await story(made, async (handle) => {
      await environment.sleep('100 days');
      await handle.signal(waiverChangedSignal);
    });
    expect(result).toEqual({ status: 'expired', isStarted: true });
    const looks = made.calls.filter((one) => one !== 'cycle');
    expect(looks.slice(-3)).toEqual(['173 endsInAWeek', '179 endsInADay', '180 over']);
    expect(looks.slice(0, -3).every((one) => one.endsWith('approved'))).toBe(true);
  }, 60_000);
});
