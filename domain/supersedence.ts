// Which patches are current. Cumulative updates of one product supersede each other by build, packages by version; everything else by the
// vendor's own word.
// The vendor's Supercedence field is no reliable graph: some cumulative updates lack it, some name another system's KB.

import { packageChains, packageSuccessors } from './packageSupersedence.js';
import type { Patch } from './patch.js';
import { compareBuilds, parseBuild } from './windowsBuild.js';

export interface Supersedence {
  /** Patches that are current for at least one product. */
  current: Patch[];
  /** By superseded patch: the one that took its place everywhere. */
  supersededBy: Record<string, string>;
}

const byBuild: readonly Patch['kind'][] = ['cumulative', 'hotpatch'];

export function currentPatches(patches: Patch[]): Supersedence {
  const supersededBy = packageSuccessors(patches.filter((patch) => patch.packages.length > 0));
  for (const patch of patches) {
    if (patch.packages.length > 0) continue;
    const successor =
      byBuild.includes(patch.kind) && hasBuilds(patch) ? newerOnEveryProduct(patch, patches) : namedBy(patch, patches);
    if (successor !== null) supersededBy[patch.patchId] = successor;
  }
  return { current: patches.filter((patch) => supersededBy[patch.patchId] === undefined), supersededBy };
}

function hasBuilds(patch: Patch): boolean {
  return Object.values(patch.fixedBuilds).some((build) => parseBuild(build) !== null);
}

/** The patch with a newer build on every product that this one has a build for; a product left behind keeps it current. */
function newerOnEveryProduct(patch: Patch, patches: Patch[]): string | null {
  let successor: { patchId: string; build: string } | null = null;
  for (const [productId, text] of Object.entries(patch.fixedBuilds)) {
    const mine = parseBuild(text);
    if (mine === null) continue;
    const newest = newestFor(productId, patch, patches);
    if (newest === null || compareBuilds(newest.parsed, mine) <= 0) return null;
    successor = { patchId: newest.patchId, build: newest.text };
  }
  return successor?.patchId ?? null;
}

function newestFor(productId: string, patch: Patch, patches: Patch[]) {
  let newest: { patchId: string; text: string; parsed: NonNullable<ReturnType<typeof parseBuild>> } | null = null;
  for (const other of patches) {
    if (other.kind !== patch.kind) continue;
    const text = other.fixedBuilds[productId];
    const parsed = text === undefined ? null : parseBuild(text);
    if (text === undefined || parsed === null) continue;
    if (newest === null || compareBuilds(parsed, newest.parsed) > 0) newest = { patchId: other.patchId, text, parsed };
  }
  return newest;
}

function names(newer: Patch, older: Patch): boolean {
  return older.kb !== null && newer.kb !== older.kb && newer.supersedes.includes(older.kb);
}

/** Superseded where a patch for every one of its products names it. */
function namedBy(patch: Patch, patches: Patch[]): string | null {
  const successors = patches.filter((other) => names(other, patch));
  const covered = new Set(successors.flatMap((other) => other.products.map((product) => product.id)));
  if (successors.length === 0 || patch.products.some((product) => !covered.has(product.id))) return null;
  return (
    successors
      .map((other) => other.patchId)
      .sort()
      .at(-1) ?? null
  );
}

export interface Chain {
  product: string;
  /** From the oldest on; each contains the ones before it. `build`: or the version of a package. */
  links: { patchId: string; build: string | null; released: string | null }[];
}

/**
 * The chains that a patch stands in, one for each of its products: by build where the product has builds, months that are missing or not; by
 * version where it brings packages; otherwise by the vendor's own word, forwards and backwards.
 */
export function chainsOf(patch: Patch, patches: Patch[]): Chain[] {
  if (patch.packages.length > 0)
    return packageChains(patch, patches).map(({ product, links }) => ({
      product,
      links: links.map((link) => linkOf(link.patch, link.version)),
    }));
  if (!byBuild.includes(patch.kind) || !hasBuilds(patch))
    return [{ product: patch.title, links: namedChain(patch, patches) }];
  return patch.products.flatMap(({ id, name }) => {
    if (parseBuild(patch.fixedBuilds[id] ?? '') === null) return [];
    const held = patches.flatMap((other) => {
      const build = other.kind === patch.kind ? other.fixedBuilds[id] : undefined;
      const parsed = build === undefined ? null : parseBuild(build);
      return build === undefined || parsed === null ? [] : [{ other, build, parsed }];
    });
    held.sort((a, b) => compareBuilds(a.parsed, b.parsed) || (a.other.patchId < b.other.patchId ? -1 : 1));
    return [{ product: name, links: held.map(({ other, build }) => linkOf(other, build)) }];
  });
}

function namedChain(patch: Patch, patches: Patch[]): Chain['links'] {
  const byKb = new Map(patches.flatMap((one) => (one.kb === null ? [] : [[one.kb, one] as const])));
  const seen = new Set([patch.patchId]);
  const walk = (from: Patch[], next: (one: Patch) => Patch[]): Patch[] => {
    const found = from.flatMap(next).filter((one) => !seen.has(one.patchId));
    for (const one of found) seen.add(one.patchId);
    return found.length === 0 ? [] : [...walk([...new Set(found)], next), ...new Set(found)];
  };
  const before = walk([patch], (one) => one.supersedes.flatMap((kb) => byKb.get(kb) ?? []));
  const after = walk([patch], (one) => patches.filter((other) => names(other, one)));
  return [...before, patch, ...after.toReversed()].map((one) => linkOf(one, null));
}

function linkOf({ patchId, released }: Patch, build: string | null): Chain['links'][number] {
  return { patchId, build, released };
}
