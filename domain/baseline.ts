// What a category's machines should be: systems and builds, software, patches. Each machine is compared with it item by item.

import { currentBuild, presenceOf } from './demand.js';
import { compareVersions } from './dottedVersion.js';
import type { LinuxKnowledge } from './packageDemand.js';
import { comparePackageVersions } from './packageVersion.js';
import type { Patch } from './patch.js';
import { linuxSystemOf, systemOf } from './system.js';
import type { Vm } from './vm.js';

export interface WantedSoftware {
  name: string;
  /** Null: any version. */
  version: string | null;
  /** `exact`: this version; `atLeast`: this one or a newer. */
  match: 'exact' | 'atLeast';
  /** Operating system that must have it; null: every one. */
  system: string | null;
}

export interface RequiredPatch {
  patchId: string;
  /** Operating system that must have it, e.g. `Windows Server 2022`; null: every one. */
  system: string | null;
}

export interface BaselineContent {
  /** The lowest build by operating system, e.g. `Windows Server 2022` → `10.0.20348.4297`; null: any build of it. */
  systems: Record<string, string | null>;
  software: WantedSoftware[];
  /** Names that must not be there. */
  forbiddenSoftware: string[];
  /** A newer patch that contains one of these counts as well. */
  requiredPatches: RequiredPatch[];
  /** Patch ids that must not be there. */
  forbiddenPatches: string[];
}

export type BaselineStatus = 'draft' | 'tested' | 'approved' | 'retired';

export interface Baseline {
  name: string;
  /** Counts from 1. */
  version: number;
  /** Null: for every category that has none of its own. */
  category: string | null;
  content: BaselineContent;
  status: BaselineStatus;
  author: string;
  reason: string;
  at: string;
}

/** What is known of one machine; null where nothing is known, or what is known is stale. */
export interface BaselineFacts {
  vm: Vm;
  software: { name: string; version: string }[] | null;
  /** Patches that history or the guest says are there. */
  patches: string[] | null;
  /** Patches that channels announced, by id: they tell which build brings what, and what contains what. */
  catalog: ReadonlyMap<string, Patch>;
}

export type ItemVerdict = 'compliant' | 'missing' | 'older' | 'newer' | 'forbidden' | 'unknown';

export interface Item {
  kind: 'system' | 'software' | 'patch';
  name: string;
  verdict: ItemVerdict;
  wanted: string;
  found: string | null;
  /** The waiver that lets it differ for now; left out where there is none. */
  waived?: string;
}

/** Missing facts are `unknown`, never `compliant` (I5). */
export function complianceOf(content: BaselineContent, facts: BaselineFacts): Item[] {
  const mine = namesOfSystem(facts.vm);
  const concerns = ({ system }: { system: string | null }) => system === null || mine.includes(system);
  const order = orderOn(facts.vm);
  return [
    systemItem(content, facts.vm),
    ...content.software.filter(concerns).map((wanted) => softwareItem(wanted, facts.software, order)),
    ...content.forbiddenSoftware.map((name) => forbiddenItem('software', name, namesOf(facts.software, name))),
    ...content.requiredPatches.filter(concerns).map(({ patchId }) => patchItem(patchId, facts)),
    ...content.forbiddenPatches.map((patchId) =>
      forbiddenItem('patch', patchId, facts.patches?.filter((one) => one === patchId) ?? null),
    ),
  ];
}

export function isCompliant(items: Item[]): boolean {
  return items.every((item) => item.verdict === 'compliant' || item.waived !== undefined);
}

/** How baselines call its system: as vendors do, or, where those of before do so, as Azure does. */
function namesOfSystem(vm: Vm): string[] {
  return [systemOf(vm), vm.osName].filter((name) => name !== null);
}

function systemItem({ systems }: BaselineContent, vm: Vm): Item {
  const names = namesOfSystem(vm);
  const name = names.find((one) => systems[one] !== undefined) ?? names[0] ?? null;
  const found = currentBuild(vm);
  const wanted = Object.entries(systems)
    .map(([system, build]) => (build === null ? system : `${system} from ${build}`))
    .join(' or ');
  const item = (verdict: ItemVerdict): Item => ({ kind: 'system', name: name ?? 'unknown', verdict, wanted, found });
  if (Object.keys(systems).length === 0) return item('compliant');
  if (name === null) return item('unknown');
  const lowest = systems[name];
  if (lowest === undefined) return item('forbidden');
  const mine = { ...item('compliant'), wanted: lowest === null ? 'any build' : `from ${lowest}` };
  if (lowest === null) return mine;
  const order = found === null ? null : compareVersions(found, lowest);
  const verdict = order === null ? 'unknown' : order < 0 ? 'older' : 'compliant';
  return { ...mine, verdict };
}

