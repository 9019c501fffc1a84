// Normalises a month of the MSRC into patches: one per KB, with builds and severities per product.
// Source of the shape: https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API

import type { Patch, PatchKind, Restart, Severity } from './patch.js';
import type { CvssFact } from './risk.js';

/** The document as parsed, only what is used; XML's string enumerations. */
export interface CvrfDocument {
  id: string;
  title: string;
  initialRelease: string | null;
  currentRelease: string | null;
  revision: string | null;
  /** Product names by id. */
  products: Record<string, string>;
  vulnerabilities: CvrfVulnerability[];
}

export interface CvrfVulnerability {
  cve: string;
  title: string | null;
  threats: { type: string; description: string | null; productIds: string[] }[];
  remediations: CvrfRemediation[];
  /** ISO instants of the revisions, unsorted as they come. */
  revisions: { number: string; date: string | null }[];
}

export interface CvrfRemediation {
  type: string;
  description: string | null;
  url: string | null;
  supercedence: string | null;
  productIds: string[];
  restartRequired: string | null;
  subType: string | null;
  fixedBuild: string | null;
}

/** What of a document could not be taken. */
export interface Skipped {
  reason: string;
  count: number;
  /** A few of them, shortened. */
  examples: string[];
}

export interface NormalisedMonth {
  id: string;
  title: string;
  vulnerabilities: number;
  patches: Patch[];
  cvss: CvssFact[];
  skipped: Skipped[];
}

const kbNumber = /^\d{6,8}$/;

export function normaliseCvrf(document: CvrfDocument): NormalisedMonth {
  const drafts = new Map<string, Draft>();
  const skipped = new Map<string, Skipped>();
  for (const vulnerability of document.vulnerabilities) {
    for (const remediation of vulnerability.remediations) {
      if (!isType(remediation.type, 'Vendor Fix')) continue;
      const kb = remediation.description?.trim() ?? '';
      if (kbNumber.test(kb)) addTo(draftOf(drafts, kb), vulnerability, remediation, document);
      else skip(skipped, kb);
    }
  }
  for (const vulnerability of document.vulnerabilities) addKnownIssues(drafts, vulnerability);
  const patches = [...drafts.values()]
    .map((draft) => finish(draft, document))
    .sort((a, b) => (a.patchId < b.patchId ? -1 : 1));
  return {
    id: document.id,
    title: document.title,
    vulnerabilities: document.vulnerabilities.length,
    patches,
    cvss: [],
    skipped: [...skipped.values()],
  };
}

interface Draft {
  kb: string;
  cves: Set<string>;
  products: Set<string>;
  fixedBuilds: Record<string, string>;
  severityByProduct: Record<string, Severity>;
  supersedes: Set<string>;
  restarts: Set<Restart>;
  kinds: PatchKind[];
  exploited: boolean;
  disclosed: boolean;
  knownIssueUrl: string | null;
  knownIssue: boolean;
  released: string | null;
}

function draftOf(drafts: Map<string, Draft>, kb: string): Draft {
  const held = drafts.get(kb);
  if (held !== undefined) return held;
  const draft: Draft = {
    kb,
    cves: new Set(),
    products: new Set(),
    fixedBuilds: {},
    severityByProduct: {},
    supersedes: new Set(),
    restarts: new Set(),
    kinds: [],
    exploited: false,
    disclosed: false,
    knownIssueUrl: null,
    knownIssue: false,
    released: null,
  };
  drafts.set(kb, draft);
  return draft;
}

