// KBs out of Microsoft's CSAF files, one CVE each. They know less of a KB than the month (CVRF) does: no supersedence, no severity by product.
// https://msrc.microsoft.com/blog/2024/11/toward-greater-transparency-publishing-machine-readable-csaf-files/

import type { CsafDocument, CsafRemediation, CsafVulnerability } from './csafDocument.js';
import { kindOf, titleOf } from './msrc.js';
import type { Patch } from './patch.js';
import { isProductId, oneLine, webLink } from './plainText.js';
import { strongestRestart, restartOfCategory } from './restartHint.js';
import { severityOf } from './severity.js';
import type { Skipping } from './skipped.js';

export function isMsrc({ namespace }: Pick<CsafDocument, 'namespace'>): boolean {
  return /^https:\/\/(www\.)?msrc\.microsoft\.com\/?$/.test(namespace);
}

interface KbFix {
  kb: string;
  vulnerability: CsafVulnerability;
  remediation: CsafRemediation;
}

export function msrcPatches(document: CsafDocument, skipping: Skipping): Patch[] {
  const byKb = new Map<string, KbFix[]>();
  let fixes = 0;
  for (const vulnerability of document.vulnerabilities)
    for (const remediation of vulnerability.remediations) {
      if (remediation.category !== 'vendor_fix') continue;
      fixes += 1;
      const kb = kbIn(remediation);
      if (kb === null)
        skipping.add(
          'no KB: a fix that comes another way',
          `${vulnerability.cve ?? document.id} ${remediation.details}`,
        );
      else byKb.set(kb, [...(byKb.get(kb) ?? []), { kb, vulnerability, remediation }]);
    }
  if (fixes === 0) skipping.add('fixes nothing: its products are not affected, or have no fix yet', document.id);
  return [...byKb.values()].map((of) => patchOf(document, of)).sort((a, b) => (a.patchId < b.patchId ? -1 : 1));
}

/** `https://support.microsoft.com/help/5066835`, `https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5066835` */
function kbIn({ url }: CsafRemediation): string | null {
  return (
    /^https:\/\/support\.microsoft\.com\/(?:[a-z-]+\/)?(?:help|kb)\/(\d{6,8})(?:\D|$)/i.exec(url ?? '')?.[1] ??
    /^https:\/\/(?:www\.)?catalog\.update\.microsoft\.com\/.*[?&]q=KB(\d{6,8})$/i.exec(url ?? '')?.[1] ??
    null
  );
}

function patchOf(document: CsafDocument, of: KbFix[]): Patch {
  const kb = of[0]?.kb ?? '';
  const places = of.flatMap((one) => placesOf(document, one));
  const products = [...new Map(places.map(({ id, name }) => [id, { id, name }])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  const words = of.map(({ remediation }) => wordsIn(remediation.details));
  const kind = kindOf(words[0]?.subType ?? null, words[0]?.build ?? null);
  const threats = of.flatMap(({ vulnerability }) => vulnerability.threats);
  const told = (pattern: RegExp) =>
    threats.some(({ category, details }) => category === 'exploit_status' && pattern.test(details));
  return {
    patchId: `KB${kb}`,
    kb,
    title: titleOf(kb, kind, products, document.released),
    severity: severityOf(document.severity),
    severityByProduct: {},
    cves: [...new Set(of.flatMap(({ vulnerability }) => vulnerability.cve ?? []))].sort(),
    products,
    fixedBuilds: Object.fromEntries(places.flatMap(({ id, build }) => (build === null ? [] : [[id, build]]))),
    packages: [],
    supersedes: [],
    restart: strongestRestart(of.map(({ remediation }) => restartOfCategory(remediation.restart))),
    kind,
    exploited: told(/(^|;)\s*exploited:\s*yes/i),
    disclosed: told(/(^|;)\s*publicly disclosed:\s*yes/i),
    knownIssue: false,
    knownIssueUrl: null,
    released: document.released,
    classification: 'security',
    url: webLink(of[0]?.remediation.url ?? null) ?? `https://support.microsoft.com/help/${kb}`,
    source: { channel: 'csaf', document: document.id, revision: document.revision },
  };
}

/** `10.0.20348.3566:Security Update:https://…` */
function wordsIn(details: string): { build: string | null; subType: string | null } {
  const [, build, subType] = /^([^:]*):([^:]*):https?:/.exec(details) ?? [];
  return { build: build?.trim() || null, subType: subType?.trim() || null };
}

/** A fix is told for versions before it; the product that has it is the fixed one of the same name. */
function placesOf(document: CsafDocument, { vulnerability, remediation }: KbFix) {
  const names = new Set(remediation.productIds.flatMap((id) => document.products.get(id)?.productName ?? []));
  return vulnerability.fixed.flatMap((id) => {
    const product = document.products.get(id);
    const name = product?.productName ?? null;
    if (product === undefined || name === null || !names.has(name)) return [];
    const build = wordsIn(remediation.details).build ?? product.version;
    return isProductId(id)
      ? [{ id, name: oneLine(name, 200), build: build === null ? null : oneLine(build, 100) }]
      : [];
  });
}
