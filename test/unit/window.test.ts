// Arithmetic of windows without zones: instants, the windows that are always near, weeks of the month.

import { describe, expect, test } from '@jest/globals';
import type { WindowRule } from '../../domain/policy.js';
import { instantOf, nextAlways, opensOn } from '../../domain/window.js';

const always = { id: 'soon', kind: 'always', planningLeadSeconds: 12, durationMinutes: 60 } as const;

describe('instantOf', () => {
  test.each([
    ['2026-11-24T00:00:00Z', Date.UTC(2026, 10, 24)],
    ['2026-11-24T01:00+01:00', Date.UTC(2026, 10, 24)],
    ['2026-11-24T00:00:00.250Z', Date.UTC(2026, 10, 24) + 250],
    ['2026-11-24T00:00:00', null],
    ['2026-11-24', null],
    ['2026-13-24T00:00:00Z', null],
    ['1', null],
    ['', null],
  ])('%s is %p', (text, expected) => expect(instantOf(text)).toBe(expected));
});

describe('a window that is always near', () => {
  test.each([
    ['2026-11-24T00:00:00Z', '2026-11-24T00:00:12.000Z', 'soon@20261124T000012Z'],
    ['2026-11-24T00:00:06Z', '2026-11-24T00:00:12.000Z', 'soon@20261124T000012Z'],
    ['2026-11-24T00:00:06.001Z', '2026-11-24T00:00:24.000Z', 'soon@20261124T000024Z'],
    ['2026-11-24T00:00:12Z', '2026-11-24T00:00:24.000Z', 'soon@20261124T000024Z'],
    ['2026-11-24T00:00:18Z', '2026-11-24T00:00:24.000Z', 'soon@20261124T000024Z'],
  ])('after %s is planned at %s as %s', (after, planAt, occurrence) => {
    const next = nextAlways(always, Date.parse(after));
    expect(next).toEqual({
      planAt,
      opensAt: planAt,
      closesAt: new Date(Date.parse(planAt) + 3_600_000).toISOString(),
      occurrence,
    });
  });
});

describe('days of a weekly rule', () => {
  const rule = (weekdays: number[], weeksOfMonth: number[]): Extract<WindowRule, { kind: 'weekly' }> => ({
    id: 'w',
    kind: 'weekly',
    zone: 'UTC',
    weekdays,
    weeksOfMonth,
    start: '22:00',
    durationMinutes: 60,
    planningLeadSeconds: 60,
  });

  test.each([
    [[2], [], 2, 30, true],
    [[2], [], 3, 30, false],
    [[2], [2], 2, 7, false],
    [[2], [2], 2, 8, true],
    [[2], [2], 2, 14, true],
    [[2], [2], 2, 15, false],
    [[2], [5], 2, 29, true],
    [[2], [1, 3], 2, 21, true],
  ])('weekdays %j weeks %j: weekday %d on the %dth: %p', (weekdays, weeks, weekday, dayOfMonth, expected) =>
    expect(opensOn(rule(weekdays, weeks), { weekday, dayOfMonth })).toBe(expected),
  );
});
