// Divides a category's production machines among its rings: each in exactly one, the same every time (I4, I9).

import type { CategoryRule, RingRule } from './policy.js';

export interface Ring {
  name: string;
  vmIds: string[];
  failureBudget: number;
}

export interface Ringed {
  vmId: string;
  name: string;
  zone: string | null;
  joinedAt: string | null;
}

/** The ring of machines that are new in their category: after all others, by what those have proven, until they have caught up. */
export const catchUpRing = 'catch-up';

/** The ring of machines that no test stands for: the very last, one machine at a time, and none may fail (I1). */
export const exceptionRing = 'exception';

/** Names that a policy cannot give to rings of its own. */
export const reservedRings: readonly string[] = [catchUpRing, exceptionRing];

/**
 * A percentage is of the whole category, rounded up; the last ring takes the rest, whatever its rule says. `alone`: machines that come by an
 * exception, and in no other ring.
 */
export function ringsOf(
  category: Pick<CategoryRule, 'rings'>,
  all: Ringed[],
  alone: ReadonlySet<string> = new Set(),
): Ring[] {
  const vms = all.filter((vm) => !alone.has(vm.vmId));
  const order = spreadOverZones(vms.filter((vm) => vm.joinedAt !== null)).map((vm) => vm.vmId);
  const late = vms.filter((vm) => vm.joinedAt === null).sort(byName);
  let from = 0;
  const rings = category.rings.map((rule, position) => {
    const isLast = position === category.rings.length - 1;
    const upTo = isLast ? order.length : Math.min(order.length, from + sizeOf(rule.take, order.length));
    const vmIds = order.slice(from, upTo);
    from = upTo;
    return { name: rule.name, vmIds, failureBudget: rule.failureBudget };
  });
  const last = all.filter((vm) => alone.has(vm.vmId)).sort(byName);
  return [...rings, ...ringOf(catchUpRing, late), ...ringOf(exceptionRing, last)];
}

function ringOf(name: string, vms: Ringed[]): Ring[] {
  return vms.length === 0 ? [] : [{ name, vmIds: vms.map((vm) => vm.vmId), failureBudget: 0 }];
}

function sizeOf(take: RingRule['take'], total: number): number {
  if (take.kind === 'rest') return total;
  if (take.kind === 'count') return Math.max(0, Math.floor(take.count));
  // Multiplied first: 0.07 * 100 is 7.000000000000001 and would round up to 8.
  return Math.max(1, Math.ceil((total * take.percent) / 100));
}

/**
 * Each zone's machines stand evenly along the order, so that any early part of it holds every zone's share:
 * the first half never holds the whole of a zone that has two machines or more.
 */
function spreadOverZones<T extends Ringed>(vms: T[]): T[] {
  const zones = new Map<string, T[]>();
  for (const vm of [...vms].sort(byName)) {
    const members = zones.get(vm.zone ?? '');
    if (members === undefined) zones.set(vm.zone ?? '', [vm]);
    else members.push(vm);
  }
  const placed = [...zones].flatMap(([zone, members]) =>
    members.map((vm, index) => ({ vm, zone, place: (2 * index + 1) / (2 * members.length) })),
  );
  placed.sort((a, b) => a.place - b.place || compare(a.zone, b.zone) || byName(a.vm, b.vm));
  return placed.map(({ vm }) => vm);
}

function byName(a: Ringed, b: Ringed): number {
  return compare(a.name, b.name) || compare(a.vmId, b.vmId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
