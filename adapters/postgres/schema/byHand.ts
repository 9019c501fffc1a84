// Patches that a person entered: from whom, what to do, what came with the mail, and where it was done.

import { bigint, customType, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from '../columns.js';

const bytes = customType<{ data: Buffer; driverData: Buffer | Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => Buffer.from(value),
});

export const manualPatch = pgTable('manual_patch', {
  patchId: text().primaryKey(),
  vendor: text().notNull(),
  instructions: text().notNull(),
  enteredBy: text().notNull(),
  enteredAt: instant().notNull(),
  changedBy: text().notNull(),
  changedAt: instant().notNull(),
});

/** Addressed by content: the same bytes are kept once. */
export const attachmentContent = pgTable('attachment_content', {
  sha256: text().primaryKey(),
  size: bigint({ mode: 'number' }).notNull(),
  bytes: bytes().notNull(),
});

export const attachment = pgTable(
  'attachment',
  {
    patchId: text()
      .notNull()
      .references(() => manualPatch.patchId),
    sha256: text()
      .notNull()
      .references(() => attachmentContent.sha256),
    name: text().notNull(),
    addedBy: text().notNull(),
    addedAt: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.sha256] })],
);

export const doneByHand = pgTable(
  'done_by_hand',
  {
    patchId: text().notNull(),
    vmId: text().notNull(),
    evidence: text().notNull(),
    by: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.patchId, table.vmId] }), index().on(table.vmId)],
);
