// Calendars that others subscribe to, each by a token of its own.

import type { CalendarEntry } from '../domain/calendar.js';

export interface CalendarPort {
  /** The text of an iCalendar file. */
  ics(calendar: { name: string; entries: CalendarEntry[] }): string;
}

export interface CalendarSubscription {
  subscriptionId: string;
  category: string;
  person: string;
  /** ISO instants. */
  createdAt: string;
  revokedAt: string | null;
}

export interface CalendarStore {
  /** `tokenHash`: SHA-256 of the token, which nobody keeps. */
  subscribe(subscription: Omit<CalendarSubscription, 'revokedAt'> & { tokenHash: string }): Promise<void>;
  /** Null when there is none, or it was revoked. */
  byToken(tokenHash: string): Promise<CalendarSubscription | null>;
  /** Newest first; `person`: only theirs. */
  subscriptions(filter: { person?: string }): Promise<CalendarSubscription[]>;
  /** Null when there is none, or it is revoked already. */
  revoke(subscriptionId: string, at: string): Promise<CalendarSubscription | null>;
}
