// Normalises a month of the MSRC into patches: one per KB, with builds and severities per product.
// Source of the shape: https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API

import type { NormalisedAdvisories } from './advisories.js';
import { isCve } from './cve.js';
import type { CvrfDocument, CvrfRemediation, CvrfVulnerability } from './cvrf.js';
import { Scores } from './cvss.js';
import type { Classification, Patch, PatchKind, Restart, Severity } from './patch.js';
import { isProductId, oneLine, webLink } from './plainText.js';
import { strongestRestart } from './restartHint.js';
import { highestSeverity, severityOf } from './severity.js';
import { Skipping } from './skipped.js';

const kbNumber = /^\d{6,8}$/;
const titleLengthMax = 300;
const nameLengthMax = 200;
const buildLengthMax = 100;

export function normaliseCvrf(document: CvrfDocument): NormalisedAdvisories {
  const skipping = new Skipping(document.skipped);
  const scores = new Scores(skipping);
  const drafts = new Map<string, Draft>();
  const taken = soundRecords(document, skipping);
  for (const vulnerability of taken) {
    for (const score of vulnerability.scores) scores.add(vulnerability.cve, score);
    addFixes(drafts, vulnerability, document, skipping);
  }
  for (const vulnerability of taken) addPages(drafts, vulnerability);
  const patches = [...drafts.values()]
    .map((draft) => finish(draft, document))
    .sort((a, b) => (a.patchId < b.patchId ? -1 : 1));
  return {
    id: document.id,
    title: oneLine(document.title, titleLengthMax),
    vulnerabilities: taken.length,
    patches,
    cvss: scores.list(),
    skipped: skipping.list(),
  };
}

/** Of Microsoft's own numbering: https://msrc.microsoft.com/update-guide/advisory */
const advisory = /^ADV\d{6}$/;

/** Without the records that name nothing, or what was named before. */
function soundRecords({ vulnerabilities }: CvrfDocument, skipping: Skipping): CvrfVulnerability[] {
  const seen = new Set<string>();
  return vulnerabilities.filter(({ cve }) => {
    if (!isCve(cve) && !advisory.test(cve)) skipping.add('its id is no CVE', cve);
    else if (seen.has(cve)) skipping.add('the same CVE again: the first record counts', cve);
    else {
      seen.add(cve);
      if (!isCve(cve)) skipping.add('an advisory of its own, no CVE: only its KBs are taken', cve);
      return true;
    }
    return false;
  });
}

function addFixes(
  drafts: Map<string, Draft>,
  vulnerability: CvrfVulnerability,
  document: CvrfDocument,
  skipping: Skipping,
): void {
  const fixes = vulnerability.remediations.filter((one) => isType(one.type, 'Vendor Fix'));
  if (fixes.length === 0)
    skipping.add(
      vulnerability.actionRequired === false
        ? 'nothing to patch: Microsoft mended its own service'
        : 'no fix is named: products that update themselves, or other vendors',
      vulnerability.cve,
    );
  for (const fix of fixes) {
    const kb = fix.description?.trim() ?? '';
    if (kbNumber.test(kb)) addTo(draftOf(drafts, kb), vulnerability, fix, document);
    else skipping.add(withoutKb(kb, fix, document), `${vulnerability.cve} ${kb}`);
  }
}

/** Where a fix comes from that is no KB: none of these reach a machine by its update service. */
const routes: readonly [RegExp, string][] = [
  [/^click to run$/i, 'no KB, Click to Run: Office updates itself'],
  [/^release notes?\b/i, 'no KB, only release notes: the product updates itself or is installed by hand'],
  [/\bstore$/i, 'no KB, a store of apps'],
];
const azureLinux = /\b(mariner|azure linux)\b/i;

function withoutKb(description: string, { productIds }: CvrfRemediation, { products }: CvrfDocument): string {
  // The text alone does not tell it: packages of Azure Linux come with `Release Notes` too.
  if (azureLinux.test(description) || productIds.some((id) => azureLinux.test(products.get(id) ?? '')))
    return 'no KB, Azure Linux: packages come from its own repositories';
  if (description === '') return 'no KB named';
  if (/^\d+$/.test(description)) return 'not a KB number';
  return routes.find(([pattern]) => pattern.test(description))?.[1] ?? 'no KB: packages and other texts';
}

