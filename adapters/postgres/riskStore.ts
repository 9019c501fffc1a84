// Facts of risk by CVE. Written in bulk; what is unchanged is not written again.

import { inArray, sql } from 'drizzle-orm';
import type { RiskStore } from '../../ports/risk.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { cveRisk } from './schema.js';

const kinds = ['kev', 'epss', 'ssvc', 'cvss'] as const;

export function createRiskStore(db: Database, tell: Tell): RiskStore {
  return {
    async save(facts, at) {
      return db.transaction(async (tx) => {
        const changed = new Set<string>();
        for (const kind of kinds) {
          if (facts[kind].length === 0) continue;
          const column = sql.identifier(kind);
          const written = await tx.execute(sql`
            insert into cve_risk (cve, ${column}, seen_at)
            select r.fact ->> 'cve', r.fact, ${at}::timestamptz from jsonb_array_elements(${jsonText(facts[kind])}::jsonb) as r(fact)
            on conflict (cve) do update set ${column} = excluded.${column}, seen_at = excluded.seen_at
            where cve_risk.${column} is distinct from excluded.${column}
            returning cve`);
          for (const row of written.rows as { cve: string }[]) changed.add(row.cve);
        }
        if (changed.size > 0) {
          const what = `${facts.channel} ${facts.document}: facts of ${changed.size} CVEs changed`;
          const why = [...changed].sort().slice(0, 50).join(', ');
          await tell(tx, [{ at, what, why, after: { changed: changed.size } }]);
        }
        return { changed: changed.size };
      });
    },

    async risks(cves) {
      const rows = await db.select().from(cveRisk).where(inArray(cveRisk.cve, cves)).orderBy(cveRisk.cve);
      return rows.map(({ seenAt: _seenAt, ...row }) => ({ ...row, vendorExploited: false }));
    },
  };
}
