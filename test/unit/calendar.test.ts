// A category's calendar, and the file that calendar programs read, read back by a program of others.

import { describe, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { calendars } from '../../adapters/calendar/ics.js';
import { calendarOf, windowsOf, type CalendarFacts, type PlannedRun } from '../../domain/calendar.js';
import { createWindows } from '../../adapters/policy/windows.js';
import type { CategoryRule, WindowRule } from '../../domain/policy.js';
import { minutesFrom, now, someRun } from '../support/facts.js';

const opensAt = minutesFrom(now, 600);
const window = {
  occurrence: 'sunday@2026-11-29',
  planAt: minutesFrom(now, 540),
  opensAt,
  closesAt: minutesFrom(opensAt, 240),
  environments: ['production' as const],
};
const planned: PlannedRun = {
  ...someRun({ opensAt, closesAt: window.closesAt }),
  machines: 12,
  patchIds: ['KB1', 'KB2'],
};
const freeze = {
  id: 'year-end',
  reason: 'closing of the books',
  from: '2026-11-24T20:00:00+01:00',
  until: '2026-11-30T08:00:00+01:00',
  categories: ['web'],
  environments: ['production' as const],
};
const facts = (change: Partial<CalendarFacts> = {}): CalendarFacts => ({
  category: 'web',
  windows: [window],
  freezes: [],
  runs: [planned],
  ...change,
});

describe('a calendar', () => {
  test('shows windows, and what is planned in them', () => {
    expect(calendarOf(facts()).map((one) => [one.kind, one.title, one.status])).toEqual([
      ['maintenance', 'Maintenance, ring canary: 12 machines', 'confirmed'],
      ['window', 'Window (production)', 'confirmed'],
    ]);
  });

  test('says of a window that a freeze covers it, and shows the freeze in UTC', () => {
    const [shown, , covered] = calendarOf(facts({ freezes: [freeze] }));
    expect(shown).toMatchObject({ kind: 'freeze', start: '2026-11-24T19:00:00.000Z', environment: 'production' });
    expect(covered).toMatchObject({ kind: 'window', status: 'tentative', title: 'Window (production), in a freeze' });
    const ofOthers = { ...freeze, categories: ['sql'] };
    expect(calendarOf(facts({ freezes: [ofOthers] })).map((one) => one.kind)).toEqual(['maintenance', 'window']);
  });

  test.each([
    ['not fixed yet', { status: 'open' as const }, 'tentative'],
    ['planned', {}, 'confirmed'],
    ['halted by a person', { control: 'halted' as const }, 'cancelled'],
    ['ended, with nothing to do', { status: 'settled' as const, outcome: 'empty' as const }, 'cancelled'],
    ['ended', { status: 'settled' as const, outcome: 'completed' as const }, 'confirmed'],
  ])('a run that is %s', (_, change, status) => {
    expect(calendarOf(facts({ windows: [], runs: [{ ...planned, ...change }] }))).toMatchObject([{ status }]);
  });

  test('leaves out windows that are always near, and those of other categories', () => {
    const always: WindowRule = { id: 'soon', kind: 'always', planningLeadSeconds: 1, durationMinutes: 1 };
    const weekly: WindowRule = {
      id: 'sunday',
      kind: 'weekly',
      zone: 'Europe/Zurich',
      weekdays: [7],
      weeksOfMonth: [],
      start: '02:30',
      durationMinutes: 240,
      planningLeadSeconds: 3600,
    };
    const category = { name: 'web', windows: { staging: 'soon', production: 'sunday' } } as CategoryRule;
    const policy = { categories: [category], windows: [always, weekly] };
    expect(windowsOf(policy, 'web')).toEqual([{ rule: weekly, environments: ['production'] }]);
    expect(windowsOf(policy, 'sql')).toEqual([]);
    // The night on which clocks go forward has no 02:30: the occurrence is concrete, an hour later.
    const [found] = windowsOf(policy, 'web').map(({ rule }) => createWindows().next(rule, '2027-03-27T00:00:00.000Z'));
    expect(found?.opensAt).toBe('2027-03-28T01:30:00.000Z');
  });
});

describe('the file', () => {
  const read = (text: string) =>
    new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));

  test('holds every entry, with a name that stays, and hostile texts as text', () => {
    const reason = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged, with; marks\\';
    const entries = calendarOf(facts({ freezes: [{ ...freeze, reason }] }));
    const text = calendars.ics({ name: 'Patchline: web', entries });
    const events = read(text);
    expect(events).toHaveLength(3);
    expect(events[0]?.summary.replace(/\s+/g, ' ')).toBe(`Freeze: ${reason.replace(/\s+/g, ' ')}`);
    expect(events.map((one) => one.startDate.toJSDate().toISOString())).toEqual(entries.map((one) => one.start));
    expect(events.map((one) => one.endDate.toJSDate().toISOString())).toEqual(entries.map((one) => one.end));
    const later = calendarOf(
      facts({ freezes: [{ ...freeze, reason }], runs: [{ ...planned, status: 'settled', outcome: 'completed' }] }),
    );
    expect(read(calendars.ics({ name: 'x', entries: later })).map((one) => one.uid)).toEqual(
      events.map((one) => one.uid),
    );
    expect(calendars.ics({ name: 'Patchline: web', entries })).toBe(text);
  });
});
