// I3: whatever crashes and whatever Azure shows, an installation is posted again only when Azure cannot have taken the first one on.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideInstallStart,
  type Operation,
  type OperationState,
  type ShownInstallation,
} from '../../domain/operation.js';
import { minutesFrom, now } from '../support/facts.js';

const settleSeconds = 300;

function row(state: OperationState, intendedAt: string): Operation {
  return {
    sessionId: 's',
    step: 'install',
    vmId: 'vm',
    state,
    intendedAt,
    operationUrl: null,
    result: null,
    error: null,
  };
}

const ages = fc.integer({ min: -60, max: 10_000 });
const states = fc.constantFrom<OperationState>('intent', 'accepted', 'succeeded', 'failed', 'inDoubt');
const shown = fc.option(
  fc.record({
    startedSecondsAfterIntent: fc.option(fc.integer({ min: -10_000, max: 10_000 }), { nil: null }),
    inProgress: fc.boolean(),
  }),
  { nil: null },
);

describe('I3', () => {
  test('a second post needs an intent, a settled time, and silence of Azure since the intent', () => {
    fc.assert(
      fc.property(states, ages, shown, (state, ageSeconds, seen) => {
        const intendedAt = minutesFrom(now, -ageSeconds / 60);
        const view: ShownInstallation | null =
          seen === null
            ? null
            : {
                startedAt:
                  seen.startedSecondsAfterIntent === null
                    ? null
                    : minutesFrom(intendedAt, seen.startedSecondsAfterIntent / 60),
                activityId: null,
                inProgress: seen.inProgress,
              };
        const decision = decideInstallStart(row(state, intendedAt), view, now, settleSeconds);
        if (decision.kind !== 'post') return;
        expect(state).toBe('intent');
        expect(ageSeconds).toBeGreaterThanOrEqual(settleSeconds);
        expect(view).not.toBeNull();
        expect(view?.inProgress).toBe(false);
        const startedAfter = seen?.startedSecondsAfterIntent ?? null;
        expect(startedAfter === null || startedAfter < 0).toBe(true);
      }),
    );
  });

  test('an installation that Azure shows since the intent is followed, never posted again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.boolean(),
        (age, started, inProgress) => {
          const intendedAt = minutesFrom(now, -age / 60);
          const view = { startedAt: minutesFrom(intendedAt, started / 60), activityId: 'a', inProgress };
          expect(decideInstallStart(row('intent', intendedAt), view, now, settleSeconds).kind).toBe('adopt');
        },
      ),
    );
  });

  test('a time that cannot be read is in doubt, not posted', () => {
    expect(
      decideInstallStart(
        row('intent', 'yesterday'),
        { startedAt: null, activityId: null, inProgress: false },
        now,
        settleSeconds,
      ).kind,
    ).toBe('inDoubt');
  });
});