function softwareItem(
  { name, version, match }: WantedSoftware,
  software: BaselineFacts['software'],
  orderOf: Order,
): Item {
  const wanted = version === null ? 'any version' : match === 'exact' ? version : `${version} or newer`;
  const held = software?.filter((one) => one.name === name).map((one) => one.version) ?? null;
  const found = held === null || held.length === 0 ? null : held.join(', ');
  const item = (verdict: ItemVerdict): Item => ({ kind: 'software', name, verdict, wanted, found });
  if (held === null) return item('unknown');
  if (held.length === 0) return item('missing');
  if (version === null || held.includes(version)) return item('compliant');
  const orders = held.map((one) => orderOf(one, version));
  if (orders.some((order) => order === null)) return item('unknown');
  if (orders.every((order) => (order ?? 0) < 0)) return item('older');
  return item(match === 'atLeast' ? 'compliant' : 'newer');
}

function patchItem(name: string, facts: BaselineFacts): Item {
  const item = (verdict: ItemVerdict, found: string | null): Item => ({
    kind: 'patch',
    name,
    verdict,
    wanted: 'installed',
    found,
  });
  if (facts.patches === null) return item('unknown', null);
  const found = whatBrings(name, facts.patches, facts);
  return item(found === null ? 'missing' : 'compliant', found);
}

/** What says that the patch, or one that contains it, is there; null: it is not. The guest's own assessment that misses it counts more than history. */
function whatBrings(name: string, patches: string[], { vm, catalog, software }: BaselineFacts): string | null {
  const known = catalog.get(name);
  if (typeof known?.kb === 'string' && vm.assessment?.missingKbs.includes(known.kb)) return null;
  if (patches.includes(name)) return name;
  if (known === undefined) return null;
  const presence = presenceOf(known, vm, packagesIn(vm, software));
  if (presence.kind === 'present') return presence.evidence;
  const { kb } = known;
  if (kb === null) return null;
  return patches.find((other) => catalog.get(other)?.supersedes.includes(kb)) ?? null;
}

function namesOf(software: BaselineFacts['software'], name: string): string[] | null {
  return software?.filter((one) => one.name === name).map((one) => `${one.name} ${one.version}`) ?? null;
}

/** A Linux machine's software is its packages. */
function packagesIn(vm: Vm, software: BaselineFacts['software']): LinuxKnowledge | null {
  if (vm.osType !== 'linux' || software === null) return null;
  const packages = software.map(({ name, version }) => ({
    name,
    version,
    architecture: null,
    source: null,
    module: null,
  }));
  return { system: vm.guest?.linux ?? null, asked: null, packages };
}

function forbiddenItem(kind: 'software' | 'patch', name: string, found: string[] | null): Item {
  const verdict = found === null ? 'unknown' : found.length > 0 ? 'forbidden' : 'compliant';
  return {
    kind,
    name,
    verdict,
    wanted: 'absent',
    found: found === null || found.length === 0 ? null : found.join(', '),
  };
}

type Order = (found: string, wanted: string) => number | null;

/** Versions of software as its system compares them. */
function orderOn(vm: Vm): Order {
  const linux = linuxSystemOf(vm, null);
  return linux === null
    ? compareVersions
    : (found, wanted) => comparePackageVersions(linux.distribution, found, wanted);
}

/**
 * What golden machines are, one for each operating system, as the beginning of a baseline: each system from its machine's build on,
 * with its patches; software at least so new. Of several machines, software that only some have is wanted on their systems alone.
 */
export function capturedFrom(golden: BaselineFacts[]): BaselineContent | { problem: string } {
  const machines: Golden[] = [];
  for (const facts of golden) {
    const { name } = facts.vm;
    const [system] = namesOfSystem(facts.vm);
    if (system === undefined) return { problem: `${name}: its operating system is not known` };
    if (facts.software === null)
      return { problem: `${name}: its software is not known, or what is known is stale: ask its guest first` };
    const other = machines.find((one) => one.system === system);
    if (other !== undefined)
      return { problem: `${name} and ${other.facts.vm.name} are both ${system}: one golden machine for each system` };
    const order = orderOn(facts.vm);
    machines.push({ system, facts, order, software: newestOfEach(facts.software, order) });
  }
  return {
    systems: Object.fromEntries(machines.map(({ system, facts }) => [system, currentBuild(facts.vm)])),
    software: wantedOf(machines).sort((a, b) => (a.name < b.name ? -1 : 1)),
    forbiddenSoftware: [],
    requiredPatches: machines.flatMap(({ system, facts }) =>
      (facts.patches ?? [])
        .filter((patchId) => !isPackage(patchId))
        .sort()
        .map((patchId) => ({ patchId, system })),
    ),
    forbiddenPatches: [],
  };
}

interface Golden {
  system: string;
  facts: BaselineFacts;
  order: Order;
  software: Map<string, string>;
}

/** What a package manager remembers, `name=version`, is said by the software already. */
function isPackage(patchId: string): boolean {
  return patchId.includes('=');
}

