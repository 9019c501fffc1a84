// Patches that were in flight when their successor became known, and those that somebody keeps nevertheless.

import { sql } from 'drizzle-orm';
import { check, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const succession = pgTable(
  'succession',
  {
    patchId: text().primaryKey(),
    /** Null: it is current again. */
    successor: text(),
    /** When the successor was found. */
    since: instant().notNull(),
    /** The successor that it is kept against. */
    keptAgainst: text(),
    keptBy: text(),
    keptReason: text(),
    keptAt: instant(),
    toldAt: instant(),
  },
  () => [check('kept_by_somebody', sql`kept_against is null or (kept_by is not null and kept_reason is not null)`)],
);
