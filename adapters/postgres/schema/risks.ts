// What sources say of a CVE's danger.

import { pgTable, text } from 'drizzle-orm/pg-core';
import type { CvssFact, EpssFact, KevFact, SsvcFact } from '../../../domain/risk.js';
import { instant, json } from '../columns.js';

/** What channels say of a CVE, each fact as its source last told it. */
export const cveRisk = pgTable('cve_risk', {
  cve: text().primaryKey(),
  kev: json<KevFact>(),
  epss: json<EpssFact>(),
  ssvc: json<SsvcFact>(),
  cvss: json<CvssFact>(),
  seenAt: instant().notNull(),
});
