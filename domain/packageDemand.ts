// Which packages of a patch a Linux machine needs, and whether they are there. Versions decide; what nobody told is unknown, never there (I5).

import { grouped } from './grouped.js';
import type { PackageFix, Patch } from './patch.js';
import type { PackageToInstall } from './run.js';
import { comparePackageVersions } from './packageVersion.js';
import { linuxSystemOf, spokenSystem, type LinuxSystem } from './system.js';
import type { GuestFacts, InstalledPackage, LinuxSystemFacts, Vm } from './vm.js';

/** What is known of a Linux machine's packages. */
export interface LinuxKnowledge {
  /** Null where the guest was not asked for it. */
  system: LinuxSystemFacts | null;
  /** Names that were asked for: of others nothing is known. Null: everything was told. */
  asked: string[] | null;
  packages: InstalledPackage[];
}

/** What a guest's own answer tells by itself; null where it tells nothing of packages. */
export function knowledgeOf(guest: GuestFacts | null): LinuxKnowledge | null {
  if (guest?.linux === undefined) return null;
  const { packages, ...system } = guest.linux;
  return { system, asked: packages.asked, packages: packages.installed };
}

/** A package that is below its fix, or whose new kernel still waits for a restart. */
export interface DuePackage {
  name: string;
  /** The version of the patch. */
  fixed: string;
  /** The patch names its source alone: `fixed` is the source's version, which need not be the package's. */
  bySource: boolean;
}

export type PackageNeed =
  | { kind: 'needed'; reason: string; packages: DuePackage[] }
  /** It would be needed, and the machine has no access to where it is published. */
  | { kind: 'withheld'; reason: string }
  | { kind: 'notNeeded'; reason: string }
  | { kind: 'unknown'; reason: string };

export type PackagePresence =
  | { kind: 'present'; evidence: string }
  /** Everything that the machine has access to is there, and some of it stays below its fix. */
  | { kind: 'partly'; evidence: string }
  | { kind: 'absent'; evidence: string }
  | { kind: 'unknown'; evidence: string };

type Asked = Pick<Vm, 'osType' | 'osName' | 'osVersion' | 'guest' | 'assessment'>;

export function packageNeed(patch: Patch, vm: Asked, known: LinuxKnowledge | null): PackageNeed {
  const system = linuxSystemOf(vm, known?.system ?? null);
  if (system === null) return { kind: 'unknown', reason: `no channel speaks of ${vm.osName ?? 'its system'}` };
  const fixes = fixesFor(patch, system);
  if (fixes.length === 0) return { kind: 'notNeeded', reason: `nothing of it is for ${spokenSystem(system)}` };
  if (known === null) return needByAssessment(fixes, system, vm);
  const state = stateOf(fixes, system, known);
  if (state.below.length > 0) return { kind: 'needed', reason: belowIn(state), packages: duePackages(state.below) };
  if (state.unclear.length > 0) return { kind: 'unknown', reason: state.unclear.join(', ') };
  const assessed = needByAssessment(state.untold, system, vm);
  if (assessed.kind === 'needed') return assessed;
  const kernel = kernelWait(state.reached, known.system);
  if (kernel?.kind === 'waits') return { kind: 'needed', reason: kernel.reason, packages: kernel.packages };
  if (kernel?.kind === 'unknown') return { kind: 'unknown', reason: kernel.reason };
  if (state.withheld.length > 0) return { kind: 'withheld', reason: state.withheld.join(', ') };
  const kernelOnly = unreachableKernel(fixes, known.system);
  if (kernelOnly !== null) return { kind: 'unknown', reason: kernelOnly };
  if (wasNotAsked(state, known)) return { kind: 'unknown', reason: 'the guest was not asked for all of its packages' };
  return { kind: 'notNeeded', reason: told(state) };
}

