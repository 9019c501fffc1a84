// iCalendar files: https://www.rfc-editor.org/rfc/rfc5545

import { createHash } from 'node:crypto';
import ical, { ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { CalendarPort } from '../../ports/calendar.js';

const statuses = {
  confirmed: ICalEventStatus.CONFIRMED,
  tentative: ICalEventStatus.TENTATIVE,
  cancelled: ICalEventStatus.CANCELLED,
} as const;
const refreshSeconds = 3600;

export const calendars: CalendarPort = {
  ics({ name, entries }) {
    const calendar = ical({
      name,
      method: ICalCalendarMethod.PUBLISH,
      prodId: { company: 'Patchline', product: 'Calendar', language: 'EN' },
      ttl: refreshSeconds,
    });
    for (const entry of entries) {
      calendar.createEvent({
        id: `${createHash('sha256').update(entry.uid).digest('hex').slice(0, 32)}@patchline`,
        start: new Date(entry.start),
        end: new Date(entry.end),
        // The instant of the thing itself, not of this answer: the same calendar is the same text.
        stamp: new Date(entry.start),
        summary: entry.title,
        description: entry.lines.join('\n'),
        categories: [{ name: entry.kind }],
        status: statuses[entry.status],
        // A window blocks nobody's day; a freeze and maintenance are worth seeing as busy.
        transparency: entry.kind === 'window' ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
      });
    }
    return calendar.toString();
  },
};
