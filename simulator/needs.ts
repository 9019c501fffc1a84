// What a guest misses of everything that the documents offer, and what an installation does to it.

import type { Offered } from './documents.js';
import type { BadPatch, Guest } from './world.js';

/** Real durations, in seconds: https://learn.microsoft.com/azure/virtual-machines/automatic-vm-guest-patching gives hours as bounds only. */
export const durations = {
  installPatches: 20 * 60,
  restart: 4 * 60,
  assessPatches: 2 * 60,
  restorePoint: 3 * 60,
  disk: 2 * 60,
  deleteDisk: 30,
  createVm: 3 * 60,
  deleteVm: 2 * 60,
  updateVm: 60,
  deallocate: 2 * 60,
  start: 2 * 60,
  powerOff: 2 * 60,
  runCommand: 20,
} as const;

/** Missing updates: the newest cumulative one of its system, and every product update that is not there. */
export function missingOf(guest: Guest, offers: Offered[]): Offered[] {
  const mine = offers.filter((offer) => offer.product === guest.product && !guest.installedKbs.includes(offer.kb));
  const cumulative = mine.filter((offer) => offer.build !== null && isNewer(offer.build, guest.build));
  cumulative.sort((a, b) => (isNewer(a.build ?? '', b.build ?? '') ? -1 : 1));
  return [...cumulative.slice(0, 1), ...mine.filter((offer) => offer.build === null)];
}

/** `a` is a higher build than `b`, field by field. */
export function isNewer(a: string, b: string): boolean {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

export interface InstallEffect {
  guest: Partial<Guest>;
  installed: Offered[];
  /** Asked for, but unknown here or already there. */
  absent: string[];
  rebooted: boolean;
}

/** Installs the asked KBs that apply; a bad one takes down the service of guests that have its software. */
export function installEffect(
  guest: Guest,
  kbs: string[],
  offers: Offered[],
  badPatches: BadPatch[],
  mayReboot: boolean,
): InstallEffect {
  const wanted = offers.filter((offer) => offer.product === guest.product && kbs.includes(offer.kb));
  const installed = wanted.filter((offer) =>
    offer.build === null ? !guest.installedKbs.includes(offer.kb) : isNewer(offer.build, guest.build),
  );
  const build = installed.reduce(
    (best, offer) => (offer.build !== null && isNewer(offer.build, best) ? offer.build : best),
    guest.build,
  );
  const needsReboot = guest.pendingReboot || installed.some((offer) => offer.restart !== 'No');
  const broken = badPatches.filter(
    (bad) => installed.some((offer) => offer.kb === bad.kb) && guest.software.some(({ name }) => name === bad.software),
  );
  const isBroken = (name: string): boolean =>
    broken.some((bad) => !bad.error && (bad.service ?? guest.services[0]?.name) === name);
  const errors = broken.flatMap(({ error }) => (error ? [{ kind: error, sample: `${error} since the update` }] : []));
  return {
    installed,
    absent: kbs.filter((kb) => !installed.some((offer) => offer.kb === kb)),
    rebooted: needsReboot && mayReboot,
    guest: {
      build,
      installedKbs: [...new Set([...guest.installedKbs, ...installed.map((offer) => offer.kb)])],
      installedAt: {
        ...guest.installedAt,
        ...Object.fromEntries(installed.map((offer) => [offer.kb, new Date().toISOString()])),
      },
      pendingReboot: needsReboot && !mayReboot,
      services: guest.services.map((service) => ({ ...service, running: service.running && !isBroken(service.name) })),
      ...(errors.length === 0
        ? {}
        : { probed: { ...guest.probed, errors: [...(guest.probed?.errors ?? []), ...errors] } }),
    },
  };
}
