// Since when a fact of a CVE has held without a break. EPSS and Vulnrichment date their newest word, not their first: a clock that followed
// them would begin anew every day, and nothing would ever be overdue.

import type { CveRisk } from './risk.js';

export interface HeldFact {
  cve: string;
  /** `EPSS >= 0.5`, `SSVC active` */
  fact: string;
  /** ISO instant. */
  since: string;
}

const active = 'SSVC active';

function likely(score: number): string {
  return `EPSS >= ${score}`;
}

/** Facts that hold now: those that held before keep their date, new ones take their source's. A fact without any date is not in it. */
export function heldFacts(risks: CveRisk[], epssLevels: number[], before: HeldFact[]): HeldFact[] {
  const known = new Map(before.map((held) => [`${held.cve}\n${held.fact}`, held]));
  return risks.flatMap(({ cve, epss, ssvc }) => {
    const now = [
      ...epssLevels
        .filter((level) => (epss?.score ?? -1) >= level)
        .map((level) => [likely(level), epss?.scoredAt] as const),
      ...(ssvc?.exploitation === 'active' ? [[active, ssvc.at] as const] : []),
    ];
    return now.flatMap(([fact, at]) => {
      const since = known.get(`${cve}\n${fact}`)?.since ?? at;
      return since === null || since === undefined ? [] : [{ cve, fact, since }];
    });
  });
}

/** The same risks, each with its dates. */
export function withHeldFacts(risks: CveRisk[], held: HeldFact[]): CveRisk[] {
  const byCve = new Map<string, Record<string, string>>();
  for (const { cve, fact, since } of held) byCve.set(cve, { ...byCve.get(cve), [fact]: since });
  return risks.map((risk) => {
    const since = byCve.get(risk.cve);
    return since === undefined ? risk : { ...risk, since };
  });
}

export function activeSince({ since, ssvc }: CveRisk): string | undefined {
  return since?.[active] ?? ssvc?.at ?? undefined;
}

export function likelySince({ since, epss }: CveRisk, level: number): string | undefined {
  return since?.[likely(level)] ?? epss?.scoredAt ?? undefined;
}
