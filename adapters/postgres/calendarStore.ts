// Subscriptions to calendars.

import { and, desc, eq, isNull } from 'drizzle-orm';
import type { CalendarStore } from '../../ports/calendar.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { calendarSubscription } from './schema/calendar.js';

export function createCalendarStore(db: Database, tell: Tell): CalendarStore {
  const table = calendarSubscription;
  const shown = {
    subscriptionId: table.subscriptionId,
    category: table.category,
    person: table.person,
    createdAt: table.createdAt,
    revokedAt: table.revokedAt,
  };
  return {
    async subscribe(subscription) {
      await db.transaction(async (tx) => {
        await tx.insert(table).values(subscription);
        const { subscriptionId, category, person, createdAt: at } = subscription;
        await tell(tx, [{ at, what: `calendar of ${category} subscribed to`, why: person, after: { subscriptionId } }]);
      });
    },

    async byToken(tokenHash) {
      const where = and(eq(table.tokenHash, tokenHash), isNull(table.revokedAt));
      return (await db.select(shown).from(table).where(where))[0] ?? null;
    },

    subscriptions: ({ person }) =>
      db
        .select(shown)
        .from(table)
        .where(person === undefined ? undefined : eq(table.person, person))
        .orderBy(desc(table.createdAt), table.subscriptionId),

    async revoke(subscriptionId, at) {
      return db.transaction(async (tx) => {
        const [revoked] = await tx
          .update(table)
          .set({ revokedAt: at })
          .where(and(eq(table.subscriptionId, subscriptionId), isNull(table.revokedAt)))
          .returning(shown);
        if (revoked === undefined) return null;
        const what = `subscription to the calendar of ${revoked.category} revoked`;
        await tell(tx, [{ at, what, why: `of ${revoked.person}`, before: { subscriptionId } }]);
        return revoked;
      });
    },
  };
}
