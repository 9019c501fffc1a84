// The audit log, and the standing stop.

import { sql } from 'drizzle-orm';
import { bigint, bigserial, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

/**
 * I8: grows only through `audit_append`, which numbers and chains. The service may not write it, and a trigger refuses changes to everybody.
 * `body` is what is hashed; the other columns are read from it by the database itself, so they cannot say anything else.
 */
export const event = pgTable(
  'event',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    body: text().notNull(),
    hash: text().notNull(),
    key: text().notNull().unique().generatedAlwaysAs(sql`(body::jsonb ->> 'key')`),
    at: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'at')`),
    who: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'who')`),
    what: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'what')`),
    why: text().notNull().generatedAlwaysAs(sql`(body::jsonb ->> 'why')`),
    patchId: text().generatedAlwaysAs(sql`(body::jsonb ->> 'patchId')`),
    vmId: text().generatedAlwaysAs(sql`(body::jsonb ->> 'vmId')`),
    runKey: text().generatedAlwaysAs(sql`(body::jsonb ->> 'runKey')`),
  },
  (table) => [
    index().on(table.patchId, table.seq),
    index().on(table.vmId, table.seq),
    index().on(table.runKey, table.seq),
  ],
);

/** Where the chain ends: one row. Locking it puts all who append in line. */
export const eventHead = pgTable('event_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  hash: text().notNull(),
});

export const stop = pgTable('stop', {
  seq: bigserial({ mode: 'number' }).primaryKey(),
  by: text().notNull(),
  reason: text().notNull(),
  at: instant().notNull(),
  liftedBy: text(),
  liftedReason: text(),
  liftedAt: instant(),
});
