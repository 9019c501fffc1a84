// Is a machine healthy after an installation, and what does its session end with (I5: missing evidence is never healthy).

import type { Patch } from './patch.js';
import type { ManifestState } from './run.js';
import type { GuestFacts, Vm } from './vm.js';
import { presenceOf } from './demand.js';

export type Health = { kind: 'healthy' } | { kind: 'sick'; reasons: string[] } | { kind: 'unknown'; reasons: string[] };

/** `services` are those that policy wants running. */
export function healthOf(guest: GuestFacts | null, services: string[]): Health {
  if (guest === null) return { kind: 'unknown', reasons: ['the guest did not answer'] };
  const reasons: string[] = [];
  for (const name of services) {
    const state = guest.services.find((service) => service.name.toLowerCase() === name.toLowerCase());
    if (state === undefined) reasons.push(`service ${name} is not there`);
    else if (!state.running) reasons.push(`service ${name} is down`);
  }
  return reasons.length === 0 ? { kind: 'healthy' } : { kind: 'sick', reasons };
}

export interface InstalledPatch {
  patchId: string;
  kb: string;
  /** What installPatches said of it; null when it said nothing. */
  reported: string | null;
}

/** What became of each patch, judged by the guest's own evidence; Azure's report only explains. */
export function patchOutcomes(
  vm: Vm,
  patches: Patch[],
  due: InstalledPatch[],
): { patchId: string; state: Extract<ManifestState, 'installed' | 'failed'>; reason: string | null }[] {
  return due.map(({ patchId, kb, reported }) => {
    const patch = patches.find((candidate) => candidate.patchId === patchId);
    if (patch === undefined) return { patchId, state: 'failed', reason: `KB${kb} is not in the inventory` };
    const presence = presenceOf(patch, vm);
    if (presence.kind === 'present') return { patchId, state: 'installed', reason: presence.evidence };
    return {
      patchId,
      state: 'failed',
      reason: `${presence.evidence}${reported === null ? '' : `; Azure reported ${reported}`}`,
    };
  });
}
