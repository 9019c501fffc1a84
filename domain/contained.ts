// What a patch contains: who lacks it lacks the earlier ones too, and with them what they fix. A machine that is months behind is as urgent as the
// most urgent of what it misses, since the day on which that was to be had.

import { needOf } from './demand.js';
import type { LinuxKnowledge } from './packageDemand.js';
import type { Patch } from './patch.js';
import { chainsOf } from './supersedence.js';
import type { Vm } from './vm.js';

/** The earlier patches of its chains, each once. */
export function containedIn(patch: Patch, patches: Patch[]): Patch[] {
  const byId = new Map(patches.map((one) => [one.patchId, one]));
  const ids = chainsOf(patch, patches).flatMap(({ links }) => {
    const place = links.findIndex((link) => link.patchId === patch.patchId);
    return links.slice(0, Math.max(0, place)).map((link) => link.patchId);
  });
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

/** Of these, the ones that a machine lacks as well; what nobody knows of it counts as lacking (I5). */
export function lackingOf(contained: Patch[], vm: Vm, linux: LinuxKnowledge | null | undefined): Patch[] {
  return contained.filter((patch) => needOf(patch, vm, linux).kind !== 'notNeeded');
}
