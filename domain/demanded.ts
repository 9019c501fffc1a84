// Over which patches the fleet's demand is computed: current ones, and superseded ones that go on; definition updates never.

import { isByHand } from './byHand.js';
import { isDefinition } from './definitions.js';
import type { Patch } from './patch.js';
import type { PatchStage } from './stage.js';
import { phaseOf, supersedenceVerdict, waitsForKept, type SupersedencePolicy } from './succession.js';
import { currentPatches } from './supersedence.js';
import type { Vm } from './vm.js';

export interface KnownPatch {
  patch: Patch;
  stage: PatchStage;
}

export interface Kept {
  patchId: string;
  keptAgainst: string | null;
}

export interface Demanded {
  /** The newest of each chain. */
  current: Patch[];
  /** Superseded, and kept by a person, or let go on by policy while they are in flight. */
  besides: Patch[];
  /** Current, and installed by people. */
  byHand: Patch[];
}

export function demandedPatches(known: KnownPatch[], kept: Kept[], policy: SupersedencePolicy): Demanded {
  const stages = new Map(known.map(({ patch, stage }) => [patch.patchId, stage]));
  const patches = known.map((one) => one.patch).filter((patch) => !isDefinitionPatch(patch));
  const { current, supersededBy } = currentPatches(patches);
  const goesOn = ({ patchId }: Patch): boolean => {
    const successor = supersededBy[patchId];
    if (successor === undefined) return false;
    const keptAgainst = kept.find((one) => one.patchId === patchId)?.keptAgainst ?? null;
    if (keptAgainst === successor) return true;
    const phase = phaseOf(stages.get(patchId) ?? 'known');
    if (phase === null) return false;
    const facts = { successor, keptAgainst, phase, ringBegun: false, decidedKnowing: false };
    return supersedenceVerdict(facts, policy).kind === 'goesOn';
  };
  return {
    current: current.filter((patch) => !isByHand(patch)),
    besides: patches.filter((patch) => goesOn(patch) && !isByHand(patch)),
    byHand: current.filter(isByHand),
  };
}

export function isDefinitionPatch(patch: Patch): boolean {
  return patch.classification === 'definition' || isDefinition({ ...patch, classifications: [] });
}

/** Patches whose lifecycle begins or is woken: all that are needed, but for a successor that ended badly while an older one is kept against it. */
export function begun<T extends { patchId: string }>(needed: T[], known: KnownPatch[], kept: Kept[]): T[] {
  const stages = new Map(known.map(({ patch, stage }) => [patch.patchId, stage]));
  const wanted = new Set(needed.map((one) => one.patchId));
  const standing = kept.filter((one) => wanted.has(one.patchId));
  return needed.filter(
    ({ patchId }) => waitsForKept({ patchId, stage: stages.get(patchId) ?? 'known' }, standing) === null,
  );
}

export interface UnknownToChannels {
  name: string;
  title: string;
  vmIds: string[];
}

/** What machines miss by their own assessment, and no channel announced. */
export function unknownNeeds(vms: Pick<Vm, 'vmId' | 'assessment'>[], patches: Patch[]): UnknownToChannels[] {
  const known = new Set(patches.flatMap((patch) => (patch.kb === null ? [] : [patch.kb])));
  const found = new Map<string, UnknownToChannels>();
  for (const { vmId, assessment } of vms) {
    for (const kb of assessment?.missingKbs ?? []) {
      if (known.has(kb)) continue;
      const held = found.get(kb) ?? { name: `KB${kb}`, title: assessment?.titles?.[kb] ?? `KB${kb}`, vmIds: [] };
      held.vmIds.push(vmId);
      found.set(kb, held);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
