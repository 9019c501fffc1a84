// A test that said nothing, over days: somebody is reminded, a verdict lets the category follow, silence offers nothing (I5, I10).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newsSignal } from '../../workflows/messages.js';
import {
  approveFor,
  day,
  environment,
  lifecycleDesk,
  lifecycleStory,
  startTimeSkipping,
  stopTimeSkipping,
  suite,
  untilAsked,
  type Desk,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

interface Judging {
  made: Desk;
  /** Null: nobody did. */
  judged: 'passed' | 'failed' | null;
}

/** `web` said nothing; `app` passed where it is told so. */
function judging(appPassed: boolean): Judging {
  const made = lifecycleDesk(true);
  const held: Judging = { made, judged: null };
  const web = { category: 'web', verdict: 'inconclusive' as const, reasons: ['web-2: skipped'] };
  const app = { category: 'app', verdict: 'passed' as const, reasons: [] };
  const runKey = 'maintenance/staging/web/staging/next@1';
  Object.assign(made.activities, {
    readTests: async () => (appPassed ? [web, app] : [web]),
    tiersOf: async ({ categories }: { categories: string[] }) => [categories],
    askVerdicts: async () => {
      const until = new Date((await environment.currentTimeMs()) + 3.5 * day).toISOString();
      return [{ category: 'web', runKey, until, remindEverySeconds: 24 * 3600 }];
    },
    readVerdict: async () =>
      held.judged === null ? null : { category: 'web', verdict: held.judged, reasons: ['sam judged it'] },
    remindOfVerdict: async ({ count }: { count: number }) => void made.calls.push(`reminded of the verdict ${count}`),
    closePatch: async ({ stage, detail }: { stage: string; detail: string }) =>
      void made.calls.push(`${stage}: ${detail}`),
  });
  return held;
}

const reminders = ({ made }: Judging) => made.calls.filter((call) => call.startsWith('reminded of the verdict'));

suite('a test that said nothing', () => {
  test('is reminded of until its limit; unanswered it is not offered', async () => {
    const held = judging(false);
    const result = await lifecycleStory(held.made, 'KB31', async () => {});
    expect(result).toMatchObject({ stage: 'failedTest', detail: expect.stringContaining('nobody judged it by') });
    expect(reminders(held)).toEqual([1, 2, 3].map((count) => `reminded of the verdict ${count}`));
    expect(held.made.calls).not.toContain('asked');
  }, 60_000);

  test('judged passed, it is asked about; what had passed did not wait for it', async () => {
    const held = judging(true);
    const result = await lifecycleStory(held.made, 'KB32', async () => {
      await untilAsked(held.made, 1);
      expect(held.judged).toBeNull();
      await approveFor('KB32', 'app');
      await environment.sleep('36 hours');
      held.judged = 'passed';
      await environment.client.workflow.getHandle('patch/KB32').signal(newsSignal);
      await untilAsked(held.made, 2);
      await approveFor('KB32', 'web');
    });
    expect(result.stage).toBe('verified');
    expect(reminders(held)).toHaveLength(1);
  }, 60_000);

  test('judged failed, it is not offered', async () => {
    const held = judging(false);
    const result = await lifecycleStory(held.made, 'KB33', async () => {
      await environment.sleep('12 hours');
      held.judged = 'failed';
      await environment.client.workflow.getHandle('patch/KB33').signal(newsSignal);
    });
    expect(result).toMatchObject({ stage: 'failedTest', detail: expect.stringContaining('sam judged it') });
    expect(held.made.calls).not.toContain('asked');
  }, 60_000);
});
