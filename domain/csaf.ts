// Normalises an advisory of the Common Security Advisory Framework: one patch, with the packages that fix it on each release.
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html

import { patchIdOf, refusedId } from './advisoryId.js';
import { isCve } from './cve.js';
import type { NormalisedAdvisories } from './advisories.js';
import type { CsafDocument, CsafProduct, CsafVulnerability } from './csafDocument.js';
import { Scores } from './cvss.js';
import { redHatRelease, suseRelease, suseReleaseByName, type LinuxRelease } from './linuxRelease.js';
import { isMsrc, msrcPatches } from './msrcCsaf.js';
import { isForDebuggers, saidByNone, sourceOf } from './packagePatch.js';
import type { PackageFix, Patch, Restart } from './patch.js';
import { isProductId, oneLine, webLink } from './plainText.js';
import { restartHint, restartOfCategory, restartOfProse, strongestRestart } from './restartHint.js';
import type { CvssFact } from './risk.js';
import { rpmPackageOf, type RpmPackage } from './rpmPackage.js';
import { highestSeverity, severityOf } from './severity.js';
import { Skipping } from './skipped.js';

const titleLengthMax = 300;
const nameLengthMax = 200;

export function normaliseCsaf(document: CsafDocument): NormalisedAdvisories {
  const skipping = new Skipping(document.skipped);
  const vulnerabilities = document.vulnerabilities.filter(({ cve }) => {
    if (cve === null || isCve(cve)) return true;
    skipping.add('its id is no CVE', cve);
    return false;
  });
  const taken = { ...document, vulnerabilities };
  return {
    id: document.id,
    title: oneLine(document.title, titleLengthMax),
    vulnerabilities: vulnerabilities.length,
    patches: isMsrc(document) ? msrcPatches(taken, skipping) : patchesOf(taken, skipping),
    cvss: scoresOf(vulnerabilities, skipping),
    skipped: skipping.list(),
  };
}

function scoresOf(vulnerabilities: CsafVulnerability[], skipping: Skipping): CvssFact[] {
  const scores = new Scores(skipping);
  for (const { cve, scores: written } of vulnerabilities)
    if (cve !== null) for (const score of written) scores.add(cve, score);
  return scores.list();
}

function patchesOf(document: CsafDocument, skipping: Skipping): Patch[] {
  const patchId = patchIdOf(document.id);
  const reason = whyNone(document, patchId);
  if (reason !== null || patchId === null) {
    skipping.add(reason ?? refusedId, document.id);
    return [];
  }
  const places = placesOf(document);
  for (const name of places.elsewhere) skipping.add('packages for what is no system followed here', name);
  const isElsewhere = places.packages.length === 0 && places.fixedBuilds.length === 0 && places.elsewhere.size > 0;
  return isElsewhere ? [] : [patchOf(patchId, document, places)];
}

/** Why a document announces no patch; null when it does. */
function whyNone({ id, status, vulnerabilities }: CsafDocument, patchId: string | null): string | null {
  if (isCve(id)) return 'says how products stand to one CVE (VEX): the patch comes with the advisory of its vendor';
  if (patchId === null) return refusedId;
  if (status === 'draft') return 'a draft';
  const isFix = vulnerabilities.some(
    ({ fixed, remediations }) => fixed.length > 0 || remediations.some(({ category }) => category === 'vendor_fix'),
  );
  return isFix ? null : 'fixes nothing: its products are not affected, or have no fix yet';
}

interface Places {
  packages: PackageFix[];
  products: { id: string; name: string }[];
  fixedBuilds: [string, string][];
  /** Names of what is fixed in containers, or in products whose system is not followed. */
  elsewhere: Set<string>;
}

