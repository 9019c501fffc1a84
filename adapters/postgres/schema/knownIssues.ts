// Known issues of patches, and who let a patch go on in spite of one.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

export const knownIssue = pgTable(
  'known_issue',
  {
    issueId: text().primaryKey(),
    patchId: text().notNull(),
    source: text().$type<'vendor' | 'manual'>().notNull(),
    text: text().notNull(),
    url: text(),
    effect: text().$type<'hold' | 'inform'>().notNull(),
    openedBy: text().notNull(),
    openedAt: instant().notNull(),
    closedBy: text(),
    closedAt: instant(),
    outcome: text(),
    /** When those concerned were told of it, and of its end; null: not yet. */
    toldAt: instant(),
    endToldAt: instant(),
  },
  (table) => [
    index().on(table.patchId),
    uniqueIndex('one_open_issue_of_the_vendor').on(table.patchId).where(sql`source = 'vendor' and closed_at is null`),
    check('closed_issue_has_outcome', sql`closed_at is null or (closed_by is not null and outcome is not null)`),
  ],
);

export const knownIssueAcceptance = pgTable(
  'known_issue_acceptance',
  {
    issueId: text()
      .notNull()
      .references(() => knownIssue.issueId),
    category: text().notNull(),
    by: text().notNull(),
    openedBy: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issueId, table.category] }),
    // I6: whoever opened it does not accept it.
    check('accepted_by_another', sql`by <> opened_by`),
  ],
);
