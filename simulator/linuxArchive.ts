// What a Linux guest is offered by its archive, and what an upgrade makes of it: apt and dnf, as far as patches go.

import { releases } from './linuxFacts.js';
import type { ArchivePackage, LinuxState, PublishedPackage, Release, ReleaseName } from './linuxFacts.js';
import type { BadPatch, Guest } from './world.js';

export function freshLinux(name: ReleaseName): LinuxState {
  const { image, kernel } = releases[name];
  const packages = image.map(({ name: held, version, source }) => ({ name: held, version, source }));
  return { release: name, packages, held: [], kernel: { running: kernel, next: kernel }, pro: false, log: [] };
}

/** Every package that the archive ever had, the oldest first: an archive only ever adds newer versions. */
export function archiveOf(name: ReleaseName, published: Iterable<PublishedPackage>): ArchivePackage[] {
  const { image, notices, others } = releases[name];
  const later = [...published].filter((one) => one.release === name);
  return [...image, ...notices.flatMap((one) => one.packages), ...others, ...later];
}

/** Of what is installed and not held, the newest version where that is newer. */
export function offersOf(state: LinuxState, archive: ArchivePackage[]): ArchivePackage[] {
  return [...new Set(state.packages.map(({ name }) => name))].flatMap((name) =>
    newerOf(name, state, archive).slice(-1),
  );
}

function newerOf(name: string, { packages, held }: LinuxState, archive: ArchivePackage[]): ArchivePackage[] {
  if (held.includes(name)) return [];
  const versions = archive.filter((one) => one.name === name);
  const mine = packages.filter((one) => one.name === name).map(({ version }) => version);
  return versions.slice(versions.findLastIndex(({ version }) => mine.includes(version)) + 1);
}

/** As the guest's extension selects: https://github.com/Azure/LinuxPatchExtension, `PackageFilter.py`. */
export interface Selection {
  masks: string[];
  excluded: string[];
  classifications: string[];
}

/** Names of yum have their architecture behind a dot. */
export function shownName({ name }: { name: string }, { manager, architecture }: Release): string {
  return manager === 'rpm' ? `${name}.${architecture}` : name;
}

/** A mask that matches nothing selects nothing; one with a version finds that version as long as the archive has it. */
export function selected(state: LinuxState, archive: ArchivePackage[], selection: Selection): ArchivePackage[] {
  const { masks, excluded, classifications } = selection;
  const release = releases[state.release];
  // Nothing chosen is everything, and so are all classes.
  const isAll = classifications.length === 3 || (masks.length === 0 && classifications.length === 0);
  return offersOf(state, archive).flatMap((offer) => {
    if (excluded.some((mask) => matches(mask, offer, release))) return [];
    if (isAll || classifications.includes(offer.classification)) return [offer];
    // Ubuntu's archive keeps only the newest version of each pocket.
    const versions = release.manager === 'dpkg' ? [offer] : newerOf(offer.name, state, archive).toReversed();
    return versions.find((one) => masks.some((mask) => matches(mask, one, release))) ?? [];
  });
}

function matches(mask: string, one: ArchivePackage, release: Release): boolean {
  const [name = '', version] = mask.split('=');
  if (version !== undefined && !fnmatch(version, one.version)) return false;
  return fnmatch(name, one.name) || fnmatch(name, shownName(one, release));
}

/** Python's: `*`, `?`, `[abc]`, `[!abc]`; everything else is itself. */
export function fnmatch(mask: string, text: string): boolean {
  const pattern = mask.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (part: string, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^\]]/g, String.raw`\$&`)}]`;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);
  });
  return new RegExp(`^${pattern}$`, 's').test(text);
}

export interface Upgrade {
  state: LinuxState;
  installed: ArchivePackage[];
  needsRestart: boolean;
}

/** Installs what was selected, and what that requires in the same version. A held package in between makes the package manager give up: null. */
export function upgrade(state: LinuxState, wanted: ArchivePackage[], archive: ArchivePackage[]): Upgrade | null {
  const taken = withRequired(state, wanted, archive);
  if (taken.some((one) => state.held.includes(one.name))) return null;
  const at = new Date().toISOString();
  const replaced = taken.filter((one) => !one.beside).map(({ name }) => name);
  const kept = state.packages.filter((one) => !replaced.includes(one.name));
  const next = taken.findLast((one) => one.kernel !== null)?.kernel ?? state.kernel.next;
  return {
    installed: taken,
    needsRestart: taken.some((one) => one.restart),
    state: {
      ...state,
      packages: [...kept, ...taken.map(({ name, version, source }) => ({ name, version, source }))],
      kernel: { ...state.kernel, next },
      log: [...state.log, ...taken.map(({ name, version }) => ({ id: `${name}=${version}`, at }))],
    },
  };
}

function withRequired(state: LinuxState, wanted: ArchivePackage[], archive: ArchivePackage[]): ArchivePackage[] {
  const taken = new Map<string, ArchivePackage>();
  const open = [...wanted];
  for (let one = open.shift(); one !== undefined; one = open.shift()) {
    if (taken.has(one.name)) continue;
    taken.set(one.name, one);
    for (const name of one.requires) {
      const { version } = one;
      const isThere = state.packages.some((held) => held.name === name && held.version === version);
      if (!isThere) open.push(...archive.filter((other) => other.name === name && other.version === version));
    }
  }
  return [...taken.values()];
}

export function restarted(state: LinuxState): LinuxState {
  return { ...state, kernel: { ...state.kernel, running: state.kernel.next } };
}

/** Services that a bad package takes down. */
export function brokenBy(installed: ArchivePackage[], guest: Guest, badPatches: Iterable<BadPatch>): string[] {
  return [...badPatches].flatMap(({ package: name, version, software, service }) => {
    const came = installed.some((one) => one.name === name && (version ?? one.version) === one.version);
    const isHere = softwareOf(guest).some((one) => one.name === software);
    return came && isHere ? [service ?? guest.services[0]?.name ?? ''] : [];
  });
}

/** Programs of Windows, packages of Linux. */
export function softwareOf({ software, linux }: Guest): { name: string; version: string }[] {
  return linux?.packages ?? software;
}
