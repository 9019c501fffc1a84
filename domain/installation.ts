// What is asked of Azure for one machine: KBs of Windows, or packages of Linux. In production each package in the very version that was
// tested: a name alone would bring whatever is offered that day (I1, I9).

import { fixesFor, type DuePackage } from './packageDemand.js';
import { comparePackageVersions } from './packageVersion.js';
import type { Patch } from './patch.js';
import { carries, type ManifestRow, type PackageToInstall } from './run.js';
import { linuxSystemOf, spokenSystem, type LinuxSystem } from './system.js';
import type { Environment, Vm } from './vm.js';

export type Installation = { kind: 'windows'; kbs: string[] } | { kind: 'linux'; packages: PackageToInstall[] };

/** A version that a package had on a tested machine when its test passed. */
export interface TestedPackage {
  /** `Ubuntu 24.04`. */
  system: string;
  name: string;
  version: string;
  /** The version that the patch names for it; null where the patch names only its source. */
  fixed: string | null;
}

export type Pinned = { kind: 'open'; packages: PackageToInstall[] } | { kind: 'refused'; reason: string };

/** What a production machine gets of a patch's packages: what the test got, or nothing. */
export function pinned(due: DuePackage[], vm: Vm, tested: TestedPackage[]): Pinned {
  const system = linuxSystemOf(vm, null);
  if (system === null) return { kind: 'refused', reason: 'its distribution and release are not known' };
  const mine = tested.filter((one) => one.system === spokenSystem(system));
  if (mine.length === 0)
    return { kind: 'refused', reason: `no tested machine of ${spokenSystem(system)} told which versions it got` };
  const packages: PackageToInstall[] = [];
  for (const one of due) {
    const pin = pinOf(one, mine, system);
    if ('reason' in pin) return { kind: 'refused', reason: pin.reason };
    packages.push({ name: one.name, version: pin.version });
  }
  return { kind: 'open', packages };
}

function pinOf(
  { name, fixed, bySource }: DuePackage,
  tested: TestedPackage[],
  { distribution }: LinuxSystem,
): { version: string } | { reason: string } {
  const held = tested.find((one) => one.name === name);
  if (held === undefined) {
    if (bySource) return { reason: `${name} is on no tested machine, and the patch names only its source` };
    // Tested as the vendor names it: then the vendor's own version of what the tested machines did not have is the same change.
    const isAsNamed = tested.every((one) => comparePackageVersions(distribution, one.version, one.fixed ?? '') === 0);
    // Package managers leave out an epoch of zero, and vendors do not.
    if (isAsNamed) return { version: fixed.replace(/^0:/, '') };
    return { reason: `${name} is on no tested machine, and the tested ones got newer versions than the patch names` };
  }
  // A package's version is compared with its own fix, never with its source's: there the passed test is the proof.
  const order = bySource ? 0 : comparePackageVersions(distribution, held.version, fixed);
  if (order !== null && order >= 0) return { version: held.version };
  return { reason: `${name} was tested in ${held.version}, which does not reach ${fixed}: test it again` };
}

/** What passed, by system: of machines that got different versions, the newest. `rows`: of the patch in its staging run. */
export function testedPackages(
  patch: Patch,
  rows: Pick<ManifestRow, 'vmId' | 'state' | 'present' | 'arrived'>[],
  vms: Vm[],
): TestedPackage[] {
  const tested = new Map<string, TestedPackage>();
  for (const row of rows) {
    const vm = vms.find((one) => one.vmId === row.vmId);
    const system = vm === undefined ? null : linuxSystemOf(vm, null);
    if (system === null || !carries(row)) continue;
    const named = fixesFor(patch, system).filter((fix) => !fix.sourceOnly);
    const fixes = new Map(named.map((fix) => [fix.name, fix.version]));
    for (const { name, version } of row.arrived ?? []) {
      const key = `${spokenSystem(system)}/${name}`;
      const held = tested.get(key);
      const isNewer =
        held === undefined || (comparePackageVersions(system.distribution, version, held.version) ?? 0) > 0;
      if (isNewer) tested.set(key, { system: spokenSystem(system), name, version, fixed: fixes.get(name) ?? null });
    }
  }
  return [...tested.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Azure matches masks like file names: anything but a plain name or version would take what nobody approved. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
const plainVersion = /^[A-Za-z0-9][A-Za-z0-9+.:~^_-]*$/;

/** Why a machine cannot get this at all, whoever approved it; null when it can. */
export function unfitness(
  vm: Pick<Vm, 'osType'>,
  { kb, packages }: Pick<ManifestRow, 'kb' | 'packages'>,
  environment: Environment,
): string | null {
  if (vm.osType === 'windows') return kb === null ? 'it is no KB: it is not for Windows' : null;
  if (packages.length === 0) return 'it names no package to install';
  for (const { name, version } of packages) {
    if (!plainName.test(name)) return `${JSON.stringify(name)} is no name of a package`;
    if (version === null && environment === 'production')
      return `${name} without a version would bring what nobody tested`;
    if (version !== null && !plainVersion.test(version)) return `${JSON.stringify(version)} is no version of a package`;
  }
  return null;
}

/** Exactly what the machine's open rows name. */
export function installationFor(
  vm: Pick<Vm, 'osType'>,
  rows: Pick<ManifestRow, 'patchId' | 'kb' | 'packages'>[],
  environment: Environment,
): Installation | { kind: 'impossible'; reason: string } {
  const versions = new Map<string, string | null>();
  for (const row of rows) {
    const problem = unfitness(vm, row, environment);
    if (problem !== null) return { kind: 'impossible', reason: `${row.patchId}: ${problem}` };
    for (const { name, version } of row.packages) {
      const held = versions.get(name);
      if (held !== undefined && held !== version)
        return {
          kind: 'impossible',
          reason: `${name} is due in ${held ?? 'any version'} and ${version ?? 'any version'}`,
        };
      versions.set(name, version);
    }
  }
  if (vm.osType === 'windows') return { kind: 'windows', kbs: rows.flatMap(({ kb }) => kb ?? []) };
  const packages = [...versions].map(([name, version]) => ({ name, version }));
  return { kind: 'linux', packages: packages.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** As Azure's guest agent reads a mask: `name=version`, or the name alone. */
export function maskOf({ name, version }: PackageToInstall): string {
  return version === null ? name : `${name}=${version}`;
}
