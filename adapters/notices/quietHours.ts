// When quiet hours end, in the zone of whoever wants them, through both clock changes.

import { Temporal } from 'temporal-polyfill';
import type { QuietHours } from '../../domain/notice.js';

/** The end of the quiet hours that the instant lies in; null when it is not quiet. */
export function quietUntil({ zone, from, until }: QuietHours, at: string): string | null {
  const now = Temporal.Instant.from(at);
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  const localAt = (date: Temporal.PlainDate, time: string) =>
    date.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(zone, { disambiguation: 'compatible' });
  // Hours that cross midnight belong to the day they begin on.
  for (const date of [today.subtract({ days: 1 }), today]) {
    const begins = localAt(date, from).epochMilliseconds;
    const ends = localAt(until > from ? date : date.add({ days: 1 }), until).epochMilliseconds;
    if (begins <= now.epochMilliseconds && now.epochMilliseconds < ends) return new Date(ends).toISOString();
  }
  return null;
}
