// Versions of the policy.

import { sql } from 'drizzle-orm';
import { check, integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import type { PolicySource } from '../../../ports/policy.js';
import { instant, json } from '../columns.js';

/** Every policy that was ever proposed. The one in force is the newest applied. */
export const policyVersion = pgTable(
  'policy_version',
  {
    seq: serial().primaryKey(),
    version: text().notNull(),
    sources: json<PolicySource[]>().notNull(),
    author: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
    basedOn: integer(),
    guarded: json<string[]>().notNull(),
    /** Parts that it changes. */
    changed: json<string[]>(),
    status: text().$type<'applied' | 'proposed' | 'rejected'>().notNull(),
    secondBy: text(),
    secondReason: text(),
    appliedAt: instant(),
    /** Counts applications: a proposal may be applied after a later one was made. */
    application: integer().unique(),
  },
  () => [
    // I6: a guarded change is in force only by the word of a second person.
    check(
      'guarded_needs_a_second',
      sql`status <> 'applied' or jsonb_array_length(guarded) = 0 or (second_by is not null and second_by <> author)`,
    ),
    check('applied_is_counted', sql`(status = 'applied') = (application is not null)`),
  ],
);
