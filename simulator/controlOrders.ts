// What orders of the control interface have in common: which machine they are about, and what they change.

import type { Cloud } from './cloud.js';
import type { Change, Guest } from './world.js';

/** Changes, or what is wrong with the order. */
export type Orders = Record<string, (cloud: Cloud, body: Record<string, unknown>) => Change[] | string>;

export function guestNamed(cloud: Cloud, name: unknown): Guest | null {
  return [...cloud.journal.tables.guests.values()].find((guest) => guest.name === name) ?? null;
}

export function onGuest(cloud: Cloud, vm: unknown, set: Partial<Guest>): Change[] | string {
  const guest = guestNamed(cloud, vm);
  return guest === null ? `no machine is called ${String(vm)}` : [{ table: 'guests', key: guest.id, set }];
}

export function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