interface Draft {
  kb: string;
  cves: Set<string>;
  products: Set<string>;
  fixedBuilds: Map<string, string>;
  severities: Map<string, Severity>;
  supersedes: Set<string>;
  restarts: Set<Restart>;
  kinds: PatchKind[];
  subTypes: Set<string>;
  articleUrl: string | null;
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
    fixedBuilds: new Map(),
    severities: new Map(),
    supersedes: new Set(),
    restarts: new Set(),
    kinds: [],
    subTypes: new Set(),
    articleUrl: null,
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
  if (isCve(vulnerability.cve)) draft.cves.add(vulnerability.cve);
  for (const productId of remediation.productIds.filter(isProductId)) {
    draft.products.add(productId);
    const build = remediation.fixedBuild?.trim();
    if (build !== undefined && build !== '') draft.fixedBuilds.set(productId, oneLine(build, buildLengthMax));
    raiseSeverity(draft, productId, severityFor(vulnerability, productId));
  }
  for (const kb of tokeniseSupercedence(remediation.supercedence)) if (kb !== draft.kb) draft.supersedes.add(kb);
  draft.restarts.add(restartOf(remediation.restartRequired));
  draft.kinds.push(kindOf(remediation.subType, remediation.fixedBuild));
  draft.subTypes.add(remediation.subType ?? '');
  const status = exploitStatus(vulnerability);
  draft.exploited ||= status.exploited;
  draft.disclosed ||= status.disclosed;
  const first = firstRevision(vulnerability) ?? document.initialRelease;
  if (first !== null && (draft.released === null || first < draft.released)) draft.released = first;
}

/** The pages that the document names for a KB: its article, and that it has known issues (a flag, without their text). */
function addPages(drafts: Map<string, Draft>, vulnerability: CvrfVulnerability): void {
  for (const { type, subType, description, url } of vulnerability.remediations) {
    const article = isType(type, 'Release Notes') ? drafts.get(subType?.trim() ?? '') : undefined;
    if (article !== undefined) article.articleUrl ??= webLink(url);
    const issue = isType(type, 'Known Issue') ? drafts.get(description?.trim() ?? '') : undefined;
    if (issue === undefined) continue;
    issue.knownIssue = true;
    issue.knownIssueUrl ??= webLink(url);
  }
}

function finish(draft: Draft, document: CvrfDocument): Patch {
  const products = [...draft.products]
    .sort()
    .map((id) => ({ id, name: oneLine(document.products.get(id) ?? id, nameLengthMax) }));
  const kind = commonest(draft.kinds);
  return {
    patchId: `KB${draft.kb}`,
    kb: draft.kb,
    title: titleOf(draft.kb, kind, products, draft.released),
    severity: highestSeverity([...draft.severities.values()]),
    severityByProduct: Object.fromEntries(draft.severities),
    cves: [...draft.cves].sort(),
    products,
    fixedBuilds: Object.fromEntries(draft.fixedBuilds),
    packages: [],
    supersedes: [...draft.supersedes].sort(),
    restart: strongestRestart([...draft.restarts]),
    kind,
    exploited: draft.exploited,
    disclosed: draft.disclosed,
    knownIssue: draft.knownIssue,
    knownIssueUrl: draft.knownIssueUrl,
    released: draft.released,
    classification: classificationOf(draft.subTypes),
    url: draft.articleUrl ?? `https://support.microsoft.com/help/${draft.kb}`,
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
  if (word.startsWith('standalone')) return 'standalone';
  // The document does not name cumulative updates: a security update that brings a Windows build is one.
  if (word.includes('securityupdate') || word === '')
    return /^10\.0\.\d{5}\.\d+$/.test(fixedBuild?.trim() ?? '') ? 'cumulative' : word === '' ? 'other' : 'update';
  return word === 'update' ? 'update' : 'other';
}

/** Definitions of scanners have no decision each: a document that calls a KB so everywhere means one. */
function classificationOf(subTypes: Set<string>): Classification {
  return [...subTypes].every((subType) => /^(definition|security intelligence)\b/i.test(subType.trim()))
    ? 'definition'
    : 'security';
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

function severityFor(vulnerability: CvrfVulnerability, productId: string): Severity {
  const found = vulnerability.threats.filter(
    (threat) => isType(threat.type, 'Severity') && threat.productIds.includes(productId),
  );
  return highestSeverity(found.map((threat) => severityOf(threat.description)));
}

function raiseSeverity(draft: Draft, productId: string, severity: Severity): void {
  draft.severities.set(productId, highestSeverity([draft.severities.get(productId) ?? 'unknown', severity]));
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
export function titleOf(kb: string, kind: PatchKind, products: { name: string }[], released: string | null): string {
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
