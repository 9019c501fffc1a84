// How new the definitions of each machine's scanner are, as its guest tells.

import { pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const guestDefinition = pgTable('guest_definition', {
  vmId: text().primaryKey(),
  version: text().notNull(),
  updatedAt: instant(),
  seenAt: instant().notNull(),
});
