// A patch that comes as packages: what is the same for every vendor of them.

import type { PackageFix, Patch } from './patch.js';

/** What such advisories do not say; a vendor that does says it beside. */
export const saidByNone = {
  kb: null,
  severityByProduct: {},
  fixedBuilds: {},
  supersedes: [],
  kind: 'update',
  exploited: false,
  disclosed: false,
  knownIssue: false,
  knownIssueUrl: null,
  classification: 'security',
} satisfies Partial<Patch>;

/** Symbols for debuggers carry no fix of their own. */
export function isForDebuggers(name: string): boolean {
  return /-(debuginfo|debugsource|debuginfo-common)(-|$)|-dbg(sym)?$/.test(name);
}

/** Of the sources named for one release: the only one, else the only one of the same version; otherwise nobody knows. */
export function sourceOf(version: string, sources: readonly { name: string; version: string }[]): string | null {
  const all = new Set(sources.map(({ name }) => name));
  const same = new Set(sources.filter((source) => source.version === version).map(({ name }) => name));
  const [only] = all.size === 1 ? all : same.size === 1 ? same : [];
  return only ?? null;
}

/** Of packages and of their sources: either may tell what a package is. */
export function namesIn(packages: readonly PackageFix[]): string[] {
  return packages.flatMap(({ name, source }) => (source === null ? [name] : [name, source]));
}
