// When windows open, as UTC: weekly rules in their own time zones, through both clock changes (I2).

import { Temporal } from 'temporal-polyfill';
import type { WindowRule } from '../../domain/policy.js';
import { instantOf, nextAlways, opensOn, timesOf } from '../../domain/window.js';
import type { WindowOccurrence, WindowPort } from '../../ports/policy.js';

type WeeklyRule = Extract<WindowRule, { kind: 'weekly' }>;

/** A fifth Monday comes at least every other quarter; a rule that opens on no day of a year opens never. */
const searchDaysMax = 400;

export function createWindows(): WindowPort {
  return {
    next(rule, after) {
      const instant = instantOf(after);
      if (instant === null) throw new Error(`window ${rule.id}: the time ${JSON.stringify(after)} cannot be read`);
      return rule.kind === 'always' ? nextAlways(rule, instant) : nextWeekly(rule, instant);
    },
  };
}

/** Days are walked by the local calendar, so a window that crosses midnight belongs to the day it opens on. */
function nextWeekly(rule: WeeklyRule, after: number): WindowOccurrence {
  const lead = rule.planningLeadSeconds * 1000;
  const earliest = Temporal.Instant.fromEpochMilliseconds(Math.floor(after) + lead).toZonedDateTimeISO(rule.zone);
  // One day back: where a zone skips hours at midnight, yesterday's opening is moved past it.
  let date = earliest.toPlainDate().subtract({ days: 1 });
  for (let searched = 0; searched < searchDaysMax; searched += 1) {
    if (opensOn(rule, { weekday: date.dayOfWeek, dayOfMonth: date.day })) {
      const opensAt = openingOn(rule, date);
      const planAt = opensAt - lead;
      if (planAt > after) return { ...timesOf(rule, planAt, opensAt), occurrence: `${rule.id}@${date.toString()}` };
    }
    date = date.add({ days: 1 });
  }
  throw new Error(`window ${rule.id} opens on no day of the ${searchDaysMax} that follow`);
}

/**
 * A start that the clock skips moves forward by what is skipped (02:30 becomes 03:30); one that comes twice is the first.
 * That is what `compatible` means.
 */
function openingOn(rule: WeeklyRule, date: Temporal.PlainDate): number {
  const local = date.toPlainDateTime(Temporal.PlainTime.from(rule.start));
  return local.toZonedDateTime(rule.zone, { disambiguation: 'compatible' }).epochMilliseconds;
}
