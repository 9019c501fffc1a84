// Whether a patch was ever needed, and what machines need that no channel announced.

import { pgTable, text } from 'drizzle-orm/pg-core';
import { instant, json } from '../columns.js';

export const patchNeed = pgTable('patch_need', {
  patchId: text().primaryKey(),
  firstNeededAt: instant().notNull(),
  lastNeededAt: instant().notNull(),
});

export const unknownNeed = pgTable('unknown_need', {
  /** As the assessment names it, e.g. `KB890830`. */
  name: text().primaryKey(),
  title: text().notNull(),
  vmIds: json<string[]>().notNull(),
  firstSeenAt: instant().notNull(),
  lastSeenAt: instant().notNull(),
  /** When no machine needed it any more, or a channel announced it. */
  goneAt: instant(),
  toldAt: instant(),
});
