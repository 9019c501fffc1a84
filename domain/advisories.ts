// What a document of advisories comes to, whichever vendor's.

import type { Patch } from './patch.js';
import type { CvssFact } from './risk.js';
import type { Skipped } from './skipped.js';

export interface NormalisedAdvisories {
  id: string;
  title: string;
  /** Vulnerabilities that were taken; notices, where a document holds notices. */
  vulnerabilities: number;
  patches: Patch[];
  /** Scores that the document gives its CVEs: the highest of each. */
  cvss: CvssFact[];
  skipped: Skipped[];
}
