// How production stood at the end of each day, or stands today: a measure for people, from which nothing is decided.

import { date, integer, pgTable } from 'drizzle-orm/pg-core';

export const fleetDay = pgTable('fleet_day', {
  day: date().primaryKey(),
  known: integer().notNull(),
  complete: integer().notNull(),
});
