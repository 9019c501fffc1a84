// Waivers beside what other lists show: what they excuse is waived, not missing.

import { excuses, stands, waiverOn, type PatchWaiver } from '../domain/patchWaiver.js';
import type { Vm } from '../domain/vm.js';
import type { WaivedView, WaiverView } from './contract/index.js';
import type { ApiParts } from './parts.js';

type Parts = Pick<ApiParts, 'inventory' | 'clock'>;

/** What excuses a machine from a patch now; null: nothing does. */
export async function excusesNow(
  { inventory, clock }: Parts,
  patchIds?: string[],
): Promise<(vm: Pick<Vm, 'vmId' | 'category'>, patchId: string) => WaivedView | null> {
  const now = clock.now();
  const standing = await inventory.patchWaivers.standing({
    now,
    excusing: true,
    ...(patchIds === undefined ? {} : { patchIds }),
  });
  return (vm, patchId) => {
    const waiver = waiverOn(standing, vm, patchId, now);
    if (waiver === null) return null;
    const { waiverId, until, decidedBy: by, reason } = waiver;
    return { waiverId, until, by, reason };
  };
}

export async function waiverViews({ inventory, clock }: Parts, waivers: PatchWaiver[]): Promise<WaiverView[]> {
  const now = clock.now();
  const patchIds = [...new Set(waivers.map((one) => one.patchId))];
  const revised = await inventory.revisions.newest(patchIds, 'content');
  return waivers.map((waiver) => {
    const { revisedAt: _revisedAt, ...told } = waiver;
    const counts = excuses(waiver, revised.get(waiver.patchId) ?? null);
    return { ...told, effect: !stands(waiver, now) ? 'none' : counts ? 'waived' : 'leftOut' };
  });
}
