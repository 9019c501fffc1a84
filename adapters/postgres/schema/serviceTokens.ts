// Tokens of pipelines, kept as hashes alone.

import { sql } from 'drizzle-orm';
import { pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant, json } from '../columns.js';

export const serviceToken = pgTable(
  'service_token',
  {
    tokenId: text().primaryKey(),
    hash: text().notNull().unique(),
    name: text().notNull(),
    scope: json<string[]>().notNull(),
    createdBy: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    lastUsedAt: instant(),
  },
  (table) => [uniqueIndex('one_service_token_of_a_name').on(table.name).where(sql`revoked_at is null`)],
);
