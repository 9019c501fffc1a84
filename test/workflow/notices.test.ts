// A page's hours and a delivery's day, on a server that skips time: acknowledged, escalated, exhausted, too late, twice (I10).
// The activities are stand-ins that record what they were asked: what they do for real is tested elsewhere.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pageRounds } from '../../domain/paging.js';
import { acknowledgedSignal } from '../../workflows/messages.js';
import type { PageResult } from '../../workflows/page.js';
import { noticePolicy } from '../support/notices.js';
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

interface Desk {
  /** `<minutes since it began> <reason>` of each round. */
  rounds: string[];
  acknowledgedBy: string | null;
  activities: Stub;
}

/** Three steps, each repeated every five minutes and passed on after fifteen. */
async function desk(): Promise<Desk> {
  const begun = await environment.currentTimeMs();
  const steps = [0, 1, 2].map((step) => ({ step, reaches: 1 }));
  const made: Desk = { rounds: [], acknowledgedBy: null, activities: {} };
  made.activities = {
    planPage: async () => ({ subject: 'HALTED: web', rounds: pageRounds(steps, noticePolicy().pages) }),
    tellRound: async ({ reason, step }) => {
      if (made.acknowledgedBy !== null) return { acknowledgedBy: made.acknowledgedBy };
      const minutes = Math.round(((await environment.currentTimeMs()) - begun) / 60_000);
      made.rounds.push(`${minutes} ${reason} ${step}`);
      return { acknowledgedBy: null };
    },
    pageAcknowledgement: async () => ({ acknowledgedBy: made.acknowledgedBy }),
  };
  return made;
}

let count = 0;

async function story(
  made: Desk,
  act: (handle: Awaited<ReturnType<typeof start>>) => Promise<void>,
): Promise<PageResult> {
  count += 1;
  const taskQueue = `page-${count}`;
  return withWorker(taskQueue, made.activities, async () => {
    const handle = await start(taskQueue);
    await act(handle);
    return handle.result();
  });
}

function start(taskQueue: string) {
  return environment.client.workflow.start<(input: unknown) => Promise<PageResult>>('page', {
    taskQueue,
    workflowId: `page/${taskQueue}`,
    args: [{ noticeId: 'n' }],
  });
}

suite('a page', () => {
  test('that nobody acknowledges is repeated, passed on from step to step, told to all, and ends', async () => {
    const made = await desk();
    expect(await story(made, async () => {})).toEqual({ acknowledgedBy: null, rounds: 10 });
    expect(made.rounds).toEqual([
      '0 told 0',
      '5 repeated 0',
      '10 repeated 0',
      '15 escalated 1',
      '20 repeated 1',
      '25 repeated 1',
      '30 escalated 2',
      '35 repeated 2',
      '40 repeated 2',
      '45 unacknowledged null',
    ]);
  }, 60_000);

  test('that is acknowledged at once wakes nobody else', async () => {
    const made = await desk();
    const result = await story(made, async (handle) => {
      await environment.sleep('2 minutes');
      made.acknowledgedBy = 'sam';
      await handle.signal(acknowledgedSignal);
    });
    expect(result).toEqual({ acknowledgedBy: 'sam', rounds: 1 });
    expect(made.rounds).toEqual(['0 told 0']);
  }, 60_000);

  test('that is acknowledged after it was passed on ends there', async () => {
    const made = await desk();
    const result = await story(made, async (handle) => {
      await environment.sleep('17 minutes');
      made.acknowledgedBy = 'sam';
      await handle.signal(acknowledgedSignal);
    });
    expect(result).toEqual({ acknowledgedBy: 'sam', rounds: 4 });
    expect(made.rounds.at(-1)).toBe('15 escalated 1');
  }, 60_000);

  test('whose hint is lost finds the acknowledgement in the row, at its next round', async () => {
    const made = await desk();
    const result = await story(made, async () => {
      await environment.sleep('7 minutes');
      made.acknowledgedBy = 'sam';
    });
    expect(result).toEqual({ acknowledgedBy: 'sam', rounds: 3 });
    expect(made.rounds).toEqual(['0 told 0', '5 repeated 0']);
  }, 60_000);

  test('goes on as it was when a hint means nothing, however many come', async () => {
    const made = await desk();
    const result = await story(made, async (handle) => {
      await environment.sleep('2 minutes');
      for (let hints = 0; hints < 5; hints += 1) await handle.signal(acknowledgedSignal);
      await environment.sleep('2 minutes');
      expect(made.rounds).toEqual(['0 told 0']);
    });
    expect(result.acknowledgedBy).toBeNull();
    expect(made.rounds.slice(0, 2)).toEqual(['0 told 0', '5 repeated 0']);
  }, 60_000);

  test('that two acknowledge ends once', async () => {
    const made = await desk();
    const result = await story(made, async (handle) => {
      await environment.sleep('2 minutes');
      made.acknowledgedBy = 'sam';
      await Promise.all([handle.signal(acknowledgedSignal), handle.signal(acknowledgedSignal)]);
    });
    expect(result).toEqual({ acknowledgedBy: 'sam', rounds: 1 });
  }, 60_000);

  test('that is acknowledged too late has ended; nothing waits for it', async () => {
    const made = await desk();
    expect(await story(made, async () => {})).toEqual({ acknowledgedBy: null, rounds: 10 });
    made.acknowledgedBy = 'sam';
    await expect(
      environment.client.workflow.getHandle(`page/page-${count}`).signal(acknowledgedSignal),
    ).rejects.toThrow();
  }, 60_000);
});

