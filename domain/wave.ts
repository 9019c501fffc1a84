// Divides the machines of one ring into waves, numbered from 1, that leave every availability set and some zone standing (I4).

export interface Waved {
  vmId: string;
  name: string;
  zone: string | null;
  availabilitySet: string | null;
  /** ISO instant of the earliest deadline of what it gets; missing or null: none. */
  dueAt?: string | null;
}

export interface WaveLimits {
  waveSizeMax: number;
}

interface OpenWave {
  number: number;
  size: number;
  zones: Set<string>;
  /** Members of each availability set in this wave. */
  sets: Map<string, number>;
}

interface Standing {
  sizeMax: number;
  zones: number;
  /** Members of each availability set among all machines. */
  sets: Map<string, number>;
}

/**
 * First wave that may take the machine takes it; a wave of its own always may, so everybody finds one. Whoever is due first is placed first:
 * the order within a ring is free.
 */
export function wavesOf(vms: Waved[], limits: WaveLimits): Record<string, number> {
  const standing = standingOf(vms, limits);
  const waves: Record<string, number> = {};
  const withRoom: OpenWave[] = [];
  let count = 0;
  for (const vm of [...vms].sort(byDue)) {
    let wave = withRoom.find((candidate) => mayJoin(candidate, vm, standing));
    if (wave === undefined) {
      count += 1;
      wave = { number: count, size: 0, zones: new Set(), sets: new Map() };
      withRoom.push(wave);
    }
    join(wave, vm);
    waves[vm.vmId] = wave.number;
    if (wave.size >= standing.sizeMax) withRoom.splice(withRoom.indexOf(wave), 1);
  }
  return waves;
}

function standingOf(vms: Waved[], { waveSizeMax }: WaveLimits): Standing {
  const sets = new Map<string, number>();
  for (const vm of vms) if (vm.availabilitySet !== null) count(sets, vm.availabilitySet);
  const zones = new Set(vms.flatMap((vm) => (vm.zone === null ? [] : [vm.zone]))).size;
  // A limit that cannot be read is the narrowest one.
  return { sizeMax: waveSizeMax >= 1 ? Math.floor(waveSizeMax) : 1, zones, sets };
}

function mayJoin(wave: OpenWave, vm: Waved, standing: Standing): boolean {
  if (wave.size >= standing.sizeMax) return false;
  if (vm.availabilitySet !== null) {
    const members = standing.sets.get(setKey(vm.availabilitySet)) ?? 0;
    const taken = wave.sets.get(setKey(vm.availabilitySet)) ?? 0;
    if (members >= 2 && taken + 1 >= members) return false;
  }
  if (vm.zone === null || wave.zones.has(vm.zone) || standing.zones < 2) return true;
  return wave.zones.size + 1 < standing.zones;
}

function join(wave: OpenWave, vm: Waved): void {
  wave.size += 1;
  if (vm.zone !== null) wave.zones.add(vm.zone);
  if (vm.availabilitySet !== null) count(wave.sets, vm.availabilitySet);
}

function count(sets: Map<string, number>, availabilitySet: string): void {
  sets.set(setKey(availabilitySet), (sets.get(setKey(availabilitySet)) ?? 0) + 1);
}

/** Azure returns resource ids in changing case. */
function setKey(availabilitySet: string): string {
  return availabilitySet.toLowerCase();
}

export function byDue(a: Pick<Waved, 'vmId' | 'name' | 'dueAt'>, b: Pick<Waved, 'vmId' | 'name' | 'dueAt'>): number {
  const [first, second] = [whenDue(a), whenDue(b)];
  return first === second ? byName(a, b) : first < second ? -1 : 1;
}

function whenDue({ dueAt }: Pick<Waved, 'dueAt'>): number {
  return dueAt === undefined || dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(dueAt);
}

function byName(a: Pick<Waved, 'vmId' | 'name'>, b: Pick<Waved, 'vmId' | 'name'>): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.vmId < b.vmId ? -1 : a.vmId > b.vmId ? 1 : 0;
}
