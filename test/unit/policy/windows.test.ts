// Weekly windows across midnight and both clock changes, zone by zone.

import { describe, expect, test } from '@jest/globals';
import { createWindows } from '../../../adapters/policy/windows.js';
import type { WindowRule } from '../../../domain/policy.js';

type WeeklyRule = Extract<WindowRule, { kind: 'weekly' }>;

const windows = createWindows();

function aRule(changes: Partial<WeeklyRule>): WeeklyRule {
  return {
    id: 'w',
    kind: 'weekly',
    zone: 'UTC',
    weekdays: [7],
    weeksOfMonth: [],
    start: '02:30',
    durationMinutes: 180,
    planningLeadSeconds: 3600,
    ...changes,
  };
}

describe('weekly windows', () => {
  // Clock changes of 2026: Zurich 29 March and 25 October, New York 8 March and 1 November, Auckland 27 September and 5 April.
  test.each([
    ['UTC', '02:30', '2026-03-28T00:00:00Z', '2026-03-29T02:30:00.000Z', '2026-03-29', 'no change'],
    ['Europe/Zurich', '02:30', '2026-03-21T12:00:00Z', '2026-03-22T01:30:00.000Z', '2026-03-22', 'winter'],
    [
      'Europe/Zurich',
      '02:30',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:30:00.000Z',
      '2026-03-29',
      'skipped: 03:30 summer time',
    ],
    ['Europe/Zurich', '02:30', '2026-04-04T12:00:00Z', '2026-04-05T00:30:00.000Z', '2026-04-05', 'summer'],
    ['Europe/Zurich', '02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z', '2026-10-25', 'twice: the first'],
    ['America/New_York', '02:30', '2026-03-07T12:00:00Z', '2026-03-08T07:30:00.000Z', '2026-03-08', 'skipped'],
    ['America/New_York', '01:30', '2026-10-31T12:00:00Z', '2026-11-01T05:30:00.000Z', '2026-11-01', 'twice: the first'],
    ['Pacific/Auckland', '02:30', '2026-09-26T00:00:00Z', '2026-09-26T14:30:00.000Z', '2026-09-27', 'skipped'],
    ['Pacific/Auckland', '02:30', '2026-04-04T00:00:00Z', '2026-04-04T13:30:00.000Z', '2026-04-05', 'twice: the first'],
  ])('%s at %s after %s opens %s (%s, %s)', (zone, start, after, opensAt, date) => {
    const next = windows.next(aRule({ zone, start }), after);
    expect(next.opensAt).toBe(opensAt);
    expect(next.occurrence).toBe(`w@${date}`);
    expect(Date.parse(next.closesAt) - Date.parse(opensAt)).toBe(180 * 60_000);
    expect(Date.parse(opensAt) - Date.parse(next.planAt)).toBe(3_600_000);
  });

  test('a window across midnight belongs to the day it opens on', () => {
    const rule = aRule({ zone: 'Europe/Zurich', weekdays: [6], start: '23:00', durationMinutes: 480 });
    expect(windows.next(rule, '2026-11-25T00:00:00Z')).toEqual({
      planAt: '2026-11-28T21:00:00.000Z',
      opensAt: '2026-11-28T22:00:00.000Z',
      closesAt: '2026-11-29T06:00:00.000Z',
      occurrence: 'w@2026-11-28',
    });
  });

  test.each([
    ['just before planning', '2026-11-28T20:59:59Z', 'w@2026-11-28'],
    ['at planning', '2026-11-28T21:00:00Z', 'w@2026-12-05'],
    ['between planning and opening', '2026-11-28T21:30:00Z', 'w@2026-12-05'],
    ['while open, before midnight', '2026-11-28T22:30:00Z', 'w@2026-12-05'],
    ['while open, after midnight', '2026-11-29T03:00:00Z', 'w@2026-12-05'],
  ])('asked %s', (_when, after, occurrence) => {
    const rule = aRule({ zone: 'Europe/Zurich', weekdays: [6], start: '23:00', durationMinutes: 480 });
    expect(windows.next(rule, after).occurrence).toBe(occurrence);
  });

  test('the fourth Tuesday, and a fifth that only some months have', () => {
    expect(windows.next(aRule({ weekdays: [2], weeksOfMonth: [4] }), '2026-11-25T00:00:00Z').occurrence).toBe(
      'w@2026-12-22',
    );
    expect(windows.next(aRule({ weekdays: [2], weeksOfMonth: [5] }), '2026-10-01T00:00:00Z').occurrence).toBe(
      'w@2026-12-29',
    );
  });

  test('a long planning lead looks as far ahead', () => {
    const rule = aRule({ weekdays: [6], planningLeadSeconds: 5 * 86_400 });
    expect(windows.next(rule, '2026-11-24T12:00:00Z').occurrence).toBe('w@2026-12-05');
  });

  test('a time that cannot be read opens nothing', () => {
    expect(() => windows.next(aRule({}), 'tomorrow')).toThrow('cannot be read');
  });
});
