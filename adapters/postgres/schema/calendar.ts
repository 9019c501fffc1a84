// Who subscribed to which calendar. Tokens are kept as hashes alone.

import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const calendarSubscription = pgTable(
  'calendar_subscription',
  {
    subscriptionId: text().primaryKey(),
    tokenHash: text().notNull().unique(),
    category: text().notNull(),
    person: text().notNull(),
    createdAt: instant().notNull(),
    revokedAt: instant(),
  },
  (table) => [index().on(table.person)],
);