/** What is fixed where: packages on releases, or, of vendors without packages, products by their versions. */
function placesOf(document: CsafDocument): Places {
  const built: Built[] = [];
  const products = new Map<string, string>();
  const fixedBuilds = new Map<string, string>();
  const elsewhere = new Set<string>();
  for (const productId of [...fixedIn(document)].filter(isProductId)) {
    const { component, platform } = document.relationships.get(productId) ?? { component: productId, platform: null };
    const held = document.products.get(component);
    const holder = platform === null ? undefined : document.products.get(platform);
    const rpm = platform === null ? null : rpmPackageOf(held?.purl ?? null, component);
    const place = holder === undefined ? null : releaseOf(holder);
    const id = rpm === null ? component : (platform ?? component);
    products.set(id, oneLine((rpm === null ? held?.productName : holder?.name) ?? held?.name ?? id, nameLengthMax));
    if (rpm !== null && place !== null) built.push({ platform: id, place, rpm });
    else if (rpm !== null) elsewhere.add(holder?.name ?? id);
    else if (typeof held?.purl === 'string') elsewhere.add(held.purl);
    else if (typeof held?.version === 'string' && !held.isRange) fixedBuilds.set(id, oneLine(held.version, 100));
  }
  return {
    packages: packagesOf(built, sourcesIn(document)),
    products: [...products].map(([id, name]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    fixedBuilds: [...fixedBuilds],
    elsewhere,
  };
}

/** Some vendors name no fixed product, only what a fix is for. */
function fixedIn({ vulnerabilities }: CsafDocument): Set<string> {
  const fixed = new Set(vulnerabilities.flatMap((one) => one.fixed));
  if (fixed.size > 0) return fixed;
  const fixes = vulnerabilities.flatMap((one) => one.remediations).filter(({ category }) => category === 'vendor_fix');
  return new Set(fixes.flatMap(({ productIds }) => productIds));
}

function releaseOf({ cpe, name }: CsafProduct): LinuxRelease | null {
  if (cpe === null) return suseReleaseByName(name);
  return redHatRelease(cpe) ?? suseRelease(cpe);
}

type Built = { platform: string; place: LinuxRelease; rpm: RpmPackage };

function packagesOf(built: Built[], sources: Map<string, RpmPackage[]>): PackageFix[] {
  const withBinaries = new Set(built.flatMap(({ platform, rpm }) => (isSource(rpm) ? [] : [platform])));
  const fixes = new Map<string, PackageFix>();
  for (const { platform, place, rpm } of built) {
    const sourceOnly = isSource(rpm);
    if (sourceOnly ? withBinaries.has(platform) : isForDebuggers(rpm.name)) continue;
    const fix = fixOf(place, rpm, sourceOnly ? rpm.name : sourceOf(rpm.version, sources.get(platform) ?? []));
    fixes.set(JSON.stringify(fix), fix);
  }
  return [...fixes.values()];
}

/** The sources that a document names for each platform, whether they are told fixed or not affected. */
function sourcesIn({ relationships, products }: CsafDocument): Map<string, RpmPackage[]> {
  const sources = new Map<string, RpmPackage[]>();
  for (const { component, platform } of relationships.values()) {
    const rpm = rpmPackageOf(products.get(component)?.purl ?? null, component);
    if (rpm !== null && isSource(rpm)) sources.set(platform, [...(sources.get(platform) ?? []), rpm]);
  }
  return sources;
}

function isSource({ architecture }: RpmPackage): boolean {
  return architecture === 'src' || architecture === 'nosrc';
}

function fixOf(place: LinuxRelease, rpm: RpmPackage, source: string | null): PackageFix {
  const sourceOnly = isSource(rpm);
  return {
    ...place,
    name: rpm.name,
    source,
    sourceOnly,
    module: rpm.module,
    version: rpm.version,
    architecture: sourceOnly || rpm.architecture === 'noarch' || rpm.architecture === '' ? null : rpm.architecture,
  };
}

function patchOf(patchId: string, document: CsafDocument, places: Places): Patch {
  const { vulnerabilities } = document;
  const cves = [...new Set(vulnerabilities.flatMap(({ cve }) => cve ?? []))].sort();
  const threats = vulnerabilities.flatMap((one) => one.threats);
  const impacts = threats.filter(({ category }) => category === 'impact').map(({ details }) => severityOf(details));
  const severity = severityOf(document.severity);
  return {
    ...saidByNone,
    patchId,
    title: oneLine(document.title, titleLengthMax),
    severity: severity === 'unknown' ? highestSeverity(impacts) : severity,
    cves,
    products: places.products,
    fixedBuilds: Object.fromEntries(places.fixedBuilds),
    packages: places.packages,
    restart: restartOf(document, places.packages),
    exploited: threats.some(isExploited),
    released: document.released,
    classification: cves.length > 0 || !/^(RHBA|RHEA|SUSE-RU|SUSE-FU|SUSE-OU)-/.test(patchId) ? 'security' : 'other',
    url: webLink(document.url),
    source: { channel: 'csaf', document: document.id, revision: document.revision },
  };
}

/** Red Hat tells by a link to CISA's catalogue; others in Microsoft's words. */
function isExploited({ category, details }: { category: string; details: string }): boolean {
  return category === 'exploit_status' && /known-exploited-vulnerabilities|(^|;)\s*exploited:\s*yes/i.test(details);
}

function restartOf({ vulnerabilities }: CsafDocument, packages: PackageFix[]): Restart {
  const fixes = vulnerabilities.flatMap((one) => one.remediations).filter(({ category }) => category === 'vendor_fix');
  const said = strongestRestart(fixes.map(({ restart }) => restartOfCategory(restart)));
  const vendor = said === 'unknown' ? strongestRestart(fixes.map(({ details }) => restartOfProse(details))) : said;
  return restartHint(
    packages.map(({ name }) => name),
    vendor,
  );
}
