// What becomes of work whose worker died in its midst, as a server sees it: nobody answers and nobody says that he lives.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ComputedDue } from '../../activities/urgency.js';
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

suite('a worker that fell silent', () => {
  test('holds up work of minutes for half a minute only', async () => {
    const begun: number[] = [];
    let release = (): void => {};
    const activities: Stub = {
      computeDue: async (): Promise<ComputedDue> => {
        begun.push(await environment.currentTimeMs());
        // The first never comes back by itself.
        if (begun.length === 1) await new Promise<void>((resolve) => (release = resolve));
        else release();
        return { rows: 0, changed: 0, patches: [], moved: [] };
      },
      tellMoves: async () => ({ patches: [] }),
      tellAlarms: async () => ({ overdue: 0, inDanger: 0 }),
      sweepWaivers: async () => ({ attended: 0 }),
      sweepChanges: async () => ({ open: 0 }),
      sweepEmergencies: async () => ({ attended: 0 }),
      sweepTwins: async () => ({ attended: 0 }),
    };
    const order = { taskQueue: 'silence', workflowId: 'urgency/silence' };
    const work = () => environment.client.workflow.execute<() => Promise<ComputedDue>>('urgencyAudit', order);
    await withWorker(order.taskQueue, activities, work, true);
    const [first = 0, second = Infinity] = begun;
    expect(begun).toHaveLength(2);
    expect(second - first).toBeLessThan(60_000);
  }, 120_000);
});
