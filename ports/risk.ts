// What channels of risk bring: facts about CVEs, and what of the document could not be taken.

import type { Skipped } from '../domain/skipped.js';
import type { CveRisk, CvssFact, EpssFact, KevFact, SsvcFact } from '../domain/risk.js';

export interface RiskDocument {
  channel: 'kev' | 'epss' | 'vulnrichment' | 'nvd';
  /** What the document calls itself: a version, a date. */
  document: string;
  kev: KevFact[];
  epss: EpssFact[];
  ssvc: SsvcFact[];
  cvss: CvssFact[];
  skipped: Skipped[];
}

export interface RiskStore {
  /** Takes facts; what is known already and unchanged is not written. A CVE that a document does not name keeps its facts. */
  save(
    facts: Pick<RiskDocument, 'document' | 'kev' | 'epss' | 'ssvc' | 'cvss'> & { channel: string },
    at: string,
  ): Promise<{ changed: number }>;
  /** Of CVEs that any channel named. `vendorExploited` is the advisory's to say: false here. */
  risks(cves: string[]): Promise<CveRisk[]>;
}
