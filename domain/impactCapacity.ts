// How much of a category stays up while a wave of it is out, ring after ring; and where that is the least (I4 keeps it above nothing).

import type { Ring } from './ring.js';
import { wavesOf, type Waved } from './wave.js';

export interface CapacityMachine extends Waved {
  /** One that does not run now stays down whatever is patched. */
  running: boolean;
}

export interface Standing {
  name: string;
  up: number;
  of: number;
}

export interface RingCapacity {
  ring: string;
  machines: number;
  waves: number;
  /** Machines that are away at once, at most. */
  outAtOnce: number;
  up: number;
  of: number;
  /** The availability set of which the least stays; null: no machine of the ring is in one. */
  set: Standing | null;
  /** Zones in which something of the category stays up; null: its machines are in no zones. */
  zones: { up: number; of: number } | null;
}

export interface Capacity {
  rings: RingCapacity[];
  services: Standing[];
  /** The ring in which the least stays up; null: nothing is patched. */
  lowest: { ring: string; up: number; of: number } | null;
}

export interface CapacityFacts {
  rings: readonly Ring[];
  /** All production machines of the category, whether they need the patch or not. */
  members: readonly CapacityMachine[];
  waveSizeMax: number;
  inFlightMax: number;
  services: readonly string[];
  /** By service: machines of other categories that run it. */
  elsewhere: ReadonlyMap<string, { up: number; of: number }>;
}

export function capacityOf(facts: CapacityFacts): Capacity {
  const byId = new Map(facts.members.map((vm) => [vm.vmId, vm] as const));
  const before = countsOf(facts.members);
  const rings = facts.rings
    .filter((ring) => ring.vmIds.length > 0)
    .map((ring) => ringCapacity(ring, byId, before, facts));
  const lowest = rings.reduce<RingCapacity | null>(
    (least, one) => (least === null || one.up < least.up ? one : least),
    null,
  );
  const out = Math.max(0, ...rings.map((ring) => before.running - ring.up));
  const services = facts.services.map((name): Standing => {
    const others = facts.elsewhere.get(name) ?? { up: 0, of: 0 };
    return { name, up: before.running - out + others.up, of: facts.members.length + others.of };
  });
  return { rings, services, lowest: lowest === null ? null : { ring: lowest.ring, up: lowest.up, of: lowest.of } };
}

interface Counts {
  running: number;
  sets: Map<string, { name: string; up: number; of: number }>;
  zones: Map<string, number>;
}

/** Of machines that run, but for the size of a set. */
function countsOf(vms: readonly CapacityMachine[]): Counts {
  const counts: Counts = { running: 0, sets: new Map(), zones: new Map() };
  for (const vm of vms) {
    if (vm.running) counts.running += 1;
    if (vm.zone !== null) counts.zones.set(vm.zone, (counts.zones.get(vm.zone) ?? 0) + (vm.running ? 1 : 0));
    if (vm.availabilitySet === null) continue;
    const key = vm.availabilitySet.toLowerCase();
    const held = counts.sets.get(key);
    if (held === undefined) counts.sets.set(key, { name: key.split('/').at(-1) ?? key, up: vm.running ? 1 : 0, of: 1 });
    else {
      held.of += 1;
      if (vm.running) held.up += 1;
    }
  }
  return counts;
}

function ringCapacity(
  ring: Ring,
  byId: ReadonlyMap<string, CapacityMachine>,
  before: Counts,
  { members, waveSizeMax, inFlightMax }: CapacityFacts,
): RingCapacity {
  const machines = ring.vmIds.flatMap((vmId) => byId.get(vmId) ?? []);
  const waves = wavesIn(machines, waveSizeMax);
  const atOnce = Math.max(1, Math.floor(inFlightMax) || 1);
  let outAtOnce = 0;
  let set: Standing | null = null;
  let zonesUp = upIn(before.zones, new Map());
  for (const wave of waves) {
    const out = countsOf(wave);
    outAtOnce = Math.max(outAtOnce, Math.min(out.running, atOnce));
    zonesUp = Math.min(zonesUp, upIn(before.zones, out.zones));
    for (const [key, { up }] of out.sets) {
      const whole = before.sets.get(key);
      if (whole === undefined) continue;
      const left: Standing = { ...whole, up: whole.up - Math.min(up, atOnce) };
      if (set === null || isLower(left, set)) set = left;
    }
  }
  return {
    ring: ring.name,
    machines: machines.length,
    waves: waves.length,
    outAtOnce,
    up: before.running - outAtOnce,
    of: members.length,
    set,
    zones: before.zones.size === 0 ? null : { up: zonesUp, of: before.zones.size },
  };
}

function isLower(one: Standing, other: Standing): boolean {
  return (
    one.up < other.up || (one.up === other.up && (one.of < other.of || (one.of === other.of && one.name < other.name)))
  );
}

function wavesIn(machines: CapacityMachine[], waveSizeMax: number): CapacityMachine[][] {
  const numbers = wavesOf(machines, { waveSizeMax });
  const waves: CapacityMachine[][] = [];
  for (const vm of machines) {
    const place = (numbers[vm.vmId] ?? 1) - 1;
    (waves[place] ??= []).push(vm);
  }
  return waves;
}

/** Of a whole wave: whichever of it are away at once. */
function upIn(zones: ReadonlyMap<string, number>, out: ReadonlyMap<string, number>): number {
  return [...zones].filter(([zone, running]) => running - (out.get(zone) ?? 0) > 0).length;
}

/** `4 of 6 stay up at the lowest, in ring broad` */
export function lowestWords(lowest: Capacity['lowest']): string {
  return lowest === null
    ? 'nothing is out'
    : `${lowest.up} of ${lowest.of} stay up at the lowest, in ring ${lowest.ring}`;
}