suite('a delivery', () => {
  test('is tried again when it is due, until all are closed, and then what failed is told', async () => {
    const attempts: string[] = [];
    const begun = await environment.currentTimeMs();
    const at = (minutes: number) => new Date(begun + minutes * 60_000).toISOString();
    // One is taken at once, one after a while, one never.
    const open = new Map([
      ['now', 0],
      ['later', 0],
      ['never', 0],
    ]);
    const activities: Stub = {
      dueDeliveries: async () => {
        const passed = ((await environment.currentTimeMs()) - begun) / 60_000;
        const due = [...open].filter(([, minutes]) => minutes <= passed).map(([deliveryId]) => deliveryId);
        const next = Math.min(...[...open.values()].filter((minutes) => minutes > passed));
        const rows = due.map((deliveryId) => ({ deliveryId, recipient: deliveryId, way: 'mail' as const }));
        return { due: rows, nextAt: Number.isFinite(next) ? at(next) : null };
      },
      deliver: async ({ deliveryId }) => {
        const passed = Math.round(((await environment.currentTimeMs()) - begun) / 60_000);
        attempts.push(`${passed} ${deliveryId}`);
        const tried = attempts.filter((one) => one.endsWith(deliveryId)).length;
        if (deliveryId === 'now' || tried === 3) open.delete(deliveryId);
        else open.set(deliveryId, passed + (deliveryId === 'later' ? 30 : 240));
        return { state: 'waiting', detail: '' };
      },
      tellUndeliverable: async () => {
        attempts.push('told');
        return { undeliverable: 1 };
      },
    };
    const taskQueue = 'delivery';
    const result = await withWorker(taskQueue, activities, () =>
      environment.client.workflow.execute<(input: unknown) => Promise<{ undeliverable: number }>>('noticeDelivery', {
        taskQueue,
        workflowId: 'notice/n/0',
        args: [{ noticeId: 'n', round: 0 }],
      }),
    );
    expect(result).toEqual({ undeliverable: 1 });
    expect(attempts.slice(0, 3).sort()).toEqual(['0 later', '0 never', '0 now']);
    expect(attempts.slice(3)).toEqual(['30 later', '60 later', '240 never', '480 never', 'told']);
  }, 60_000);
});