function addTo(
  draft: Draft,
  vulnerability: CvrfVulnerability,
  remediation: CvrfRemediation,
  document: CvrfDocument,
): void {
  draft.cves.add(vulnerability.cve);
  for (const productId of remediation.productIds) {
    draft.products.add(productId);
    const build = remediation.fixedBuild?.trim();
    if (build !== undefined && build !== '') draft.fixedBuilds[productId] = build;
    raiseSeverity(draft, productId, severityFor(vulnerability, productId));
  }
  for (const kb of tokeniseSupercedence(remediation.supercedence)) if (kb !== draft.kb) draft.supersedes.add(kb);
  draft.restarts.add(restartOf(remediation.restartRequired));
  draft.kinds.push(kindOf(remediation.subType, remediation.fixedBuild));
  const status = exploitStatus(vulnerability);
  draft.exploited ||= status.exploited;
  draft.disclosed ||= status.disclosed;
  const first = firstRevision(vulnerability) ?? document.initialRelease;
  if (first !== null && (draft.released === null || first < draft.released)) draft.released = first;
}

function addKnownIssues(drafts: Map<string, Draft>, vulnerability: CvrfVulnerability): void {
  for (const remediation of vulnerability.remediations) {
    const draft = isType(remediation.type, 'Known Issue')
      ? drafts.get(remediation.description?.trim() ?? '')
      : undefined;
    if (draft === undefined) continue;
    draft.knownIssue = true;
    draft.knownIssueUrl ??= remediation.url;
  }
}

function finish(draft: Draft, document: CvrfDocument): Patch {
  const products = [...draft.products].sort().map((id) => ({ id, name: document.products[id] ?? id }));
  const kind = commonest(draft.kinds);
  return {
    patchId: `KB${draft.kb}`,
    kb: draft.kb,
    title: titleOf(draft.kb, kind, products, draft.released),
    severity: highest(Object.values(draft.severityByProduct)),
    severityByProduct: draft.severityByProduct,
    cves: [...draft.cves].sort(),
    products,
    fixedBuilds: draft.fixedBuilds,
    packages: [],
    supersedes: [...draft.supersedes].sort(),
    restart: restartOfAll(draft.restarts),
    kind,
    exploited: draft.exploited,
    disclosed: draft.disclosed,
    knownIssue: draft.knownIssue,
    knownIssueUrl: draft.knownIssueUrl,
    released: draft.released,
    classification: 'security',
    url: `https://support.microsoft.com/help/${draft.kb}`,
    source: { channel: 'msrc', document: document.id, revision: document.revision ?? document.currentRelease ?? '' },
  };
}

/** `4489488; 4495165`, `MS16-110, 3187754`, `None`: only KB numbers count. */
export function tokeniseSupercedence(text: string | null): string[] {
  return (text ?? '')
    .split(/[;,\s]+/)
    .map((word) => word.replace(/^KB/i, ''))
    .filter((word) => kbNumber.test(word));
}

/** SubType is free text: case and spaces vary over the years. */
export function kindOf(subType: string | null, fixedBuild: string | null): PatchKind {
  const word = (subType ?? '').toLowerCase().replace(/[^a-z]/g, '');
  if (word.includes('hotpatch')) return 'hotpatch';
  if (word.includes('servicingstack')) return 'servicingStack';
  if (word.includes('monthlyrollup')) return 'monthlyRollup';
  if (word.includes('securityonly')) return 'securityOnly';
  if (word.includes('iecumulative')) return 'ieCumulative';
  if (word.includes('previewrollup')) return 'previewRollup';
  if (word.includes('alternatecumulative')) return 'cumulative';
  if (word.startsWith('setup')) return 'setup';
  // The document does not name cumulative updates: a security update that brings a Windows build is one.
  if (word === 'securityupdate' || word === '')
    return /^10\.0\.\d{5}\.\d+$/.test(fixedBuild?.trim() ?? '') ? 'cumulative' : word === '' ? 'other' : 'update';
  if (word.startsWith('standalone')) return 'standalone';
  return word === 'update' ? 'update' : 'other';
}

function restartOf(text: string | null): Restart {
  switch ((text ?? '').trim().toLowerCase()) {
    case 'yes':
      return 'yes';
    case 'no':
      return 'no';
    case 'maybe':
      return 'maybe';
    default:
      return 'unknown';
  }
}

