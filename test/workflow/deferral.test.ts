// Deferrals that wait for something, on a server that skips time: asked again when it has come, at the limit otherwise, never approved by it (I5, I10).
// Moments are half a day from any look: this server loses a workflow task whose timer fires while the task runs (a real one retries it).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deferralLook, eventStanding, type DeferEvent, type EventFacts } from '../../domain/deferral.js';
import { decideSignal, newsSignal } from '../../workflows/messages.js';
import type { RolloutResult } from '../../workflows/rollout.js';
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

const isoIn = async (days: number) => new Date((await environment.currentTimeMs()) + days * day).toISOString();

/** The rule itself looks at these rows; says after how many days each look came. */
function withRows(made: Desk, rows: () => EventFacts): number[] {
  const looks: number[] = [];
  let begun = 0;
  Object.assign(made.activities, {
    recordDecision: async ({ received }: { received: unknown }) => {
      const { decisionId, verdict, deferUntil, deferEvent } = received as ReturnType<typeof decision>;
      return { decisionId, accepted: true, reasons: [], verdict, deferUntil, deferEvent };
    },
    reviewRollout: async () => ({ kind: 'goesOn' }),
    lookAtDeferral: async () => {
      const now = await environment.currentTimeMs();
      if (begun === 0) begun = now;
      looks.push(Math.round(((now - begun) / day) * 10) / 10);
      const at = new Date(now).toISOString();
      return deferralLook(eventStanding(rows(), at), at);
    },
  });
  return looks;
}

const asked = (made: Desk) => made.calls.filter((call) => call === 'asked').length;

/** Deferred with a limit of thirty days; what happens meanwhile; then asked again, and rejected. */
async function deferredFor(
  made: Desk,
  deferEvent: DeferEvent,
  act: (news: () => Promise<void>) => Promise<void>,
): Promise<RolloutResult> {
  const until = await isoIn(30.2);
  return story(made, true, async (handle) => {
    await handle.signal(decideSignal, { ...decision('defer', until), deferEvent });
    await act(() => handle.signal(newsSignal));
    expect(made.calls.some((call) => call.startsWith('enrolled'))).toBe(false);
    expect(asked(made)).toBe(2);
    await handle.signal(decideSignal, { ...decision('reject'), decisionId: 'second' });
  });
}

suite('a deferral', () => {
  test('until a known issue is closed is asked again at the news of that, and not at other news', async () => {
    const made = desk([]);
    let closedAt: string | null = null;
    const looks = withRows(made, () => ({ kind: 'closing', found: { closedAt, closedBy: 'sam' } }));
    const result = await deferredFor(made, { kind: 'knownIssue', id: 'i1' }, async (news) => {
      await environment.sleep('60 hours');
      await news();
      await environment.sleep('1 hour');
      expect(asked(made)).toBe(1);
      closedAt = await isoIn(0);
      await news();
      await environment.sleep('1 hour');
    });
    expect(result.kind).toBe('rejected');
    expect(looks.slice(0, 3)).toEqual([0, 1, 2]);
    expect(looks.at(-1)).toBeLessThan(3);
  }, 60_000);

  test('until an incident is closed finds that out within a day although nobody told', async () => {
    const made = desk([]);
    let closedAt: string | null = null;
    const looks = withRows(made, () => ({ kind: 'closing', found: { closedAt, closedBy: 'sam' } }));
    await deferredFor(made, { kind: 'incident', id: 'c1' }, async () => {
      await environment.sleep('60 hours');
      closedAt = await isoIn(0);
      await environment.sleep('1 day');
    });
    expect(looks).toEqual([0, 1, 2, 3]);
  }, 60_000);

  test('until a freeze is over is asked again when it ends', async () => {
    const made = desk([]);
    const until = await isoIn(2.5);
    const looks = withRows(made, () => ({ kind: 'freeze', found: { until } }));
    await deferredFor(made, { kind: 'freeze', id: 'year-end' }, async () => {
      await environment.sleep('78 hours');
    });
    expect(looks).toEqual([0, 1, 2, 2.5]);
  }, 60_000);

  test('until a newer revision is asked again when a successor has come', async () => {
    const made = desk([]);
    let successor: string | null = null;
    withRows(made, () => ({
      kind: 'revision',
      askedAt: '2026-01-01T00:00:00.000Z',
      revisedAt: null,
      successor,
      shownSuccessor: null,
    }));
    await deferredFor(made, { kind: 'revision' }, async (news) => {
      await environment.sleep('12 hours');
      successor = 'KB2';
      await news();
      await environment.sleep('1 hour');
    });
  }, 60_000);

  test('whose event never comes is asked again at its limit, and approves nothing by silence', async () => {
    const made = desk([]);
    const looks = withRows(made, () => ({ kind: 'closing', found: { closedAt: null, closedBy: null } }));
    const result = await deferredFor(made, { kind: 'knownIssue', id: 'i1' }, async () => {
      await environment.sleep('30.7 days');
    });
    expect(result.kind).toBe('rejected');
    expect(looks.length).toBeGreaterThanOrEqual(29);
    expect(looks.every((one) => one < 30.2)).toBe(true);
  }, 60_000);

  test('whose event came in the moment in which it was given is asked again at once', async () => {
    const made = desk([]);
    withRows(made, () => ({ kind: 'closing', found: null }));
    await deferredFor(made, { kind: 'incident', id: 'c1' }, async () => {
      await environment.sleep('1 hour');
    });
  }, 60_000);
});
