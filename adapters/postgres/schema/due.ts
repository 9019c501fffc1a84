// Tables of deadlines: what is due, what moved, what was told, and since when facts have held.

import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { DueMove } from '../../../domain/due.js';
import type { AlarmKind } from '../../../domain/urgency.js';
import { instant, json } from '../columns.js';

/** One row per patch and machine that needed it when it was last computed. */
export const due = pgTable(
  'due',
  {
    patchId: text().notNull(),
    vmId: text().notNull(),
    tier: text().notNull(),
    deadline: instant(),
    rule: text(),
    fact: text(),
    cve: text(),
    clockBegan: instant(),
    forensics: boolean().notNull(),
    estimated: json<string[]>().notNull(),
    computedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.patchId, table.vmId] }),
    index().on(table.vmId),
    index('due_by_deadline').on(table.deadline, table.patchId, table.vmId),
  ],
);

/** Deadlines that moved alike in one recomputation; `toldAt` is empty until people were told. */
export const dueMove = pgTable(
  'due_move',
  {
    moveId: text().primaryKey(),
    patchId: text().notNull(),
    at: instant().notNull(),
    kind: text().$type<DueMove['kind']>().notNull(),
    from: instant(),
    to: instant(),
    tierBefore: text().notNull(),
    tier: text().notNull(),
    because: text().notNull(),
    vmIds: json<string[]>().notNull(),
    toldAt: instant(),
  },
  (table) => [index().on(table.patchId, table.at), index().on(table.toldAt)],
);

/** What people were told of: once per patch, category and deadline. */
export const dueAlarm = pgTable(
  'due_alarm',
  {
    kind: text().$type<AlarmKind>().notNull(),
    patchId: text().notNull(),
    category: text().notNull(),
    deadline: instant().notNull(),
    machines: integer().notNull(),
    toldAt: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.patchId, table.category, table.deadline] })],
);

export const heldFact = pgTable(
  'held_fact',
  { cve: text().notNull(), fact: text().notNull(), since: instant().notNull() },
  (table) => [primaryKey({ columns: [table.cve, table.fact] })],
);