function restartOfAll(restarts: Set<Restart>): Restart {
  for (const restart of ['yes', 'maybe', 'no'] as const) if (restarts.has(restart)) return restart;
  return 'unknown';
}

const severities: readonly Severity[] = ['unknown', 'low', 'moderate', 'important', 'critical'];

function severityFor(vulnerability: CvrfVulnerability, productId: string): Severity {
  const found = vulnerability.threats.filter(
    (threat) => isType(threat.type, 'Severity') && threat.productIds.includes(productId),
  );
  return highest(
    found.map(
      (threat) => severities.find((severity) => severity === threat.description?.trim().toLowerCase()) ?? 'unknown',
    ),
  );
}

function raiseSeverity(draft: Draft, productId: string, severity: Severity): void {
  draft.severityByProduct[productId] = highest([draft.severityByProduct[productId] ?? 'unknown', severity]);
}

function highest(found: Severity[]): Severity {
  return found.reduce<Severity>(
    (best, one) => (severities.indexOf(one) > severities.indexOf(best) ? one : best),
    'unknown',
  );
}

/** `Publicly Disclosed:No;Exploited:Yes;…`, any part optional. */
function exploitStatus(vulnerability: CvrfVulnerability): { exploited: boolean; disclosed: boolean } {
  const texts = vulnerability.threats
    .filter((threat) => isType(threat.type, 'Exploit Status'))
    .map((threat) => threat.description ?? '');
  return {
    exploited: texts.some((text) => /(^|;)\s*exploited:\s*yes/i.test(text)),
    disclosed: texts.some((text) => /(^|;)\s*publicly disclosed:\s*yes/i.test(text)),
  };
}

function firstRevision(vulnerability: CvrfVulnerability): string | null {
  return (
    vulnerability.revisions.flatMap((revision) => (revision.date === null ? [] : [revision.date])).sort()[0] ?? null
  );
}

/** Microsoft gives a KB no title of its own in this document. */
function titleOf(kb: string, kind: PatchKind, products: { name: string }[], released: string | null): string {
  const names = [...new Set(products.map((product) => product.name.replace(/ \(Server Core installation\)$/, '')))];
  const servers = names.filter((name) => name.includes('Windows Server'));
  const shown = (servers.length > 0 ? servers : names).slice(0, 2).join(', ');
  const more = names.length > 2 ? ' and others' : '';
  return `${released === null ? '' : `${released.slice(0, 7)} `}${kindTitles[kind]} for ${shown || 'unnamed products'}${more} (KB${kb})`;
}

const kindTitles: Record<PatchKind, string> = {
  cumulative: 'Cumulative Update',
  monthlyRollup: 'Security Monthly Quality Rollup',
  securityOnly: 'Security Only Quality Update',
  hotpatch: 'Hotpatch',
  servicingStack: 'Servicing Stack Update',
  ieCumulative: 'Cumulative Security Update for Internet Explorer',
  previewRollup: 'Preview Rollup',
  setup: 'Setup Dynamic Update',
  standalone: 'Standalone Security Update',
  update: 'Security Update',
  other: 'Update',
};

function commonest(kinds: PatchKind[]): PatchKind {
  const counts = new Map<PatchKind, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? 'other';
}

function isType(type: string, wanted: string): boolean {
  return type.trim().toLowerCase() === wanted.toLowerCase();
}

function skip(skipped: Map<string, Skipped>, description: string): void {
  const reason =
    description === ''
      ? 'no KB named'
      : /^\d+$/.test(description)
        ? 'not a KB number'
        : `no KB: ${description.slice(0, 60)}`;
  const family =
    reason.startsWith('no KB: ') && !/release notes|click to run|mariner/i.test(reason)
      ? 'no KB: packages and other texts'
      : reason;
  const held = skipped.get(family) ?? { reason: family, count: 0, examples: [] };
  held.count += 1;
  if (held.examples.length < 3 && !held.examples.includes(description)) held.examples.push(description.slice(0, 100));
  skipped.set(family, held);
}