function newestOfEach(software: { name: string; version: string }[], orderOf: Order): Map<string, string> {
  const newest = new Map<string, string>();
  for (const { name, version } of software) {
    const held = newest.get(name);
    if (held === undefined || (orderOf(version, held) ?? 0) > 0) newest.set(name, version);
  }
  return newest;
}

function wantedOf(machines: Golden[]): WantedSoftware[] {
  const names = new Set(machines.flatMap(({ software }) => [...software.keys()]));
  return [...names].flatMap((name): WantedSoftware[] => {
    const having = machines.filter(({ software }) => software.has(name));
    const versions = new Set(having.map(({ software }) => software.get(name) ?? ''));
    const [version = ''] = versions;
    const [first] = having;
    if (first !== undefined && having.length === machines.length && versions.size === 1)
      return [wanted(name, version, null, first.order)];
    return having.map(({ system, software, order }) => wanted(name, software.get(name) ?? '', system, order));
  });
}

function wanted(name: string, version: string, system: string | null, order: Order): WantedSoftware {
  const match = order(version, version) === null ? 'exact' : 'atLeast';
  return { name, version: version === '' ? null : version, match, system };
}

export interface Difference {
  part: string;
  before: string | null;
  after: string | null;
}

export function differencesBetween(before: BaselineContent, after: BaselineContent): Difference[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .flatMap((part) =>
      old.get(part) === now.get(part) ? [] : [{ part, before: old.get(part) ?? null, after: now.get(part) ?? null }],
    );
}

function partsOf(content: BaselineContent): Map<string, string> {
  return new Map([
    ...Object.entries(content.systems).map(([name, build]) => [`system ${name}`, build ?? 'any build'] as const),
    ...content.software.map(
      ({ name, version, match, system }) =>
        [`software ${name}${on(system)}`, version === null ? 'any' : `${match} ${version}`] as const,
    ),
    ...content.forbiddenSoftware.map((name) => [`software ${name}`, 'forbidden'] as const),
    ...content.requiredPatches.map(({ patchId, system }) => [`patch ${patchId}${on(system)}`, 'required'] as const),
    ...content.forbiddenPatches.map((name) => [`patch ${name}`, 'forbidden'] as const),
  ]);
}

function on(system: string | null): string {
  return system === null ? '' : ` on ${system}`;
}

/** Items whose verdict is another than last time. */
export function driftBetween(before: Item[], after: Item[]): { item: Item; was: ItemVerdict | null }[] {
  const key = (item: Item) => `${item.kind}\n${item.name}`;
  const old = new Map(before.map((item) => [key(item), item.verdict]));
  return after.flatMap((item) => {
    const was = old.get(key(item)) ?? null;
    return was === item.verdict ? [] : [{ item, was }];
  });
}

export interface Advice {
  /** How many baselines fit the fleet. */
  advise: 'one' | 'perCategory' | 'unknown';
  reasons: string[];
  categories: { category: string; machines: number; systems: string[]; common: string[]; varying: string[] }[];
}

/** Common is what every machine of a category has. Where categories have too little in common, one baseline would say nothing or forbid too much. */
const sharedEnough = 0.8;

export function adviseBaselines(fleet: BaselineFacts[]): Advice {
  const known = fleet.filter((one) => one.software !== null && one.vm.category !== null);
  const names = [...new Set(known.map((one) => one.vm.category ?? ''))].sort();
  const categories = names.map((category) => {
    const mine = known.filter((one) => one.vm.category === category);
    const sets = mine.map((one) => new Set(one.software?.map((program) => program.name)));
    const all = [...new Set(sets.flatMap((set) => [...set]))].sort();
    const common = all.filter((name) => sets.every((set) => set.has(name)));
    const systems = [...new Set(mine.map((one) => namesOfSystem(one.vm)[0] ?? 'unknown'))].sort();
    return { category, machines: mine.length, systems, common, varying: all.filter((name) => !common.includes(name)) };
  });
  if (categories.length === 0)
    return { advise: 'unknown', reasons: ['no machine in a category has told its software'], categories };
  const every = [...new Set(categories.flatMap((one) => one.common))];
  const shared = every.filter((name) => categories.every((one) => one.common.includes(name)));
  const share = every.length === 0 ? 1 : shared.length / every.length;
  const reasons = [
    `${shared.length} of ${every.length} programs that a whole category has are on every category's machines`,
    ...categories
      .filter((one) => one.varying.length > 0)
      .map((one) => `${one.category}: ${one.varying.join(', ')} is on some of its machines only`),
  ];
  const untold = fleet.length - known.length;
  if (untold > 0) reasons.push(`${untold} machines are left out: in no category, or their software is not known`);
  return { advise: share >= sharedEnough ? 'one' : 'perCategory', reasons, categories };
}
