// Role assignments of Azure.

import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

/** Who may do what on which scope, as Azure tells; machines inherit from every scope above them. */
export const roleAssignment = pgTable(
  'role_assignment',
  {
    assignmentId: text().notNull(),
    /** One above the subscriptions, of a management group, is there once for each that it reaches. */
    subscriptionId: text().notNull(),
    /** ARM id of what it is on, lower case. */
    scope: text().notNull(),
    principalId: text().notNull(),
    principalType: text().notNull(),
    role: text().notNull(),
    firstSeenAt: instant().notNull(),
    seenAt: instant().notNull(),
    goneAt: instant(),
  },
  (table) => [primaryKey({ columns: [table.assignmentId, table.subscriptionId] })],
);
