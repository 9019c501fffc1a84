// Which machine needs which patch, and whether a patch is there. "Not missing" never means installed.

import { knowledgeOf, packageNeed, packagePresence, type DuePackage, type LinuxKnowledge } from './packageDemand.js';
import { newestPackages } from './packageSupersedence.js';
import type { Patch } from './patch.js';
import { serverProduct } from './system.js';
import type { Vm } from './vm.js';
import { compareBuilds, parseBuild } from './windowsBuild.js';

/**
 * The build that this patch brings for this machine's operating system, null when it brings none. The product's name decides, not the
 * build family: Windows 11 24H2 and Server 2025 share the family 26100 and have different patches.
 */
export function fixedBuildFor(patch: Patch, vm: Pick<Vm, 'osName'>): string | null {
  const product = serverProduct(vm.osName);
  if (product === null) return null;
  for (const { id, name } of patch.products) {
    if (name !== product && name !== `${product} (Server Core installation)`) continue;
    const build = patch.fixedBuilds[id];
    if (build !== undefined && parseBuild(build) !== null) return build;
  }
  return null;
}

/** The newest version that anybody reported of this machine: the guest itself, else Azure's agent. */
export function currentBuild(vm: Pick<Vm, 'guest' | 'osVersion'>): string | null {
  return vm.guest?.osVersion ?? vm.osVersion;
}

export type Need =
  /** `packages`: of Linux, what is due. */
  | { kind: 'needed'; reason: string; packages: DuePackage[] }
  /** It would be needed, and the machine has no access to where it is published. */
  | { kind: 'withheld'; reason: string }
  | { kind: 'notNeeded'; reason: string }
  | { kind: 'unknown'; reason: string };

/**
 * Does this machine need this patch? `patch` is current: superseded ones are left out before. `linux`: what is known of a Linux machine's
 * packages; left out, only what its guest told last.
 */
export function needOf(patch: Patch, vm: Vm, linux: LinuxKnowledge | null = knowledgeOf(vm.guest)): Need {
  if (vm.osType === 'linux') return linuxNeed(patch, vm, linux);
  if (patch.kb !== null && vm.assessment?.missingKbs.includes(patch.kb))
    return { kind: 'needed', reason: `Azure's assessment of ${vm.assessment.assessedAt} misses it`, packages: [] };
  if (onlyWhenAssessed.includes(patch.kind))
    return { kind: 'notNeeded', reason: `${patch.kind}, and the machine's assessment does not ask for it` };
  const fixed = fixedBuildFor(patch, vm);
  if (fixed === null) return { kind: 'notNeeded', reason: 'for other products' };
  const build = currentBuild(vm);
  const parsed = build === null ? null : parseBuild(build);
  const wanted = parseBuild(fixed);
  if (parsed === null || wanted === null)
    return { kind: 'unknown', reason: `the machine's build ${build ?? 'was never reported'}` };
  if (compareBuilds(parsed, wanted) < 0)
    return { kind: 'needed', reason: `build ${build ?? ''} is below ${fixed}`, packages: [] };
  return { kind: 'notNeeded', reason: `build ${build ?? ''} is not below ${fixed}` };
}

/** Kinds that never come to a server on their own: they are needed only where the guest's own assessment asks for them. */
const onlyWhenAssessed: readonly Patch['kind'][] = ['hotpatch', 'standalone', 'securityOnly'];

function linuxNeed(patch: Patch, vm: Vm, linux: LinuxKnowledge | null): Need {
  return patch.packages.length === 0
    ? { kind: 'notNeeded', reason: 'it brings no package of Linux' }
    : packageNeed(patch, vm, linux);
}

export interface NeededPatch {
  patch: Patch;
  reason: string;
  packages: DuePackage[];
}

/**
 * The patches that this machine needs. Of several cumulative updates of its system only the newest counts: each contains the
 * earlier ones, and a vendor's document can list two of the same month. So it is with packages.
 */
export function neededPatches(patches: Patch[], vm: Vm, linux?: LinuxKnowledge | null): NeededPatch[] {
  const needed = patches.flatMap((patch) => {
    const need = needOf(patch, vm, linux);
    return need.kind === 'needed' ? [{ patch, reason: need.reason, packages: need.packages }] : [];
  });
  if (vm.osType === 'linux') return newestPackages(needed);
  const newest = newestBuild(
    needed.map(({ patch }) => patch),
    vm,
  );
  return needed.filter(({ patch }) => {
    const fixed = patch.kind === 'cumulative' ? fixedBuildFor(patch, vm) : null;
    return fixed === null || fixed === newest;
  });
}

function newestBuild(patches: Patch[], vm: Vm): string | null {
  let newest: string | null = null;
  for (const patch of patches) {
    const fixed = patch.kind === 'cumulative' ? fixedBuildFor(patch, vm) : null;
    const build = fixed === null ? null : parseBuild(fixed);
    const best = newest === null ? null : parseBuild(newest);
    if (build !== null && (best === null || compareBuilds(build, best) > 0)) newest = fixed;
  }
  return newest;
}

export type Presence =
  | { kind: 'present'; evidence: string }
  /** Of Linux: all that the machine has access to is there, and some of it stays below its fix. */
  | { kind: 'partly'; evidence: string }
  | { kind: 'absent'; evidence: string }
  | { kind: 'unknown'; evidence: string };

/** Is this patch on this machine, by the guest's own evidence? `linux` as above. */
export function presenceOf(patch: Patch, vm: Vm, linux: LinuxKnowledge | null = knowledgeOf(vm.guest)): Presence {
  const guest = vm.guest;
  if (vm.osType === 'linux' && patch.packages.length > 0) return packagePresence(patch, vm, linux);
  if (guest === null) return { kind: 'unknown', evidence: 'the guest was never asked' };
  const fixed = fixedBuildFor(patch, vm);
  const wanted = fixed === null ? null : parseBuild(fixed);
  const build = parseBuild(guest.osVersion);
  if (wanted !== null && build !== null) {
    return compareBuilds(build, wanted) >= 0
      ? { kind: 'present', evidence: `build ${guest.osVersion} reaches ${fixed ?? ''}` }
      : { kind: 'absent', evidence: `build ${guest.osVersion} is below ${fixed ?? ''}` };
  }
  if (patch.kb === null) return { kind: 'unknown', evidence: 'it is no KB' };
  if (guest.installedKbs.includes(patch.kb)) return { kind: 'present', evidence: `KB${patch.kb} is installed` };
  return {
    kind: 'absent',
    evidence: `KB${patch.kb} is not among the guest's ${guest.installedKbs.length} installed ones`,
  };
}
