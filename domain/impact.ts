// What installing a patch on a category will cost: who is away for how long, who is interrupted, what stays up, what can go wrong, and what the way back costs.

import {
  dependencyGraph,
  interruptedBy,
  keyOf,
  orderProblems,
  placeWords,
  type Dependency,
  type DependencyGraph,
  type Place,
} from './dependency.js';
import { grouped } from './grouped.js';
import { capacityOf, type Capacity, type CapacityMachine } from './impactCapacity.js';
import { distributionOf, expectedRestart, forecastOf, type Distribution, type Observation } from './impactDowntime.js';
import { residualRisk, type ResidualRisk, type RiskFacts } from './impactRisk.js';
import type { Restart } from './patch.js';
import type { CategoryRule } from './policy.js';
import type { Ring } from './ring.js';
import { systemOf } from './system.js';
import type { Vm } from './vm.js';

export interface ForecastGroup {
  system: string;
  /** Whether a restart is expected. */
  restart: Restart;
  downtime: Distribution;
  vmIds: string[];
}

export interface DependentPlace {
  place: string;
  /** What it needs. */
  since: string;
}

export interface RollbackCost {
  way: CategoryRule['unwind'];
  /** Of earlier ones of the category, else of any. */
  minutes: Distribution;
  lost: string;
  /** Why there is no automatic way back; null where there is one. */
  impossible: string | null;
}

export interface Impact {
  patchId: string;
  category: string;
  /** ISO instant. */
  at: string;
  /** In the test; null: nothing was measured. */
  measured: { minutes: number; restarts: number; machines: number } | null;
  /** Each machine is in exactly one. */
  forecast: ForecastGroup[];
  services: string[];
  /** Interrupted while the category is out, however far. */
  dependents: DependentPlace[];
  /** Of single machines that others need by name. */
  byMachine: { vmId: string; name: string; dependents: DependentPlace[] }[];
  /** Chains of places that need each other, and names in tags that nothing bears. */
  cycles: string[];
  unknownNames: string[];
  order: { tier: number; rings: string[]; needs: string[]; problems: string[] };
  capacity: Capacity;
  risk: ResidualRisk;
  rollback: RollbackCost;
}

/** Of the whole fleet: read once, whatever the number of patches. */
export interface FleetIndex {
  graph: DependencyGraph;
  tiers: ReadonlyMap<string, number>;
  /** Production machines by category. */
  members: ReadonlyMap<string, CapacityMachine[]>;
  /** By service and category: how many run it, and how many of them are up. */
  services: ReadonlyMap<string, ReadonlyMap<string, { up: number; of: number }>>;
  /** Machines that others need by name. */
  needed: ReadonlySet<string>;
}

type IndexedRule = Pick<CategoryRule, 'name' | 'tier' | 'services'>;

export function fleetIndex(
  production: readonly Vm[],
  categories: readonly IndexedRule[],
  dependencies: readonly Dependency[],
): FleetIndex {
  const graph = dependencyGraph({ dependencies, categories, machines: production });
  const members = new Map<string, CapacityMachine[]>();
  for (const [category, vms] of grouped(production, (vm) => vm.category))
    if (category !== null) members.set(category, vms.map(capacityMachine));
  const services = new Map<string, Map<string, { up: number; of: number }>>();
  for (const rule of categories)
    for (const service of rule.services) {
      const mine = members.get(rule.name) ?? [];
      const counts = { up: mine.filter((vm) => vm.running).length, of: mine.length };
      const held = services.get(service);
      if (held === undefined) services.set(service, new Map([[rule.name, counts]]));
      else held.set(rule.name, counts);
    }
  const needed = new Set(graph.said.flatMap(({ on }) => (on.kind === 'vm' ? [keyOf(on)] : [])));
  return { graph, tiers: new Map(categories.map((rule) => [rule.name, rule.tier])), members, services, needed };
}

/** One that is only starting or stopping, or of which nothing is known, is not counted on. */
function capacityMachine({ vmId, name, zone, availabilitySet, power }: Vm): CapacityMachine {
  return { vmId, name, zone, availabilitySet, running: power === 'running' };
}

export interface ImpactFacts {
  patchId: string;
  rule: Pick<CategoryRule, 'name' | 'tier' | 'services' | 'waveSizeMax' | 'inFlightMax' | 'unwind'>;
  /** Of all categories together. */
  inFlightMax: number;
  /** Production machines that are to get it. */
  machines: readonly Vm[];
  rings: readonly Ring[];
  restart: Restart;
  test: { runKey: string; downtimeMinutes: number; reboots: number; machines: number } | null;
  observations: readonly Observation[];
  rollbacks: readonly { category: string | null; minutes: number }[];
  risk: RiskFacts;
}

