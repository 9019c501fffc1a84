// Telling webhooks of a change on a server that skips time: retries, versions that come meanwhile, and the rollout that waits for it (I10).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changeUpdatedSignal } from '../../workflows/messages.js';
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

interface Row {
  id: string;
  state: string;
  at: number;
}

/** The first open row is due at its time; each attempt is answered in turn. */
function outbox(rows: Row[], answers: string[]) {
  const calls: string[] = [];
  const iso = (at: number) => new Date(at).toISOString();
  const activities: Stub = {
    dueChangeDeliveries: async () => {
      const [first] = rows.filter((row) => row.state === 'waiting');
      if (first === undefined) return { due: [], nextAt: null };
      const now = await environment.currentTimeMs();
      return first.at <= now ? { due: [first.id], nextAt: null } : { due: [], nextAt: iso(first.at) };
    },
    deliverChange: async ({ deliveryId }) => {
      const row = rows.find((one) => one.id === deliveryId);
      const state = answers.shift() ?? 'delivered';
      if (row !== undefined) {
        row.state = state;
        row.at = (await environment.currentTimeMs()) + 3_600_000;
      }
      calls.push(`${deliveryId} ${state}`);
      return { state, detail: '' };
    },
  };
  return { calls, activities };
}

suite('webhooks of a change', () => {
  test('are tried again an hour later, and told of a version that came meanwhile', async () => {
    const rows: Row[] = [{ id: '1', state: 'waiting', at: 0 }];
    const { calls, activities } = outbox(rows, ['waiting', 'waiting']);
    const taskQueue = 'change-delivery';
    const result = await withWorker(taskQueue, activities, async () => {
      const handle = await environment.client.workflow.start<
        (input: unknown) => Promise<{ delivered: number; failed: number }>
      >('changeDelivery', {
        taskQueue,
        workflowId: 'change/KB1/web/abc/webhooks',
        args: [{ changeId: 'change/KB1/web/abc' }],
      });
      await environment.sleep('90 minutes');
      rows.push({ id: '2', state: 'waiting', at: 0 });
      await handle.signal(changeUpdatedSignal);
      return handle.result();
    });
    expect(calls).toEqual(['1 waiting', '1 waiting', '1 delivered', '2 delivered']);
    expect(result).toEqual({ delivered: 2, failed: 0 });
  }, 60_000);

  test('one that never answers ends it', async () => {
    const { activities } = outbox([{ id: '1', state: 'waiting', at: 0 }], ['waiting', 'undeliverable']);
    const taskQueue = 'change-delivery-never';
    const result = await withWorker(taskQueue, activities, () =>
      environment.client.workflow.execute<(input: unknown) => Promise<unknown>>('changeDelivery', {
        taskQueue,
        workflowId: 'change/KB2/web/abc/webhooks',
        args: [{ changeId: 'change/KB2/web/abc' }],
      }),
    );
    expect(result).toEqual({ delivered: 0, failed: 1 });
  }, 60_000);
});
