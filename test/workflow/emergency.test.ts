// Hours of an emergency and the days of its review on a server that skips time: signed for, used, expired, reminded of, overdue, reviewed (I2, I10).
// The inventory is a stand-in; which moment is due is decided by the real function.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { emergencyMoment, type Emergency } from '../../domain/emergency.js';
import { emergencyChangedSignal, runSettledSignal } from '../../workflows/messages.js';
import { someEmergency } from '../support/facts.js';
import {
  environment,
  startTimeSkipping,
  stopTimeSkipping,
  suite,
  withWorker,
  type Stub,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

const hour = 3_600_000;

interface Desk {
  /** `<hour> <what was due>` of each look. */
  calls: string[];
  emergency: Emergency;
  /** What an activity finds in the rows of runs. */
  settled: boolean;
  activities: Stub;
}

async function desk(hours: number): Promise<Desk> {
  const begun = await environment.currentTimeMs();
  const iso = (after: number) => new Date(begun + after * hour).toISOString();
  const made: Desk = {
    calls: [],
    emergency: someEmergency({ requestedAt: iso(0), expiresAt: iso(hours) }),
    settled: false,
    activities: {},
  };
  const review = (now: string) => {
    if (made.emergency.reviewOpenedAt !== null) return;
    const due = new Date(Date.parse(now) + 72 * hour).toISOString();
    made.emergency = { ...made.emergency, reviewOpenedAt: now, reviewDueAt: due };
  };
  made.activities = {
    attendEmergency: async () => {
      const now = new Date(await environment.currentTimeMs()).toISOString();
      const kind = emergencyMoment(made.emergency, now).due?.kind ?? made.emergency.status;
      made.calls.push(`${Math.round((Date.parse(now) - begun) / hour)} ${kind}`);
      if (kind === 'expired') made.emergency = { ...made.emergency, status: 'ended' };
      if (kind === 'expired' || made.settled) review(now);
      const { status, patchId, category } = made.emergency;
      const { nextAt } = emergencyMoment(made.emergency, now);
      return { status, patchId, category, about: 'KB5070884 for web', words: status, moved: false, nextAt };
    },
  };
  return made;
}

let count = 0;

async function story(made: Desk, act: (handle: Awaited<ReturnType<typeof start>>) => Promise<void>) {
  count += 1;
  const taskQueue = `emergency-${count}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await start(taskQueue);
    await act(handle);
    return handle.result();
  });
}

function start(taskQueue: string) {
  return environment.client.workflow.start<(input: unknown) => Promise<{ status: string }>>('emergency', {
    taskQueue,
    workflowId: `emergency/${taskQueue}`,
    args: [{ emergencyId: 'e1' }],
  });
}

const reviewed = { reviewedBy: 'lee', reviewOutcome: 'rightly asked for' };

suite('an emergency', () => {
  test('expires by itself; its review is reminded of, told as overdue every day, and ends the story', async () => {
    const made = await desk(2);
    const result = await story(made, async (handle) => {
      await environment.sleep('123 hours');
      made.emergency = { ...made.emergency, ...reviewed, reviewedAt: new Date().toISOString() };
      await handle.signal(emergencyChangedSignal);
    });
    expect(result).toEqual({ status: 'ended' });
    const dues = made.calls.filter((one) => !one.endsWith(' open') && !one.endsWith(' ended'));
    expect(dues).toEqual([
      '2 expired',
      '38 reviewReminder',
      '74 reviewOverdue',
      '98 reviewOverdue',
      '122 reviewOverdue',
    ]);
    // While it is open its runs are looked at by itself: a hint may be lost.
    expect(made.calls.filter((one) => one.endsWith(' open')).length).toBeGreaterThanOrEqual(8);
  }, 60_000);

  test('has its review opened when its run settles, while it stays open for what is left', async () => {
    const made = await desk(24);
    const result = await story(made, async (handle) => {
      await environment.sleep('5 minutes');
      made.settled = true;
      await handle.signal(runSettledSignal, { runKey: 'maintenance/production/web/canary/emergency@1' });
      await environment.sleep('1 minute');
      expect(made.emergency).toMatchObject({ status: 'open', reviewOpenedAt: expect.any(String) });
      made.emergency = { ...made.emergency, ...reviewed, status: 'ended', reviewedAt: new Date().toISOString() };
      await handle.signal(emergencyChangedSignal);
    });
    expect(result).toEqual({ status: 'ended' });
    expect(made.calls.some((one) => one.endsWith('expired'))).toBe(false);
  }, 60_000);
});
