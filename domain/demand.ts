// Which machine needs which patch, and whether a patch is there. "Not missing" never means installed.

import type { Patch } from './patch.js';
import type { Vm } from './vm.js';
import { compareBuilds, parseBuild } from './windowsBuild.js';

/** `Windows Server 2022` out of Azure's `Windows Server 2022 Datacenter`; null for anything else. */
export function serverProduct(osName: string | null): string | null {
  const match = /Windows Server \d{4}(?: R2)?/.exec(osName ?? '');
  return match === null ? null : match[0];
}

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
  | { kind: 'needed'; reason: string }
  | { kind: 'notNeeded'; reason: string }
  | { kind: 'unknown'; reason: string };

/** Does this machine need this patch? `patch` is current: superseded ones are left out before. */
export function needOf(patch: Patch, vm: Vm): Need {
  if (vm.osType !== 'windows') return { kind: 'notNeeded', reason: 'not a Windows machine' };
  if (patch.kb !== null && vm.assessment?.missingKbs.includes(patch.kb))
    return { kind: 'needed', reason: `Azure's assessment of ${vm.assessment.assessedAt} misses it` };
  if (onlyWhenAssessed.includes(patch.kind))
    return { kind: 'notNeeded', reason: `${patch.kind}, and the machine's assessment does not ask for it` };
  const fixed = fixedBuildFor(patch, vm);
  if (fixed === null) return { kind: 'notNeeded', reason: 'for other products' };
  const build = currentBuild(vm);
  const parsed = build === null ? null : parseBuild(build);
  const wanted = parseBuild(fixed);
  if (parsed === null || wanted === null)
    return { kind: 'unknown', reason: `the machine's build ${build ?? 'was never reported'}` };
  if (compareBuilds(parsed, wanted) < 0) return { kind: 'needed', reason: `build ${build ?? ''} is below ${fixed}` };
  return { kind: 'notNeeded', reason: `build ${build ?? ''} is not below ${fixed}` };
}

/** Kinds that never come to a server on their own: they are needed only where the guest's own assessment asks for them. */
const onlyWhenAssessed: readonly Patch['kind'][] = ['hotpatch', 'standalone', 'securityOnly'];

/**
 * The patches that this machine needs. Of several cumulative updates of its system only the newest counts: each contains the
 * earlier ones, and a vendor's document can list two of the same month.
 */
export function neededPatches(patches: Patch[], vm: Vm): { patch: Patch; reason: string }[] {
  const needed = patches.flatMap((patch) => {
    const need = needOf(patch, vm);
    return need.kind === 'needed' ? [{ patch, reason: need.reason }] : [];
  });
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
  | { kind: 'absent'; evidence: string }
  | { kind: 'unknown'; evidence: string };

/** Is this patch on this machine, by the guest's own evidence? */
export function presenceOf(patch: Patch, vm: Vm): Presence {
  const guest = vm.guest;
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
