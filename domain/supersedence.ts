// Which patches are current. Cumulative updates of one product supersede each other by build; everything else by the vendor's own word.
// The vendor's Supercedence field is no reliable graph: some cumulative updates lack it, some name another system's KB.

import type { Patch } from './patch.js';
import { compareBuilds, parseBuild } from './windowsBuild.js';

export interface Supersedence {
  /** Patches that are current for at least one product. */
  current: Patch[];
  /** By superseded KB number: the KB that took its place everywhere. */
  supersededBy: Record<string, string>;
}

const byBuild: readonly Patch['kind'][] = ['cumulative', 'hotpatch'];

export function currentPatches(patches: Patch[]): Supersedence {
  const supersededBy: Record<string, string> = {};
  for (const patch of patches) {
    const successor =
      byBuild.includes(patch.kind) && hasBuilds(patch) ? newerOnEveryProduct(patch, patches) : namedBy(patch, patches);
    if (successor !== null) supersededBy[patch.kb] = successor;
  }
  return { current: patches.filter((patch) => supersededBy[patch.kb] === undefined), supersededBy };
}

function hasBuilds(patch: Patch): boolean {
  return Object.values(patch.fixedBuilds).some((build) => parseBuild(build) !== null);
}

/** The KB with a newer build on every product that this one has a build for; a product left behind keeps it current. */
function newerOnEveryProduct(patch: Patch, patches: Patch[]): string | null {
  let successor: { kb: string; build: string } | null = null;
  for (const [productId, text] of Object.entries(patch.fixedBuilds)) {
    const mine = parseBuild(text);
    if (mine === null) continue;
    const newest = newestFor(productId, patch, patches);
    if (newest === null || compareBuilds(newest.parsed, mine) <= 0) return null;
    successor = { kb: newest.kb, build: newest.text };
  }
  return successor?.kb ?? null;
}

function newestFor(productId: string, patch: Patch, patches: Patch[]) {
  let newest: { kb: string; text: string; parsed: NonNullable<ReturnType<typeof parseBuild>> } | null = null;
  for (const other of patches) {
    if (other.kind !== patch.kind) continue;
    const text = other.fixedBuilds[productId];
    const parsed = text === undefined ? null : parseBuild(text);
    if (text === undefined || parsed === null) continue;
    if (newest === null || compareBuilds(parsed, newest.parsed) > 0) newest = { kb: other.kb, text, parsed };
  }
  return newest;
}

/** Superseded where a patch for every one of its products names it. */
function namedBy(patch: Patch, patches: Patch[]): string | null {
  const successors = patches.filter((other) => other.kb !== patch.kb && other.supersedes.includes(patch.kb));
  const covered = new Set(successors.flatMap((other) => other.products.map((product) => product.id)));
  if (successors.length === 0 || patch.products.some((product) => !covered.has(product.id))) return null;
  return (
    successors
      .map((other) => other.kb)
      .sort()
      .at(-1) ?? null
  );
}
