// Change records, and their outbox.

import { index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ChangeContent, ChangeState, ExternalChange } from '../../../domain/changeRecord.js';
import type { ChangeDelivery } from '../../../ports/changes.js';
import { instant, json } from '../columns.js';

export const changeRecord = pgTable(
  'change_record',
  {
    changeId: text().primaryKey(),
    patchId: text().notNull(),
    category: text().notNull(),
    state: text().$type<ChangeState>().notNull(),
    content: json<ChangeContent>().notNull(),
    version: integer().notNull(),
    openedAt: instant().notNull(),
    updatedAt: instant().notNull(),
    closedAt: instant(),
    external: json<ExternalChange[]>().notNull(),
  },
  (table) => [index().on(table.patchId, table.category), index().on(table.openedAt, table.changeId)],
);

export const changeDelivery = pgTable(
  'change_delivery',
  {
    deliveryId: text().primaryKey(),
    changeId: text()
      .notNull()
      .references(() => changeRecord.changeId),
    target: text().notNull(),
    version: integer().notNull(),
    state: text().$type<ChangeDelivery['state']>().notNull(),
    attempts: integer().notNull(),
    nextAttemptAt: instant().notNull(),
    claimedAt: instant(),
    detail: text().notNull(),
  },
  (table) => [uniqueIndex('one_delivery_of_a_version').on(table.changeId, table.target, table.version)],
);
