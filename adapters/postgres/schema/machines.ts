// Machines of the fleet, and what people say of them.

import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Assessment, GuestFacts } from '../../../domain/vm.js';
import type { FactName } from '../../../domain/vmFacts.js';
import { instant, json } from '../columns.js';

export const vm = pgTable(
  'vm',
  {
    vmId: text().primaryKey(),
    name: text().notNull(),
    azureId: text().notNull(),
    subscriptionId: text().notNull(),
    resourceGroup: text().notNull(),
    location: text().notNull(),
    zone: text(),
    availabilitySet: text(),
    size: text(),
    image: text(),
    osType: text().$type<'windows' | 'linux'>().notNull(),
    osName: text(),
    osVersion: text(),
    power: text().notNull(),
    tags: json<Record<string, string>>().notNull(),
    environment: text().$type<'production' | 'staging'>().notNull(),
    environmentReason: text().notNull(),
    category: text(),
    categoryReason: text().notNull(),
    guest: json<GuestFacts>(),
    assessment: json<Assessment>(),
    firstSeenAt: instant().notNull(),
    seenAt: instant().notNull(),
    joinedAt: instant(),
    placedAt: instant(),
    goneAt: instant(),
  },
  (table) => [index().on(table.environment, table.category), index().on(table.name, table.vmId)],
);

/** What people say of a machine; tags and Azure say theirs beside it. */
export const vmFact = pgTable(
  'vm_fact',
  {
    vmId: text().notNull(),
    name: text().$type<FactName>().notNull(),
    value: text().notNull(),
    by: text().notNull(),
    reason: text().notNull(),
    at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.vmId, table.name] })],
);