/** By the guest's own versions: every package of the patch that is installed has reached its fix, and a new kernel runs. */
export function packagePresence(patch: Patch, vm: Asked, known: LinuxKnowledge | null): PackagePresence {
  if (known === null) return { kind: 'unknown', evidence: 'the guest was never asked for its packages' };
  const system = linuxSystemOf(vm, known.system);
  if (system === null) return { kind: 'unknown', evidence: `no channel speaks of ${vm.osName ?? 'its system'}` };
  const fixes = fixesFor(patch, system);
  if (fixes.length === 0) return { kind: 'absent', evidence: `nothing of it is for ${spokenSystem(system)}` };
  const state = stateOf(fixes, system, known);
  if (state.below.length > 0) return { kind: 'absent', evidence: belowIn(state) };
  if (state.unclear.length > 0) return { kind: 'unknown', evidence: state.unclear.join(', ') };
  if (wasNotAsked(state, known))
    return { kind: 'unknown', evidence: 'the guest was not asked for all of its packages' };
  const kernel = kernelWait(state.reached, known.system);
  if (kernel !== null) return { kind: kernel.kind === 'waits' ? 'absent' : 'unknown', evidence: kernel.reason };
  if (state.reached.length === 0) {
    const why = state.withheld.length > 0 ? state.withheld.join(', ') : 'none of its packages is installed';
    return { kind: 'absent', evidence: why };
  }
  if (state.withheld.length === 0) return { kind: 'present', evidence: told(state) };
  return { kind: 'partly', evidence: `${told(state)}; ${state.withheld.join(', ')}` };
}

