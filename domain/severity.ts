// How severe a vendor calls an advisory: its words on one scale.

import type { Severity } from './patch.js';

export const severities: readonly Severity[] = ['unknown', 'low', 'moderate', 'important', 'critical'];

/** Microsoft, Red Hat and SUSE use the words of the scale; Ubuntu's priorities say `high`, `medium` and `negligible`: https://ubuntu.com/security/cves/about */
const words: Record<string, Severity> = {
  critical: 'critical',
  important: 'important',
  high: 'important',
  moderate: 'moderate',
  medium: 'moderate',
  low: 'low',
  negligible: 'low',
};

export function severityOf(word: string | null): Severity {
  const key = word?.trim().toLowerCase() ?? '';
  return Object.hasOwn(words, key) ? (words[key] ?? 'unknown') : 'unknown';
}

export function highestSeverity(found: readonly Severity[]): Severity {
  return found.reduce<Severity>(
    (best, one) => (severities.indexOf(one) > severities.indexOf(best) ? one : best),
    'unknown',
  );
}
