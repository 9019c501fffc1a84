// Channels, their documents, and what each document says of a patch.

import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Skipped } from '../../../domain/skipped.js';
import type { Patch } from '../../../domain/patch.js';
import { instant, json } from '../columns.js';

export const channel = pgTable('channel', {
  name: text().primaryKey(),
  triedAt: instant(),
  succeededAt: instant(),
  changedAt: instant(),
  problem: text(),
  failingSince: instant(),
  skipped: json<Skipped[]>().notNull(),
});

export const channelDocument = pgTable(
  'channel_document',
  {
    channel: text().notNull(),
    id: text().notNull(),
    title: text().notNull(),
    changedAt: text(),
    /** The mark of change of the version that was read. */
    readChangedAt: text(),
    etag: text(),
    lastModified: text(),
    weight: integer().notNull(),
    patches: integer().notNull(),
    skipped: json<Skipped[]>().notNull(),
    readAt: instant(),
    shrunkSince: instant(),
    pending: boolean().notNull(),
    problem: text(),
  },
  (table) => [primaryKey({ columns: [table.channel, table.id] }), index().on(table.channel, table.pending)],
);

/** A patch as one document tells it; `patch` holds what all of them say together. */
export const patchPart = pgTable(
  'patch_part',
  {
    patchId: text().notNull(),
    channel: text().notNull(),
    document: text().notNull(),
    content: json<Patch>().notNull(),
    contentHash: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.channel, table.document] })],
);
