// Versions that are plain dotted numbers, compared part by part. Package versions have rules of their own.

import { compareBuilds, parseBuild } from './windowsBuild.js';

/** Negative when `a` is older; null where either has no numbers to compare. */
export function compareVersions(a: string, b: string): number | null {
  const [one, other] = [parseBuild(a), parseBuild(b)];
  if (one !== null && other !== null) return compareBuilds(one, other);
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === null || right === null) return null;
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const order = (left[part] ?? 0) - (right[part] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function numbersOf(version: string): number[] | null {
  return /^\d{1,15}(\.\d{1,15})*$/.test(version) ? version.split('.').map(Number) : null;
}
