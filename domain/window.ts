// The arithmetic of windows that needs no time zone: instants, windows that are always near, weeks of a month.

import type { WindowRule } from './policy.js';
import type { RunTimes } from './run.js';

type AlwaysRule = Extract<WindowRule, { kind: 'always' }>;
type WeeklyRule = Extract<WindowRule, { kind: 'weekly' }>;

const instantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds of an ISO instant; null for anything else, a time without its offset included. */
export function instantOf(text: string): number | null {
  if (!instantForm.test(text)) return null;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** A window lasts its minutes as a clock without summer time counts them. */
export function timesOf(rule: WindowRule, planAt: number, opensAt: number): RunTimes {
  return {
    planAt: new Date(planAt).toISOString(),
    opensAt: new Date(opensAt).toISOString(),
    closesAt: new Date(opensAt + rule.durationMinutes * 60_000).toISOString(),
  };
}

/** Time is cut into planning leads; whoever asks in the second half of one gets the end of the next, so half a lead always remains. */
export function nextAlways(rule: AlwaysRule, after: number): RunTimes & { occurrence: string } {
  const lead = rule.planningLeadSeconds * 1000;
  const end = (Math.floor(after / lead) + 1) * lead;
  const planAt = end - after < lead / 2 ? end + lead : end;
  const times = timesOf(rule, planAt, planAt);
  return { ...times, occurrence: `${rule.id}@${times.planAt.replace(/[-:]/g, '').replace('.000', '')}` };
}

/** Whether a weekly rule opens on a day: its ISO weekday, and which of that weekday in its month it is. */
export function opensOn(rule: WeeklyRule, day: { weekday: number; dayOfMonth: number }): boolean {
  if (!rule.weekdays.includes(day.weekday)) return false;
  return rule.weeksOfMonth.length === 0 || rule.weeksOfMonth.includes(Math.ceil(day.dayOfMonth / 7));
}
