// CVSS scores as each source gives them; `cve_risk` holds the highest.

import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { CvssFact } from '../../../domain/risk.js';
import { json } from '../columns.js';

export const cveScore = pgTable(
  'cve_score',
  { cve: text().notNull(), source: text().notNull(), fact: json<CvssFact>().notNull() },
  (table) => [primaryKey({ columns: [table.cve, table.source] })],
);
