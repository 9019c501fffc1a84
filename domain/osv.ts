// Normalises records of the Open Source Vulnerability format: advisories of Linux distributions become patches, records of CVEs bring scores alone.
// https://ossf.github.io/osv-schema/

import { patchIdOf, refusedId } from './advisoryId.js';
import type { NormalisedAdvisories } from './advisories.js';
import { isCve } from './cve.js';
import { Scores } from './cvss.js';
import { releaseOfEcosystem, type LinuxRelease } from './linuxRelease.js';
import { isForDebuggers, namesIn, saidByNone } from './packagePatch.js';
import type { Distribution, PackageFix, Patch, Severity } from './patch.js';
import { oneLine, webLink } from './plainText.js';
import { restartHint } from './restartHint.js';
import { highestSeverity, severityOf } from './severity.js';
import { Skipping, type Skipped } from './skipped.js';

/** A record as parsed, only what is used. */
export interface OsvRecord {
  id: string;
  summary: string | null;
  /** ISO instants. */
  published: string | null;
  modified: string | null;
  isWithdrawn: boolean;
  /** Other ids of the same, or of what it mends: CVE links stand in one or another of three lists. */
  linked: string[];
  severity: OsvSeverity[];
  references: { type: string; url: string }[];
  affected: OsvAffected[];
}

export interface OsvSeverity {
  type: string;
  score: string;
}

export interface OsvAffected {
  ecosystem: string;
  /** Of the source, in distributions' records. */
  name: string;
  /** The first version that has the fix; null: there is none yet. */
  fixed: string | null;
  /** Packages that are built of it, with their own versions; empty where the record does not say. */
  binaries: { name: string; version: string }[];
  /** What the vendor says of its CVEs here. */
  cves: { id: string; severity: OsvSeverity[] }[];
}

const titleLengthMax = 300;
const nameForm = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,150}$/;
const versionForm = /^[A-Za-z0-9.+~:^_-]{1,150}$/;

export function normaliseOsv(records: OsvRecord[], before: readonly Skipped[]): NormalisedAdvisories {
  const skipping = new Skipping(before);
  const scores = new Scores(skipping);
  const patches = new Map<string, Patch>();
  const seen = new Set<string>();
  for (const record of records) {
    if (seen.has(record.id)) {
      skipping.add('the same record again: the first one counts', record.id);
      continue;
    }
    seen.add(record.id);
    addScores(record, scores);
    const patch = patchOf(record, skipping);
    if (patch !== null) patches.set(patch.patchId, patch);
  }
  const [only] = records.length === 1 ? records : [];
  return {
    id: only?.id ?? `${seen.size} records`,
    title: oneLine(only?.summary ?? only?.id ?? `${seen.size} records`, titleLengthMax),
    vulnerabilities: seen.size,
    patches: [...patches.values()].sort((a, b) => (a.patchId < b.patchId ? -1 : 1)),
    cvss: scores.list(),
    skipped: skipping.list(),
  };
}

/** `UBUNTU-CVE-2024-51988` is what a vendor says of a CVE. */
function cveOf(id: string): string | null {
  const cve = /^(?:[A-Z]+-)?(CVE-.*)$/.exec(id)?.[1];
  return cve !== undefined && isCve(cve) ? cve : null;
}

function addScores({ id, severity, affected }: OsvRecord, scores: Scores): void {
  const own = cveOf(id);
  const said = [
    ...(own === null ? [] : [{ id: own, severity }]),
    ...affected.flatMap(({ cves }) => cves).filter((one) => isCve(one.id)),
  ];
  for (const one of said)
    for (const { type, score } of one.severity) if (type === 'CVSS_V3') scores.addVector(one.id, score);
}

/** Null: the record announces no packages. */
function patchOf(record: OsvRecord, skipping: Skipping): Patch | null {
  const patchId = patchIdOf(record.id);
  const reason = whyNone(record, patchId);
  if (reason !== null || patchId === null) {
    skipping.add(reason ?? refusedId, record.id);
    return null;
  }
  const packages = fixesOf(record, skipping);
  if (record.affected.length === 0) skipping.add('names no package', record.id);
  return packages.length === 0 ? null : finish(patchId, record, packages);
}

