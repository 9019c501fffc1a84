// People who come from an identity provider, and how they are signed in. Secrets of sessions are kept as hashes alone.

import { sql } from 'drizzle-orm';
import { index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Claims } from '../../../domain/roles.js';
import { instant, json } from '../columns.js';

export const account = pgTable(
  'account',
  {
    accountId: text().primaryKey(),
    issuer: text().notNull(),
    subject: text().notNull(),
    name: text().notNull(),
    mail: text().notNull(),
    claims: json<Claims>().notNull(),
    claimsAt: instant().notNull(),
    firstSeenAt: instant().notNull(),
    notBefore: instant(),
  },
  (table) => [
    uniqueIndex('account_subject').on(table.issuer, table.subject),
    uniqueIndex('account_name').on(sql`lower(${table.name})`),
  ],
);

export const signInSession = pgTable(
  'sign_in_session',
  {
    sessionId: text().primaryKey(),
    hash: text().notNull().unique(),
    accountId: text()
      .notNull()
      .references(() => account.accountId),
    startedAt: instant().notNull(),
    lastSeenAt: instant().notNull(),
    endedAt: instant(),
    browser: text().notNull(),
    address: text().notNull(),
  },
  (table) => [index().on(table.accountId, table.startedAt)],
);

export const signInAttempt = pgTable(
  'sign_in_attempt',
  {
    hash: text().primaryKey(),
    state: text().notNull(),
    nonce: text().notNull(),
    verifier: text().notNull(),
    returnTo: text().notNull(),
    expiresAt: instant().notNull(),
  },
  (table) => [index().on(table.expiresAt)],
);
