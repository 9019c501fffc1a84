// What a vendor changed of a patch that was known: other content, other terms, or other words.

import { canonical } from './canonical.js';
import type { Patch } from './patch.js';

/**
 * `content`: what is installed is another thing, so it is tested again; `terms`: whether, where or how it is installed, so it is asked
 * again; `wording`: neither, e.g. a title, or more CVEs for the same content.
 */
export type RevisionWeight = 'content' | 'terms' | 'wording';

export interface Revision {
  weight: RevisionWeight;
  /** Each change in a sentence. */
  changes: string[];
  /** CVEs that it was said to fix and is no longer: another patch may have taken them over. */
  lostCves: string[];
}

const order: readonly RevisionWeight[] = ['wording', 'terms', 'content'];

interface Change {
  weight: RevisionWeight;
  told: string;
}

/** Null when nothing differs but the document's own number: a month's document counts up with every CVE of it, most of them Linux. */
export function revisionBetween(before: Patch, after: Patch): Revision | null {
  const lostCves = before.cves.filter((cve) => !after.cves.includes(cve));
  const changes = [
    ...numberChange(before, after),
    ...valueChange('content', 'KB', before.kb, after.kb),
    ...valueChange('content', 'kind', before.kind, after.kind),
    ...mapChanges('build', before.fixedBuilds, after.fixedBuilds, namesOf(before, after)),
    ...packageChanges(before, after),
    ...listChange('terms', 'products', productNames(before), productNames(after)),
    ...listChange('terms', 'supersedes', before.supersedes, after.supersedes),
    ...valueChange('terms', 'restart', before.restart, after.restart),
    ...severityChanges(before, after),
    ...valueChange('terms', 'classification', before.classification, after.classification),
    ...valueChange('terms', 'known issue', yes(before.knownIssue), yes(after.knownIssue)),
    ...listChange(lostCves.length > 0 ? 'terms' : 'wording', 'CVEs', before.cves, after.cves),
    ...valueChange('wording', 'exploited', yes(before.exploited), yes(after.exploited)),
    ...valueChange('wording', 'disclosed', yes(before.disclosed), yes(after.disclosed)),
    ...valueChange('wording', 'title', before.title, after.title),
    ...valueChange('wording', 'page', before.url, after.url),
    ...valueChange('wording', 'page of the known issue', before.knownIssueUrl, after.knownIssueUrl),
    ...valueChange('wording', 'released', before.released, after.released),
  ];
  if (changes.length === 0) return null;
  const weight = changes.reduce<RevisionWeight>((heaviest, one) => heavier(heaviest, one.weight), 'wording');
  return { weight, changes: changes.map((change) => change.told), lostCves };
}

function heavier(a: RevisionWeight, b: RevisionWeight): RevisionWeight {
  return order.indexOf(b) > order.indexOf(a) ? b : a;
}

/** Where an advisory counts for itself, x.0 is substance and x.y wording; a month's document counts in whole numbers and says nothing. */
function numberChange({ source: before }: Patch, { source: after }: Patch): Change[] {
  if (before.channel !== after.channel || before.document !== after.document) return [];
  const [old, now] = [majorOf(before.revision), majorOf(after.revision)];
  if (old === null || now === null || now <= old) return [];
  return [{ weight: 'content', told: `the vendor's revision: ${before.revision} → ${after.revision}` }];
}

function majorOf(revision: string): number | null {
  const match = /^(\d{1,4})\.\d{1,4}$/.exec(revision);
  return match === null ? null : Number(match[1]);
}

function valueChange(weight: RevisionWeight, what: string, before: string | null, after: string | null): Change[] {
  return before === after ? [] : [{ weight, told: `${what}: ${before ?? 'none'} → ${after ?? 'none'}` }];
}

/** A product more changes nothing of what the others get: only a changed or a lost value is other content. */
function mapChanges(
  what: string,
  before: Record<string, string>,
  after: Record<string, string>,
  names: Map<string, string>,
): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((key): Change[] => {
    const [old, now] = [before[key], after[key]];
    if (old === now) return [];
    const weight = old === undefined ? 'terms' : 'content';
    return [{ weight, told: `${what} for ${names.get(key) ?? key}: ${old ?? 'none'} → ${now ?? 'none'}` }];
  });
}

function packageChanges(before: Patch, after: Patch): Change[] {
  const key = ({ distribution, release, pocket, name, module, architecture }: Patch['packages'][number]) =>
    [distribution, release, pocket, module, name, architecture].filter((part) => part !== null).join(' ');
  const versions = ({ packages }: Patch) => Object.fromEntries(packages.map((fix) => [key(fix), fix.version]));
  return mapChanges('package', versions(before), versions(after), new Map());
}

function severityChanges(before: Patch, after: Patch): Change[] {
  const whole = valueChange('terms', 'severity', before.severity, after.severity);
  if (whole.length > 0 || canonical(before.severityByProduct) === canonical(after.severityByProduct)) return whole;
  return mapChanges('severity', before.severityByProduct, after.severityByProduct, namesOf(before, after)).map(
    (change) => ({ ...change, weight: 'terms' }),
  );
}

function listChange(weight: RevisionWeight, what: string, before: string[], after: string[]): Change[] {
  const added = after.filter((one) => !before.includes(one));
  const gone = before.filter((one) => !after.includes(one));
  if (added.length === 0 && gone.length === 0) return [];
  const parts = [
    ...(added.length === 0 ? [] : [`${shown(added)} added`]),
    ...(gone.length === 0 ? [] : [`${shown(gone)} gone`]),
  ];
  return [{ weight, told: `${what}: ${parts.join(', ')}` }];
}

const shownMax = 10;

function shown(list: string[]): string {
  const more = list.length > shownMax ? ` and ${list.length - shownMax} more` : '';
  return `${list.slice(0, shownMax).join(', ')}${more}`;
}

function productNames({ products }: Patch): string[] {
  return products.map((product) => product.name);
}

function namesOf(...patches: Patch[]): Map<string, string> {
  return new Map(patches.flatMap((patch) => patch.products.map(({ id, name }) => [id, name] as const)));
}

function yes(flag: boolean): string {
  return flag ? 'yes' : 'no';
}

/** Patches that now fix what the revised one no longer does, for products that it was for. */
export function takenOver(
  revised: Pick<Patch, 'patchId' | 'products'>,
  lostCves: readonly string[],
  patches: Patch[],
): string[] {
  const mine = new Set(revised.products.map((product) => product.id));
  return patches
    .filter(
      (other) =>
        other.patchId !== revised.patchId &&
        other.cves.some((cve) => lostCves.includes(cve)) &&
        other.products.some((product) => mine.has(product.id)),
    )
    .map((other) => other.patchId)
    .sort();
}