function whyNone({ id, isWithdrawn }: OsvRecord, patchId: string | null): string | null {
  if (cveOf(id) !== null) return 'says how packages stand to one CVE: the patch comes with the advisory of its vendor';
  if (id.startsWith('LSN-')) return 'a live patch of the kernel: it comes by Livepatch, not as a package';
  if (patchId === null) return refusedId;
  return isWithdrawn ? 'withdrawn by its vendor' : null;
}

function fixesOf(record: OsvRecord, skipping: Skipping): PackageFix[] {
  const fixes = new Map<string, PackageFix>();
  for (const affected of record.affected) {
    const place = releaseOfEcosystem(affected.ecosystem);
    if (place === null)
      skipping.add(
        'packages for what is no system followed here',
        `${record.id} ${affected.ecosystem === '' ? 'without an ecosystem' : affected.ecosystem}`,
      );
    else if (affected.fixed === null) skipping.add('a package without a fix', `${record.id} ${affected.name}`);
    else if (!nameForm.test(affected.name) || !versionForm.test(affected.fixed))
      skipping.add('a package whose name or version is none', `${record.id} ${affected.name} ${affected.fixed}`);
    else for (const fix of fixesIn(place, affected.fixed, affected, skipping)) fixes.set(JSON.stringify(fix), fix);
  }
  return [...fixes.values()];
}

function fixesIn(place: LinuxRelease, fixed: string, affected: OsvAffected, skipping: Skipping): PackageFix[] {
  const source = affected.name;
  const fix = (name: string, version: string, sourceOnly: boolean): PackageFix => ({
    ...place,
    name,
    source: isRpm(place) && sourceOnly ? null : source,
    sourceOnly: sourceOnly && !isRpm(place),
    module: null,
    version: isRpm(place) && !version.includes(':') ? `0:${version}` : version,
    architecture: null,
  });
  const binaries = affected.binaries.filter(({ name, version }) => {
    if (nameForm.test(name) && versionForm.test(version)) return !isForDebuggers(name);
    skipping.add('a package whose name or version is none', `${name} ${version}`);
    return false;
  });
  if (binaries.length === 0) return [fix(source, fixed, true)];
  return binaries.map(({ name, version }) => fix(name, version, false));
}

/** Records of rpm distributions name installed packages, those of Debian and Ubuntu their sources. */
function isRpm({ distribution }: LinuxRelease): boolean {
  return distribution === 'rhel' || distribution === 'suse';
}

const names: Record<Distribution, string> = {
  ubuntu: 'Ubuntu',
  debian: 'Debian',
  rhel: 'Red Hat Enterprise Linux',
  suse: 'SUSE Linux Enterprise',
};

function finish(patchId: string, record: OsvRecord, packages: PackageFix[]): Patch {
  const places = new Map(
    packages.map(({ distribution, release }) => [`${distribution}:${release}`, { distribution, release }]),
  );
  const cves = record.linked.flatMap((id) => cveOf(id) ?? []);
  return {
    ...saidByNone,
    patchId,
    title: oneLine(record.summary ?? patchId, titleLengthMax),
    severity: severityIn(record),
    cves: [...new Set(cves)].sort(),
    products: [...places]
      .map(([id, { distribution, release }]) => ({ id, name: `${names[distribution]} ${release}` }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    packages,
    restart: restartHint(namesIn(packages), 'unknown'),
    released: record.published,
    url: pageOf(patchId, record),
    source: { channel: 'osv', document: patchId, revision: record.modified ?? '' },
  };
}

/** Ubuntu's own rating of each CVE; the highest of them. */
function severityIn({ severity, affected }: OsvRecord): Severity {
  const said = [...severity, ...affected.flatMap(({ cves }) => cves.flatMap((one) => one.severity))];
  return highestSeverity(said.filter(({ type }) => type === 'Ubuntu').map(({ score }) => severityOf(score)));
}

function pageOf(patchId: string, { references }: OsvRecord): string | null {
  if (patchId.startsWith('USN-')) return `https://ubuntu.com/security/notices/${patchId}`;
  return webLink(references.find(({ type }) => type === 'ADVISORY')?.url ?? null);
}
