// Which advisory contains which: one whose packages another brings in higher versions has nothing left to say.

import { grouped } from './grouped.js';
import { pocketOf, type DuePackage } from './packageDemand.js';
import { comparePackageVersions } from './packageVersion.js';
import type { PackageFix, Patch } from './patch.js';
import { spokenSystem } from './system.js';

interface Named {
  patch: Patch;
  fix: PackageFix;
}

/** What is published elsewhere, or in another stream of a module, does not reach the same machines. */
function keyOf(fix: PackageFix): string {
  const { distribution, release, name, module, sourceOnly } = fix;
  return [distribution, release, pocketOf(fix) ?? '', module ?? '', sourceOnly ? 'source' : '', name].join('/');
}

/** By superseded patch: the one that brings every package of it, on every release, in a higher version. */
export function packageSuccessors(patches: Patch[]): Record<string, string> {
  const ranks = ranksOf(patches);
  const successors: Record<string, string> = {};
  for (const patch of patches) {
    const found = successorOf(patch, ranks);
    if (found !== null) successors[patch.patchId] = found;
  }
  return successors;
}

/** By package of a release: its patches in the order of versions, the same version in the same place. */
type Ranks = Map<string, Map<string, number>>;

function ranksOf(patches: Patch[]): Ranks {
  const ranks: Ranks = new Map();
  for (const [key, named] of namedByKey(patches)) {
    const ordered = inOrder(named);
    const places = new Map<string, number>();
    let place = 0;
    ordered.forEach(({ patch, fix }, index) => {
      const before = ordered[index - 1];
      if (before !== undefined && orderOf(before, { patch, fix }) !== 0) place += 1;
      places.set(patch.patchId, place);
    });
    ranks.set(key, places);
  }
  return ranks;
}

function namedByKey(patches: Patch[]): Map<string, Named[]> {
  const all = patches.flatMap((patch) => patch.packages.map((fix): Named => ({ patch, fix })));
  return grouped(all, ({ fix }) => keyOf(fix));
}

/** Versions that cannot be compared supersede nothing: they are left out. */
function inOrder(named: Named[]): Named[] {
  const [first] = named;
  return named
    .filter((one) => first !== undefined && orderOf(one, first) !== null)
    .toSorted((a, b) => orderOf(a, b) ?? 0);
}

function orderOf(a: Named, b: Named): number | null {
  return comparePackageVersions(a.fix.distribution, a.fix.version, b.fix.version);
}

function successorOf(patch: Patch, ranks: Ranks): string | null {
  const keys = [...new Set(patch.packages.map(keyOf))];
  let candidates: string[] | null = null;
  for (const key of keys) {
    const places = ranks.get(key);
    const mine = places?.get(patch.patchId);
    if (places === undefined || mine === undefined) return null;
    const isNewer = (patchId: string) => (places.get(patchId) ?? -1) > mine;
    candidates = (candidates ?? [...places.keys()]).filter(isNewer);
    if (candidates.length === 0) return null;
  }
  // The keys of a map of places are in the order of versions.
  return candidates?.at(-1) ?? null;
}

/** Of what one machine needs, what nothing newer contains there. Of two that bring the same, the one that came last. */
export function newestPackages<T extends { patch: Patch; packages: DuePackage[] }>(needed: T[]): T[] {
  return needed.filter((one) => !needed.some((other) => other !== one && contains(other, one)));
}

function contains(
  newer: { patch: Patch; packages: DuePackage[] },
  older: { patch: Patch; packages: DuePackage[] },
): boolean {
  const [fix] = newer.patch.packages;
  if (fix === undefined || older.packages.length === 0) return false;
  let isHigher = false;
  for (const { name, fixed } of older.packages) {
    const theirs = newer.packages.find((one) => one.name === name);
    const order = theirs === undefined ? null : comparePackageVersions(fix.distribution, theirs.fixed, fixed);
    if (order === null || order < 0) return false;
    if (order > 0) isHigher = true;
  }
  if (isHigher || newer.packages.length > older.packages.length) return true;
  return cameAfter(newer.patch, older.patch);
}

function cameAfter(a: Patch, b: Patch): boolean {
  const [left, right] = [a.released ?? '', b.released ?? ''];
  return left === right ? a.patchId > b.patchId : left > right;
}

export interface PackageChain {
  product: string;
  links: { patch: Patch; version: string }[];
}

/** One chain for each package of the patch on each release; packages whose chains are the same share one. */
export function packageChains(patch: Patch, patches: Patch[]): PackageChain[] {
  const byKey = namedByKey(patches);
  const chains = new Map<string, { names: string[]; system: string; links: PackageChain['links'] }>();
  for (const fix of patch.packages) {
    const links = inOrder(byKey.get(keyOf(fix)) ?? []).map((one) => ({ patch: one.patch, version: one.fix.version }));
    const system = spokenSystem(fix);
    const same = `${system}\n${links.map((link) => `${link.patch.patchId} ${link.version}`).join('\n')}`;
    const chain = chains.get(same);
    if (chain === undefined) chains.set(same, { names: [fix.name], system, links });
    else if (!chain.names.includes(fix.name)) chain.names.push(fix.name);
  }
  return [...chains.values()].map(({ names, system, links }) => ({
    product: `${names.join(', ')} on ${system}`,
    links,
  }));
}