/** What of a patch's packages a machine has now, each name once with its newest version. */
export function packagesOf(patch: Patch, vm: Asked, known: LinuxKnowledge): { name: string; version: string }[] {
  const system = linuxSystemOf(vm, known.system);
  if (system === null) return [];
  const { below, reached } = stateOf(fixesFor(patch, system), system, known);
  const found = new Map([...below, ...reached].map(({ name, version }) => [name, version]));
  return [...found].map(([name, version]) => ({ name, version })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names to ask a guest for. What is built of a source is known by its inventory: `planned` names it. */
export function namesToAsk(patches: Patch[], vm: Asked, planned: PackageToInstall[]): string[] {
  const system = linuxSystemOf(vm, null);
  const fixes = system === null ? [] : patches.flatMap((patch) => fixesFor(patch, system));
  const named = fixes.filter((fix) => !fix.sourceOnly).map((fix) => fix.name);
  return [...new Set([...named, ...planned.map(({ name }) => name)])].sort();
}

const fixesBySystem = new WeakMap<Patch, Map<string, PackageFix[]>>();

/** A fleet asks for the same few systems again and again. */
export function fixesFor(patch: Patch, { distribution, release }: LinuxSystem): PackageFix[] {
  let bySystem = fixesBySystem.get(patch);
  if (bySystem === undefined) {
    bySystem = grouped(patch.packages, (fix) => `${fix.distribution}/${fix.release}`);
    fixesBySystem.set(patch, bySystem);
  }
  return bySystem.get(`${distribution}/${release}`) ?? [];
}

interface Judged {
  name: string;
  version: string;
  fixed: string;
  /** The patch names its source alone, and `fixed` is the source's version. */
  bySource: boolean;
}

interface State {
  below: Judged[];
  reached: Judged[];
  /** Below, and published where the machine has no access. */
  withheld: string[];
  /** Installed, and nobody can tell how its version compares. */
  unclear: string[];
  /** Not installed, or not asked for. */
  untold: PackageFix[];
}

function stateOf(fixes: PackageFix[], system: LinuxSystem, known: LinuxKnowledge): State {
  const state: State = { below: [], reached: [], withheld: [], unclear: [], untold: [] };
  for (const fix of fixes) {
    const mine = installedOf(fix, known).filter((one) => isFor(fix, one));
    if (mine.length === 0) state.untold.push(fix);
    if (fix.sourceOnly && known.system === null)
      state.unclear.push(`what is built of ${fix.name} was not told: ask its guest again`);
    for (const group of grouped(mine, (one) => `${one.name} ${one.architecture ?? ''}`).values())
      judge(fix, group, system, known, state);
  }
  return state;
}

interface Index {
  byName: Map<string, InstalledPackage[]>;
  bySource: Map<string, InstalledPackage[]>;
}

const indexes = new WeakMap<LinuxKnowledge, Index>();

function installedOf(fix: PackageFix, known: LinuxKnowledge): InstalledPackage[] {
  let index = indexes.get(known);
  if (index === undefined) {
    const byName = grouped(known.packages, (one) => one.name);
    // Kernels stay beside their successors, each under a name of its own: the package that brings the next one decides.
    const lasting = known.packages.filter((one) => !hasNumber.test(one.name));
    index = { byName, bySource: grouped(lasting, (one) => sourceOf(one)?.name ?? '') };
    indexes.set(known, index);
  }
  return (fix.sourceOnly ? index.bySource : index.byName).get(fix.name) ?? [];
}

const hasNumber = /-\d+\.\d+\.\d+-\d+(?:-|$)/;

/** Signed kernels are built of a source of their own, of the same versions as the kernel's; Debian writes them with a plus. */
function sourceOf({ source }: InstalledPackage): { name: string; version: string } | null {
  const signed = /^linux-signed(?:-(.+))?$/.exec(source?.name ?? '');
  if (source === null || signed === null) return source;
  const flavour = signed[1] === undefined || /^(?:amd64|arm64|i386)$/.test(signed[1]) ? '' : `-${signed[1]}`;
  return { name: `linux${flavour}`, version: source.version.replace(/\+(\d+)$/, '-$1') };
}

/** Streams of a module have versions of their own: nothing of another stream than the machine's concerns it. */
function isFor(fix: PackageFix, { architecture, source, module }: InstalledPackage): boolean {
  if (fix.architecture !== null && architecture !== null && fix.architecture !== architecture) return false;
  return source === null || fix.module === module;
}

/** Of several versions side by side, as kernels are kept, the newest counts. */
function judge(fix: PackageFix, group: InstalledPackage[], system: LinuxSystem, known: LinuxKnowledge, state: State) {
  const { version: fixed, sourceOnly: bySource } = fix;
  const held = newestOf(group, system);
  const { name, version } = held;
  const compared = bySource ? (sourceOf(held)?.version ?? '') : version;
  const order = comparePackageVersions(system.distribution, compared, fixed);
  if (fix.module !== null && held.source === null)
    state.unclear.push(`in which stream ${name} came was not told: ask its guest again`);
  else if (order === null) state.unclear.push(`${name} ${compared} cannot be compared with ${fixed}`);
  else if (order >= 0) state.reached.push({ name, version, fixed, bySource });
  else {
    const why = whyWithheld(fix, version, known.system);
    if (why === null) state.below.push({ name, version, fixed, bySource });
    else state.withheld.push(`${name} ${version} stays below ${fixed}: ${why}`);
  }
}

function belowIn({ below }: State): string {
  return below.map(({ name, version, fixed }) => `${name} ${version} is below ${fixed}`).join(', ');
}

/** One that cannot be compared hides the others: then nothing is known. */
function newestOf(group: InstalledPackage[], { distribution }: LinuxSystem): InstalledPackage {
  return group.reduce((best, one) =>
    (comparePackageVersions(distribution, one.version, best.version) ?? 1) > 0 ? one : best,
  );
}

/** A version of `esm` is Ubuntu Pro's, whatever pocket its notice names. */
const isEsm = /[+~.]esm\d/;

/** Where the fix is published. */
export function pocketOf({ pocket, version }: PackageFix): string | null {
  return isEsm.test(version) ? 'pro' : pocket;
}

/** Why the machine has no access to where the fix is published, null when it has. */
function whyWithheld(fix: PackageFix, installed: string, system: LinuxSystemFacts | null): string | null {
  const pocket = pocketOf(fix);
  if (pocket === null) return null;
  if (pocket === 'sap' && system?.id === 'sles_sap') return null;
  if (pocket !== 'pro') return `it is published in ${pocket}, which the machine is not known to use`;
  return system?.pro === true || isEsm.test(installed) ? null : 'it needs Ubuntu Pro';
}

/** Packages that bring the kernel itself; tools and headers beside it need no restart. */
const isKernel = /^(?:linux-image-.+|kernel(?:-(?:core|default|azure|uek|rt|64k|rt-64k)(?:-core)?)?)$/;

type KernelWait = { kind: 'waits'; reason: string; packages: DuePackage[] } | { kind: 'unknown'; reason: string };

/** A kernel that is installed protects nobody before it runs. */
function kernelWait(reached: Judged[], system: LinuxSystemFacts | null): KernelWait | null {
  const kernels = reached.filter(({ name }) => isKernel.test(name));
  if (kernels.length === 0) return null;
  if (system === null || system.kernel.next === null)
    return { kind: 'unknown', reason: 'which kernel runs was not told' };
  const { running, next } = system.kernel;
  if (running === next) return null;
  return {
    kind: 'waits',
    reason: `kernel ${running} still runs, ${next} waits for a restart`,
    packages: duePackages(kernels),
  };
}

/**
 * Some notices of Ubuntu name a kernel by its number alone, and not the package that brings each next one: nothing of it is installed on a
 * machine that needs it.
 */
function unreachableKernel(fixes: PackageFix[], system: LinuxSystemFacts | null): string | null {
  const running = numberedKernel(system?.kernel.running ?? '');
  if (running === null) return null;
  for (const { name } of fixes) {
    const fixed = numberedKernel(name.replace(/^linux-image-(?:unsigned-)?/, ''));
    const isNext = fixed !== null && fixed.series === running.series && fixed.flavour === running.flavour;
    if (isNext && running.number < fixed.number)
      return `kernel ${system?.kernel.running ?? ''} runs, and no installed package would bring ${name}`;
  }
  return null;
}

/** `6.8.0-1017-azure`. */
function numberedKernel(text: string): { series: string; number: number; flavour: string } | null {
  const [, series, number, flavour] = /^(\d+\.\d+\.\d+)-(\d+)-([a-z][a-z0-9-]*)$/.exec(text) ?? [];
  if (series === undefined || flavour === undefined) return null;
  return { series, number: Number(number), flavour };
}

function duePackages(judged: Judged[]): DuePackage[] {
  const byName = new Map(judged.map(({ name, fixed, bySource }) => [name, { name, fixed, bySource }]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Azure offers only upgrades of what is installed: one that reaches the fix says that the package is below it, as far as anybody knows. */
function needByAssessment(fixes: PackageFix[], system: LinuxSystem, vm: Asked): PackageNeed {
  const due = offersOf(fixes, system, vm);
  if (due.length === 0) return { kind: 'unknown', reason: 'its packages are not known: ask its guest first' };
  const offers = due.map(({ name, version }) => `${name} ${version}`).join(', ');
  const reason = `Azure's assessment of ${vm.assessment?.assessedAt ?? ''} offers ${offers}`;
  return { kind: 'needed', reason, packages: duePackages(due) };
}

function offersOf(fixes: PackageFix[], { distribution }: LinuxSystem, { assessment }: Asked): Judged[] {
  const offered = new Map(assessment?.missingPackages?.map(({ name, version }) => [name, version]));
  return fixes.flatMap(({ name, version: fixed, sourceOnly, module }) => {
    // By its name alone nobody knows of what an offer is built, nor in which stream it comes.
    const version = sourceOnly || module !== null ? undefined : offered.get(name);
    const order = version === undefined ? null : comparePackageVersions(distribution, version, fixed);
    if (version === undefined || order === null || order < 0) return [];
    return [{ name, version, fixed, bySource: false }];
  });
}

function wasNotAsked({ untold }: State, { asked }: LinuxKnowledge): boolean {
  return asked !== null && untold.some((fix) => fix.sourceOnly || !asked.includes(fix.name));
}

function told({ reached }: State): string {
  if (reached.length === 0) return 'none of its packages is installed';
  return reached.map(({ name, version }) => `${name} ${version}`).join(', ');
}
