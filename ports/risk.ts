// What channels of risk bring: facts about CVEs, and what of the document could not be taken.

import type { CvssFact, EpssFact, KevFact, SsvcFact } from '../domain/risk.js';

export interface Skipped {
  reason: string;
  count: number;
  /** A few of them, shortened. */
  examples: string[];
}

export interface RiskDocument {
  channel: 'kev' | 'epss' | 'vulnrichment';
  /** What the document calls itself: a version, a date. */
  document: string;
  kev: KevFact[];
  epss: EpssFact[];
  ssvc: SsvcFact[];
  cvss: CvssFact[];
  skipped: Skipped[];
}
