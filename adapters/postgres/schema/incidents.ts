// Incidents and security issues.

import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Fix } from '../../../domain/patchHistory.js';
import type { IncidentNote } from '../../../ports/incidents.js';
import type { IssueSeverity } from '../../../ports/securityIssues.js';
import { instant, json } from '../columns.js';

/** A case with the vendor or another provider. */
export const incident = pgTable(
  'incident',
  {
    incidentId: text().primaryKey(),
    patchId: text(),
    vmId: text(),
    provider: text().notNull(),
    number: text().notNull(),
    title: text().notNull(),
    openedAt: instant().notNull(),
    openedBy: text().notNull(),
    closedAt: instant(),
    closedBy: text(),
    outcome: text(),
    fix: text().$type<Fix>(),
    notes: json<IncidentNote[]>().notNull(),
    links: json<string[]>().notNull(),
  },
  (table) => [
    uniqueIndex('one_incident_per_number').on(table.provider, table.number),
    index().on(table.patchId),
    index().on(table.vmId),
    check('closed_has_outcome', sql`(closed_at is null) = (outcome is null)`),
  ],
);

/** What people know to be unsafe on a machine, beside the CVEs of its missing patches. */
export const securityIssue = pgTable(
  'security_issue',
  {
    issueId: text().primaryKey(),
    vmId: text().notNull(),
    title: text().notNull(),
    severity: text().$type<IssueSeverity>().notNull(),
    cve: text(),
    foundAt: instant().notNull(),
    foundBy: text().notNull(),
    note: text().notNull(),
    closedAt: instant(),
    closedBy: text(),
    outcome: text(),
  },
  (table) => [index().on(table.vmId), check('closed_issue_has_outcome', sql`(closed_at is null) = (outcome is null)`)],
);
