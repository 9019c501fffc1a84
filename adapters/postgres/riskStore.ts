// Facts of risk by CVE. Written in bulk; what is unchanged is not written again.

import { inArray, sql } from 'drizzle-orm';
import type { RiskStore } from '../../ports/risk.js';
import type { Tell } from './auditLog.js';
import type { CvssFact } from '../../domain/risk.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { cveRisk } from './schema/risks.js';

const kinds = ['kev', 'epss', 'ssvc', 'cvss'] as const;

/** Sources score one CVE differently: the highest counts, whoever came last, and none takes back another's. */
async function highestScores(on: Statements, source: string, scores: CvssFact[]): Promise<CvssFact[]> {
  const written = await on.execute(sql`
    insert into cve_score (cve, source, fact)
    select r.fact ->> 'cve', ${source}, r.fact from jsonb_array_elements(${jsonText(scores)}::jsonb) as r(fact)
    on conflict (cve, source) do update set fact = excluded.fact where cve_score.fact is distinct from excluded.fact
    returning cve`);
  const cves = (written.rows as { cve: string }[]).map((row) => row.cve);
  if (cves.length === 0) return [];
  const found = await on.execute(sql`
    select distinct on (cve) fact from cve_score where cve in (select jsonb_array_elements_text(${jsonText(cves)}::jsonb))
    order by cve, (fact ->> 'score')::float desc, source`);
  return (found.rows as { fact: CvssFact }[]).map((row) => row.fact);
}

export function createRiskStore(db: Database, tell: Tell): RiskStore {
  return {
    async save(facts, at) {
      return db.transaction(async (tx) => {
        const changed = new Set<string>();
        const cvss = facts.cvss.length === 0 ? [] : await highestScores(tx, facts.channel, facts.cvss);
        const taken = { ...facts, cvss };
        for (const kind of kinds) {
          if (taken[kind].length === 0) continue;
          const column = sql.identifier(kind);
          const written = await tx.execute(sql`
            insert into cve_risk (cve, ${column}, seen_at)
            select r.fact ->> 'cve', r.fact, ${at}::timestamptz from jsonb_array_elements(${jsonText(taken[kind])}::jsonb) as r(fact)
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