export function impactOf(facts: ImpactFacts, fleet: FleetIndex, at: string): Impact {
  const { patchId, rule, test } = facts;
  const place: Place = { kind: 'category', name: rule.name };
  return {
    patchId,
    category: rule.name,
    at,
    measured: test === null ? null : { minutes: test.downtimeMinutes, restarts: test.reboots, machines: test.machines },
    forecast: forecastGroups(facts),
    services: [...rule.services],
    dependents: withServices(fleet.graph, place, rule.services),
    byMachine: neededMachines(facts.machines, fleet),
    cycles: fleet.graph.cycles.map((cycle) => cycle.join(' → ')),
    unknownNames: fleet.graph.unknownNames,
    order: orderOf(facts, fleet),
    capacity: capacityOf({
      rings: facts.rings,
      members: fleet.members.get(rule.name) ?? [],
      waveSizeMax: rule.waveSizeMax,
      inFlightMax: Math.min(rule.inFlightMax, facts.inFlightMax),
      services: rule.services,
      elsewhere: elsewhereOf(fleet, rule),
    }),
    risk: residualRisk(facts.risk, at),
    rollback: rollbackCost(rule, facts.rollbacks),
  };
}

function forecastGroups({ machines, rule, restart: vendor, test, observations }: ImpactFacts): ForecastGroup[] {
  const bySystem = grouped(machines, impactSystem);
  const groups = [...bySystem].map(([system, vms]): ForecastGroup => {
    const asked = { testRunKey: test?.runKey ?? null, category: rule.name, system };
    const restart = expectedRestart(observations, asked, vendor);
    const downtime = forecastOf(observations, { ...asked, restart });
    return { system, restart, downtime, vmIds: vms.map((vm) => vm.vmId).sort() };
  });
  return groups.sort((a, b) => (a.system < b.system ? -1 : 1));
}

/** By what Azure says where it does: an earlier session is placed by the same words. */
export function impactSystem(vm: Pick<Vm, 'osType' | 'osName' | 'osVersion' | 'guest'>): string {
  const told = vm.osType === 'windows' ? systemOf(vm) : systemOf({ ...vm, guest: null });
  return told ?? systemOf(vm) ?? vm.osName ?? vm.osType;
}

/** Whoever needs the category, one of its services or one of its machines. */
function withServices(graph: DependencyGraph, place: Place, services: readonly string[]): DependentPlace[] {
  const own = new Set(services.map((name) => keyOf({ kind: 'service', name })));
  const found = new Map<string, DependentPlace>();
  for (const start of [place, ...services.map((name): Place => ({ kind: 'service', name }))])
    for (const { place: dependent, since } of interruptedBy(graph, start)) {
      const key = keyOf(dependent);
      if (own.has(key) || key === keyOf(place) || isIn(graph, dependent, place.name) || found.has(key)) continue;
      found.set(key, { place: placeWords(dependent), since: placeWords(since) });
    }
  return sorted([...found.values()]);
}

/** Its own machines are out, not interrupted. */
function isIn({ categoriesOf }: DependencyGraph, place: Place, category: string): boolean {
  return place.kind === 'vm' && categoriesOf(place).includes(category);
}

function neededMachines(machines: readonly Vm[], { graph, needed }: FleetIndex): Impact['byMachine'] {
  const mine = needed.size === 0 ? [] : machines.filter(({ name }) => needed.has(keyOf({ kind: 'vm', name })));
  const told = mine.map(({ vmId, name }) => ({
    vmId,
    name,
    dependents: sorted(
      interruptedBy(graph, { kind: 'vm', name }).map(({ place, since }) => ({
        place: placeWords(place),
        since: placeWords(since),
      })),
    ),
  }));
  return told.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sorted(places: DependentPlace[]): DependentPlace[] {
  return places.sort((a, b) => (a.place < b.place ? -1 : 1));
}

function orderOf({ rule, rings }: ImpactFacts, { graph, tiers }: FleetIndex): Impact['order'] {
  const needs = graph.said
    .filter(({ of, on }) => graph.categoriesOf(of).includes(rule.name) && keyOf(of) !== keyOf(on))
    .map(({ on }) => placeWords(on));
  return {
    tier: rule.tier,
    rings: rings.filter((ring) => ring.vmIds.length > 0).map((ring) => ring.name),
    needs: [...new Set(needs)].sort(),
    problems: orderProblems(graph, tiers, rule.name),
  };
}

function elsewhereOf({ services }: FleetIndex, rule: ImpactFacts['rule']): Map<string, { up: number; of: number }> {
  return new Map(
    rule.services.map((service) => {
      const others = [...(services.get(service) ?? [])].filter(([category]) => category !== rule.name);
      return [
        service,
        others.reduce((sum, [, one]) => ({ up: sum.up + one.up, of: sum.of + one.of }), { up: 0, of: 0 }),
      ] as const;
    }),
  );
}

function rollbackCost({ name, unwind }: ImpactFacts['rule'], rollbacks: ImpactFacts['rollbacks']): RollbackCost {
  const mine = rollbacks.filter((one) => one.category === name);
  const minutes = (of: typeof rollbacks) => of.map((one) => one.minutes);
  const known = mine.length > 0 ? distributionOf(minutes(mine), 'category') : distributionOf(minutes(rollbacks), 'any');
  if (unwind === 'restorePoint')
    return {
      way: unwind,
      minutes: known,
      lost: 'whatever was written to the OS disk since the restore point; data disks stay as they are',
      impossible: null,
    };
  return {
    way: unwind,
    minutes: { kind: 'unknown' },
    lost: 'to be weighed by whoever takes it back: writes since the restore point, and what others copied of them',
    impossible: `${name} has no automatic way back: a sick machine is set apart, and a person decides what becomes of it`,
  };
}
