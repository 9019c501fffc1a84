// What policy says of approval by rule: nothing is approved so until it names what.

import type { Classification, PatchKind, Severity } from './patch.js';

export interface AutomaticRule {
  id: string;
  /** Named one by one: no rule is for all. */
  categories: string[];
  classifications: Classification[];
  kinds: PatchKind[];
  severityAtMost: Severity;
  /** So long must the vendor have published it. */
  releasedHoursMin: number;
}

export interface AutomaticApprovals {
  /** None: everything is decided by people. */
  rules: AutomaticRule[];
  /** Names of patches and categories that no rule approves, whatever it says. */
  neverPatches: string[];
  neverCategories: string[];
}
