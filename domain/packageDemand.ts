// Which packages of a patch a Linux machine needs, and whether they are there. Versions decide; what nobody told is unknown, never there (I5).

import { grouped } from './grouped.js';
import type { PackageFix, Patch } from './patch.js';
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
  const state = stateOf(fixes, system, known, vm);
  if (state.below.length > 0) return { kind: 'needed', reason: belowIn(state), packages: duePackages(state.below) };
  if (state.unclear.length > 0) return { kind: 'unknown', reason: state.unclear.join(', ') };
  const assessed = needByAssessment(state.untold, system, vm);
  if (assessed.kind === 'needed') return assessed;
  const kernel = kernelWait(state.reached, known.system);
  if (kernel?.kind === 'waits') return { kind: 'needed', reason: kernel.reason, packages: kernel.packages };
  if (kernel?.kind === 'unknown') return { kind: 'unknown', reason: kernel.reason };
  if (state.withheld.length > 0) return { kind: 'withheld', reason: state.withheld.join(', ') };
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
  const state = stateOf(fixes, system, known, vm);
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
  const { below, reached } = stateOf(fixesFor(patch, system), system, known, vm);
  const found = new Map([...below, ...reached].map(({ name, version }) => [name, version]));
  return [...found].map(([name, version]) => ({ name, version })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of everything that these patches bring for this machine's system. */
export function packageNames(patches: Patch[], vm: Asked): string[] {
  const system = linuxSystemOf(vm, null);
  if (system === null) return [];
  return [...new Set(patches.flatMap((patch) => fixesFor(patch, system).map((fix) => fix.name)))].sort();
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

function stateOf(fixes: PackageFix[], system: LinuxSystem, known: LinuxKnowledge, vm: Asked): State {
  const state: State = { below: [], reached: [], withheld: [], unclear: [], untold: [] };
  const judge = judgeOf(system, known, vm, state);
  const byName = installedByName(known);
  for (const fix of fixes) {
    const mine = (byName.get(fix.name) ?? []).filter((one) => isFor(fix, one));
    if (mine.length === 0) state.untold.push(fix);
    for (const group of grouped(mine, (one) => one.architecture).values()) judge(fix, group);
  }
  return state;
}

const packagesByName = new WeakMap<LinuxKnowledge, Map<string, InstalledPackage[]>>();

function installedByName(known: LinuxKnowledge): Map<string, InstalledPackage[]> {
  const held = packagesByName.get(known) ?? grouped(known.packages, (one) => one.name);
  packagesByName.set(known, held);
  return held;
}

function isFor(fix: PackageFix, { architecture }: InstalledPackage): boolean {
  return fix.architecture === null || architecture === null || fix.architecture === architecture;
}

/** Of several versions side by side, as kernels are kept, the newest counts. */
function judgeOf(system: LinuxSystem, known: LinuxKnowledge, vm: Asked, state: State) {
  return (fix: PackageFix, group: InstalledPackage[]): void => {
    const { name, version: fixed } = fix;
    const version = newestOf(group, system);
    const order = comparePackageVersions(system.distribution, version, fixed);
    if (order === null) state.unclear.push(`${name} ${version} cannot be compared with ${fixed}`);
    else if (order >= 0) state.reached.push({ name, version, fixed });
    else if (isModular.test(fixed) && vm.assessment?.missingPackages === undefined)
      state.unclear.push(`which module stream of ${name} it follows is not known before Azure assesses it`);
    else if (isModular.test(fixed) && offersOf([fix], system, vm).length === 0) state.untold.push(fix);
    else {
      const why = whyWithheld(fix, version, known.system);
      if (why === null) state.below.push({ name, version, fixed });
      else state.withheld.push(`${name} ${version} stays below ${fixed}: ${why}`);
    }
  };
}

/** Streams of a module have versions of their own: a machine is offered what its stream brings, and nothing of the others. */
export const isModular = /\.module[+_]el\d/;

function belowIn({ below }: State): string {
  return below.map(({ name, version, fixed }) => `${name} ${version} is below ${fixed}`).join(', ');
}

/** One that cannot be compared hides the others: then nothing is known. */
function newestOf(group: InstalledPackage[], { distribution }: LinuxSystem): string {
  return group
    .map(({ version }) => version)
    .reduce((best, version) => ((comparePackageVersions(distribution, version, best) ?? 1) > 0 ? version : best));
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

function duePackages(judged: Judged[]): DuePackage[] {
  const byName = new Map(judged.map(({ name, fixed }) => [name, fixed]));
  return [...byName].map(([name, fixed]) => ({ name, fixed })).sort((a, b) => (a.name < b.name ? -1 : 1));
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
  return fixes.flatMap(({ name, version: fixed }) => {
    const version = offered.get(name);
    const order = version === undefined ? null : comparePackageVersions(distribution, version, fixed);
    return version !== undefined && order !== null && order >= 0 ? [{ name, version, fixed }] : [];
  });
}

function wasNotAsked({ untold }: State, { asked }: LinuxKnowledge): boolean {
  return asked !== null && untold.some((fix) => !asked.includes(fix.name));
}

function told({ reached }: State): string {
  if (reached.length === 0) return 'none of its packages is installed';
  return reached.map(({ name, version }) => `${name} ${version}`).join(', ');
}
