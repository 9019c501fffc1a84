// What is known of a CVE's danger, each fact with its source: exploited by whose word, how likely, how far it reaches.

/** CISA's catalogue of known exploited vulnerabilities: https://www.cisa.gov/known-exploited-vulnerabilities-catalog */
export interface KevFact {
  cve: string;
  name: string;
  /** Calendar day in the agency's own zone: `2026-08-07`. */
  addedOn: string;
  /** The agency's own deadline: shown as an external one, never overwritten. */
  dueOn: string;
  ransomware: boolean;
}

/** FIRST's exploit prediction: https://www.first.org/epss/ */
export interface EpssFact {
  cve: string;
  /** Probability of exploitation within 30 days, 0 to 1. */
  score: number;
  /** Share of CVEs with a lower score, 0 to 1; null in the earliest files. */
  percentile: number | null;
  /** ISO instant; null in the earliest files. */
  scoredAt: string | null;
}

/** CISA's Vulnrichment: https://github.com/cisagov/vulnrichment */
export interface SsvcFact {
  cve: string;
  exploitation: 'none' | 'poc' | 'active';
  automatable: boolean;
  technicalImpact: 'partial' | 'total';
  /** ISO instant. */
  at: string | null;
}

export interface CvssFact {
  cve: string;
  /** 0 to 10. */
  score: number;
  vector: string;
  version: string;
}

/** What was found of one CVE; null: nobody said. */
export interface CveRisk {
  cve: string;
  /** The vendor's own word, in its advisory. */
  vendorExploited: boolean;
  kev: KevFact | null;
  epss: EpssFact | null;
  ssvc: SsvcFact | null;
  cvss: CvssFact | null;
  /** Since when facts have held, by their names: see `heldFact.ts`. */
  since?: Record<string, string>;
}

export type ExploitedSource = 'vendor' | 'kev' | 'ssvc';

/** Exploited is what any source says is: none can take back another's word. */
export function exploitedBy({ vendorExploited, kev, ssvc }: CveRisk): ExploitedSource[] {
  return [
    ...(vendorExploited ? (['vendor'] as const) : []),
    ...(kev === null ? [] : (['kev'] as const)),
    ...(ssvc?.exploitation === 'active' ? (['ssvc'] as const) : []),
  ];
}

export interface Estimate<T> {
  value: T;
  /** True where nobody said it, and it was concluded from the CVSS vector or from nothing. */
  estimated: boolean;
}

/** May an attack be automated? Without CISA's word: over the network, without rights and without anybody's help. Unknown counts as yes (I5). */
export function automatable({ ssvc, cvss }: CveRisk): Estimate<boolean> {
  if (ssvc !== null) return { value: ssvc.automatable, estimated: false };
  const metrics = metricsOf(cvss);
  if (metrics === null) return { value: true, estimated: true };
  const value = metrics.get('AV') === 'N' && metrics.get('PR') === 'N' && metrics.get('UI') === 'N';
  return { value, estimated: true };
}

/** Does it give all of the machine away? Without CISA's word: confidentiality, integrity and availability all high. Unknown counts as yes (I5). */
export function totalImpact({ ssvc, cvss }: CveRisk): Estimate<boolean> {
  if (ssvc !== null) return { value: ssvc.technicalImpact === 'total', estimated: false };
  const metrics = metricsOf(cvss);
  if (metrics === null) return { value: true, estimated: true };
  const high = (name: string) => (metrics.get(name) ?? metrics.get(`V${name}`)) === 'H';
  return { value: high('C') && high('I') && high('A'), estimated: true };
}

/** `CVSS:3.1/AV:N/AC:L/…` as metrics by name; null where there is no vector. */
function metricsOf(cvss: CvssFact | null): Map<string, string> | null {
  const parts = cvss?.vector.split('/') ?? [];
  const pairs = parts.map((part) => part.split(':')).filter((pair) => pair.length === 2);
  const metrics = new Map(pairs.map(([name = '', value = '']) => [name, value] as const));
  return metrics.has('AV') ? metrics : null;
}
