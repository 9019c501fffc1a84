// A test that waits for its checklist, over days: reminded of until its limit, a tick lets the category follow, silence offers nothing (I5, I10).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CategoryTest } from '../../domain/stageTest.js';
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

const runKey = 'maintenance/staging/web/staging/next@1';

interface Checking {
  made: Desk;
  /** What people saw; null: nobody looked. */
  ticked: 'passed' | 'failed' | null;
}

/** `web` waits for people for three days and a half; `app` passed. */
async function checking(): Promise<Checking> {
  const made = lifecycleDesk(true);
  const held: Checking = { made, ticked: null };
  const until = new Date((await environment.currentTimeMs()) + 3.5 * day).toISOString();
  const web = async (): Promise<CategoryTest> => {
    if (held.ticked !== null) return { category: 'web', verdict: held.ticked, reasons: ['sam looked at it'] };
    const unticked = { category: 'web', verdict: 'inconclusive' as const, reasons: ['nobody checked order'] };
    if ((await environment.currentTimeMs()) >= Date.parse(until)) return unticked;
    return { ...unticked, checks: { runKey, until, remindEverySeconds: 24 * 3600 } };
  };
  const trials = ['web', 'app'].map((category) => ({ category, runKey: null, deadline: null }));
  Object.assign(made.activities, {
    enrolStaging: async () => trials,
    readTests: async (asked: { trials: { category: string }[] }) =>
      Promise.all(
        asked.trials.map(async ({ category }) =>
          category === 'web' ? web() : { category, verdict: 'passed', reasons: [] },
        ),
      ),
    tiersOf: async ({ categories }: { categories: string[] }) => [categories],
    askVerdicts: async ({ tests }: { tests: CategoryTest[] }) => {
      const open = tests.filter((one) => one.verdict === 'inconclusive' && one.checks === undefined);
      if (open.length > 0) made.calls.push(`verdicts asked: ${open.map((one) => one.category).join()}`);
      return [];
    },
    remindOfChecks: async ({ count }: { count: number }) => void made.calls.push(`reminded of the checklist ${count}`),
    closePatch: async () => {},
  });
  return held;
}

const remindersOf = ({ made }: Checking) => made.calls.filter((call) => call.startsWith('reminded of the checklist'));

suite('a test with a checklist', () => {
  test('unticked at its limit is not offered: those who decide are asked; what had passed did not wait', async () => {
    const held = await checking();
    const result = await lifecycleStory(held.made, 'KB41', async () => {
      await untilAsked(held.made, 1);
      await approveFor('KB41', 'app');
    });
    expect(result.stage).toBe('verified');
    expect(remindersOf(held)).toEqual([1, 2, 3].map((count) => `reminded of the checklist ${count}`));
    expect(held.made.calls).toContain('verdicts asked: web');
    expect(held.made.calls.filter((call) => call === 'asked')).toHaveLength(1);
  }, 60_000);

  test('ticked, it is asked about', async () => {
    const held = await checking();
    const result = await lifecycleStory(held.made, 'KB42', async () => {
      await untilAsked(held.made, 1);
      await approveFor('KB42', 'app');
      await environment.sleep('36 hours');
      held.ticked = 'passed';
      await environment.client.workflow.getHandle('patch/KB42').signal(newsSignal);
      await untilAsked(held.made, 2);
      await approveFor('KB42', 'web');
    });
    expect(result.stage).toBe('verified');
    expect(remindersOf(held)).toHaveLength(1);
  }, 60_000);

  test('failed, it is not offered, and nobody is asked for a verdict', async () => {
    const held = await checking();
    const result = await lifecycleStory(held.made, 'KB43', async () => {
      await untilAsked(held.made, 1);
      await approveFor('KB43', 'app');
      await environment.sleep('12 hours');
      held.ticked = 'failed';
      await environment.client.workflow.getHandle('patch/KB43').signal(newsSignal);
    });
    expect(result.detail).toBeDefined();
    expect(held.made.calls.some((call) => call.startsWith('verdicts asked'))).toBe(false);
    expect(held.made.calls.filter((call) => call === 'asked')).toHaveLength(1);
  }, 60_000);
});
