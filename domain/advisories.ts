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
  cvss: CvssFact[];
  skipped: Skipped[];
}
