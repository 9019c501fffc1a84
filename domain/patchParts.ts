// One patch told by several documents: a KB of April stands in a document of November too. What any of them says counts; none takes back another's word.

import type { Patch, PackageFix, Restart, Severity } from './patch.js';
import { highestSeverity } from './severity.js';

const restarts: readonly Restart[] = ['unknown', 'no', 'maybe', 'yes'];

/** `parts`: the same patch as each document tells it, at least one; in any order. */
export function mergeParts(parts: readonly Patch[]): Patch {
  const ordered = parts.toSorted(
    (a, b) => b.cves.length - a.cves.length || (a.source.document < b.source.document ? -1 : 1),
  );
  const [home] = ordered;
  if (home === undefined) throw new Error('a patch that no document tells');
  if (ordered.length === 1) return home;
  // The first that says something speaks: the home document before the others.
  const byHome = ordered.toReversed();
  return {
    ...home,
    severity: highestSeverity(ordered.map((part) => part.severity)),
    severityByProduct: severityByProduct(ordered),
    cves: distinct(ordered.flatMap((part) => part.cves)),
    products: [...new Map(byHome.flatMap((part) => part.products.map((one) => [one.id, one] as const))).values()].sort(
      (a, b) => (a.id < b.id ? -1 : 1),
    ),
    fixedBuilds: Object.assign({}, ...byHome.map((part) => part.fixedBuilds)) as Record<string, string>,
    packages: packagesOf(ordered),
    supersedes: distinct(ordered.flatMap((part) => part.supersedes)),
    restart: most(
      restarts,
      ordered.map((part) => part.restart),
    ),
    exploited: ordered.some((part) => part.exploited),
    disclosed: ordered.some((part) => part.disclosed),
    knownIssue: ordered.some((part) => part.knownIssue),
    knownIssueUrl: ordered.find((part) => part.knownIssueUrl !== null)?.knownIssueUrl ?? null,
    released: home.released ?? ordered.find((part) => part.released !== null)?.released ?? null,
  };
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)].sort();
}

function most<T>(scale: readonly T[], found: T[]): T {
  return found.reduce((best, one) => (scale.indexOf(one) > scale.indexOf(best) ? one : best));
}

function severityByProduct(parts: readonly Patch[]): Record<string, Severity> {
  const held: Record<string, Severity> = {};
  for (const part of parts)
    for (const [id, severity] of Object.entries(part.severityByProduct))
      held[id] = highestSeverity([held[id] ?? 'unknown', severity]);
  return held;
}

function packagesOf(parts: readonly Patch[]): PackageFix[] {
  const key = (fix: PackageFix) => Object.values(fix).join('|');
  return [...new Map(parts.flatMap((part) => part.packages.map((fix) => [key(fix), fix] as const))).values()];
}
