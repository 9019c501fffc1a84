// Steps of an approval that wait too long, on a server that skips time: escalated, opened to the fallback, and never approved by silence (I5, I10).
// Moments are half a day from any reminder: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DecisionAsked } from '../../activities/request.js';
import { decideSignal } from '../../workflows/messages.js';
import {
  day,
  decision,
  desk,
  environment,
  startTimeSkipping,
  stopTimeSkipping,
  story,
  suite,
  type Desk,
} from '../support/timeSkipping.js';

beforeAll(startTimeSkipping, 120_000);
afterAll(stopTimeSkipping);

/** Escalated after two days and a half, open to the fallback after four and a half; says on which day each came. */
function withMoments(made: Desk): { made: Desk; days: string[] } {
  const days: string[] = [];
  let askedAt = 0;
  const { requestDecision } = made.activities;
  const moments = [
    { what: 'escalated', at: 2.5 },
    { what: 'fallback', at: 4.5 },
  ];
  const isoAt = (days: number) => new Date(askedAt + days * day).toISOString();
  Object.assign(made.activities, {
    requestDecision: async (input: Parameters<NonNullable<typeof requestDecision>>[0]) => {
      const answer = (await requestDecision?.(input)) as { asked: DecisionAsked };
      askedAt = await environment.currentTimeMs();
      return { ...answer, asked: { ...answer.asked, nextAt: isoAt(2.5) } };
    },
    attendRequest: async () => {
      const passed = ((await environment.currentTimeMs()) - askedAt) / day;
      const due = moments.filter((moment) => moment.at <= passed + 0.01);
      for (const { what } of due)
        if (!days.some((one) => one.startsWith(what))) days.push(`${what} on day ${passed.toFixed(1)}`);
      const next = moments.find((moment) => !due.includes(moment));
      return { nextAt: next === undefined ? null : isoAt(next.at) };
    },
  });
  return { made, days };
}

suite('an approval in steps', () => {
  test('is reminded of, escalated and opened to the fallback, each at its time and once; unanswered it expires', async () => {
    const { made, days } = withMoments(desk([]));
    const result = await story(made, true, async () => {});
    expect(result.kind).toBe('expired');
    expect(days).toEqual(['escalated on day 2.5', 'fallback on day 4.5']);
    expect(made.calls.filter((call) => call === 'reminded').length).toBeGreaterThanOrEqual(12);
    expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
  }, 60_000);

  test('that somebody completes in between is escalated no further', async () => {
    const { made, days } = withMoments(desk([]));
    const result = await story(made, true, async (handle) => {
      await environment.sleep('84 hours');
      await handle.signal(decideSignal, decision('approve'));
    });
    expect([result.kind, days]).toEqual(['deployed', ['escalated on day 2.5']]);
  }, 60_000);

  test('goes on waiting for the next step when one vote was given, and a rejection that comes with it ends it', async () => {
    const { made, days } = withMoments(desk([]));
    made.activities.recordDecision = async ({ received }) => {
      const { decisionId, verdict } = received as ReturnType<typeof decision>;
      const complete = verdict === 'reject';
      const counts = { accepted: true, complete, left: ['one is missing'], nextAt: null };
      return { decisionId, requestId: 'r1', reasons: [], verdict, deferUntil: null, ...counts };
    };
    const result = await story(made, true, async (handle) => {
      await environment.sleep('12 hours');
      await handle.signal(decideSignal, decision('approve'));
      await environment.sleep('6 days');
      expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
      await handle.signal(decideSignal, decision('approve'));
      await handle.signal(decideSignal, decision('reject'));
    });
    // The vote said that nothing more is due at this step.
    expect([result.kind, days]).toEqual(['rejected', []]);
    expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
  }, 60_000);
});
