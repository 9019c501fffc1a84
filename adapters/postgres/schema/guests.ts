// What guests told of themselves.

import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { LinuxSystemFacts } from '../../../domain/vm.js';
import { instant, json } from '../columns.js';

/** What the guest itself told of its software, and when that could not be asked. What is known stays when a later answer is garbage. */
export const guestInventory = pgTable('guest_inventory', {
  vmId: text().primaryKey(),
  /** Of the newest answer that was whole. */
  collectedAt: instant(),
  administrators: json<string[]>().notNull(),
  /** Of Linux. */
  linux: json<LinuxSystemFacts>(),
  /** Why the newest attempt brought nothing; null when it did. */
  problem: text(),
  triedAt: instant().notNull(),
});

export const software = pgTable(
  'software',
  {
    vmId: text().notNull(),
    name: text().notNull(),
    version: text().notNull(),
    source: text().$type<'registry' | 'dpkg' | 'rpm'>().notNull(),
    /** Of a package: name and version of the source that it is built of, and the stream of its module; null where that was not told. */
    builtOf: text(),
    builtVersion: text(),
    module: text(),
    firstSeenAt: instant().notNull(),
    lastSeenAt: instant().notNull(),
    goneAt: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.vmId, table.name, table.version, table.source] }),
    index().on(table.name, table.version),
  ],
);
