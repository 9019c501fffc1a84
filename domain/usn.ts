// Normalises Ubuntu's security notices: one patch a notice, with the packages that fix it on each release. https://ubuntu.com/security/notices

import { patchIdOf, refusedId } from './advisoryId.js';
import type { NormalisedAdvisories } from './advisories.js';
import { isCve } from './cve.js';
import { ubuntuPocket, ubuntuRelease } from './linuxRelease.js';
import { isForDebuggers, namesIn, saidByNone, sourceOf } from './packagePatch.js';
import type { PackageFix, Patch } from './patch.js';
import { oneLine } from './plainText.js';
import { restartHint, restartOfProse } from './restartHint.js';
import { Skipping, type Skipped } from './skipped.js';

/** A notice as parsed, only what is used. */
export interface UsnNotice {
  /** `USN-7095-1` */
  id: string;
  title: string;
  /** ISO instant. */
  published: string | null;
  /** As written: old notices name bug reports among them. */
  cves: string[];
  /** What people are told to do, in prose. */
  instructions: string | null;
  isHidden: boolean;
  /** Numbers of releases by code name, as the notice has them. */
  releases: Map<string, string>;
  packages: UsnPackage[];
}

export interface UsnPackage {
  codename: string;
  name: string;
  version: string;
  isSource: boolean;
  /** `security`, `esm-infra`, …; null where the notice does not say. */
  pocket: string | null;
  /** Name of its source; null where the notice does not say. */
  source: string | null;
}

const titleLengthMax = 300;
const nameForm = /^[a-z0-9][a-z0-9+.-]{1,150}$/;
const versionForm = /^[A-Za-z0-9.+~:-]{1,150}$/;

export function normaliseUsn(
  document: { id: string; title: string; notices: UsnNotice[] },
  before: readonly Skipped[],
): NormalisedAdvisories {
  const skipping = new Skipping(before);
  const patches = new Map<string, Patch>();
  const seen = new Set<string>();
  for (const notice of document.notices) {
    if (seen.has(notice.id)) {
      skipping.add('the same notice again: the first one counts', notice.id);
      continue;
    }
    seen.add(notice.id);
    const patch = patchOf(notice, skipping);
    if (patch !== null) patches.set(patch.patchId, patch);
  }
  return {
    id: document.id,
    title: oneLine(document.title, titleLengthMax),
    vulnerabilities: seen.size,
    patches: [...patches.values()].sort((a, b) => (a.patchId < b.patchId ? -1 : 1)),
    cvss: [],
    skipped: skipping.list(),
  };
}

/** Null: the notice announces no packages. */
function patchOf(notice: UsnNotice, skipping: Skipping): Patch | null {
  const patchId = patchIdOf(notice.id);
  const reason = whyNone(notice, patchId);
  if (reason !== null || patchId === null) {
    skipping.add(reason ?? refusedId, notice.id);
    return null;
  }
  if (notice.packages.every((one) => one.version === '')) {
    skipping.add('names no fixed version of a package', notice.id);
    return null;
  }
  const packages = fixesOf(notice, skipping);
  return packages.length === 0 ? null : finish(patchId, notice, packages, cvesOf(notice, skipping));
}

function whyNone({ id, isHidden }: UsnNotice, patchId: string | null): string | null {
  if (id.startsWith('LSN-')) return 'a live patch of the kernel: it comes by Livepatch, not as a package';
  if (patchId === null || !/^USN-\d/.test(id)) return 'its id is none of a security notice';
  return isHidden ? 'hidden by Ubuntu' : null;
}

function cvesOf({ id, cves }: UsnNotice, skipping: Skipping): string[] {
  for (const cve of cves) if (!isCve(cve)) skipping.add('a reference that is no CVE', `${id} ${cve}`);
  return [...new Set(cves.filter(isCve))].sort();
}

function fixesOf(notice: UsnNotice, skipping: Skipping): PackageFix[] {
  const sound = notice.packages.filter((one) => {
    if (one.version === '') return false;
    if (nameForm.test(one.name) && versionForm.test(one.version)) return true;
    skipping.add('a package whose name or version is none', `${notice.id} ${one.name} ${one.version}`);
    return false;
  });
  const fixes = new Map<string, PackageFix>();
  for (const codename of new Set(sound.map((one) => one.codename))) {
    const release = notice.releases.get(codename) ?? ubuntuRelease(codename);
    if (release === null) {
      skipping.add('a release whose number is not known', `${notice.id} ${codename}`);
      continue;
    }
    const packages = sound.filter((one) => one.codename === codename);
    for (const fix of fixesOn(release, packages)) fixes.set(JSON.stringify(fix), fix);
  }
  return [...fixes.values()];
}

function fixesOn(release: string, packages: UsnPackage[]): PackageFix[] {
  const sources = packages.filter((one) => one.isSource);
  const binaries = packages.filter((one) => !one.isSource);
  const taken = binaries.length > 0 ? binaries : sources;
  return taken
    .filter(({ name }) => !isForDebuggers(name))
    .map(({ name, version, isSource, pocket, source }) => ({
      distribution: 'ubuntu',
      release,
      pocket: ubuntuPocket(pocket, version),
      name,
      source: isSource ? name : (source ?? sourceOf(version, sources)),
      sourceOnly: isSource,
      module: null,
      version,
      architecture: null,
    }));
}

function finish(patchId: string, notice: UsnNotice, packages: PackageFix[], cves: string[]): Patch {
  const releases = [...new Set(packages.map(({ release }) => release))].sort();
  return {
    ...saidByNone,
    patchId,
    title: oneLine(notice.title, titleLengthMax),
    // Ubuntu rates CVEs, not notices, and its notices do not repeat it.
    severity: 'unknown',
    cves,
    products: releases.map((release) => ({ id: `ubuntu:${release}`, name: `Ubuntu ${release}` })),
    packages,
    restart: restartHint(namesIn(packages), restartOfProse(notice.instructions)),
    released: notice.published,
    url: `https://ubuntu.com/security/notices/${patchId}`,
    source: { channel: 'usn', document: patchId, revision: notice.published ?? '' },
  };
}
