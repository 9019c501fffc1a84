// What needs what, by policy and by tags: who is interrupted while something is out, and in which order things ought to go.

/** A category, one machine by its name, or a service of the guest. */
export interface Place {
  kind: 'category' | 'vm' | 'service';
  name: string;
}

/** `of` needs `on`. */
export interface Dependency {
  of: Place;
  on: Place;
}

/** The tag of a machine that names what it needs: machines, categories or services, separated by commas. */
export const dependsOnTag = 'depends-on';
export const namesPerTagMax = 50;

export interface DependencyMachine {
  name: string;
  category: string | null;
  tags: Record<string, string>;
}

export interface DependencyGraph {
  /** By place: the places that are interrupted with it. */
  dependents: ReadonlyMap<string, readonly string[]>;
  /** Whatever is said, without what follows of a place being part of another. */
  said: Dependency[];
  placeOf: (key: string) => Place;
  /** Categories that a place is in, or that run it. */
  categoriesOf: (place: Place) => string[];
  /** Chains of places that need each other. */
  cycles: string[][];
  /** Names in tags that nothing bears: `app-prd-01: nosuch`. */
  unknownNames: string[];
}

export interface DependencyFacts {
  dependencies: readonly Dependency[];
  categories: readonly { name: string; services: string[] }[];
  machines: readonly DependencyMachine[];
}

/** Names of machines ignore case, as Azure's do. */
export function keyOf({ kind, name }: Place): string {
  return `${kind}:${kind === 'vm' ? name.toLowerCase() : name}`;
}

export function placeWords({ kind, name }: Place): string {
  return kind === 'category' ? name : `${kind === 'vm' ? 'machine' : 'service'} ${name}`;
}

export function dependencyGraph(facts: DependencyFacts): DependencyGraph {
  const tagged = taggedDependencies(facts);
  const said = [...facts.dependencies, ...tagged.dependencies];
  const categoryOfVm = new Map(facts.machines.map((vm) => [vm.name.toLowerCase(), vm.category] as const));
  const categoriesOf = ({ kind, name }: Place): string[] => {
    if (kind === 'category') return [name];
    if (kind === 'service') return facts.categories.filter((one) => one.services.includes(name)).map((one) => one.name);
    const category = categoryOfVm.get(name.toLowerCase()) ?? null;
    return category === null ? [] : [category];
  };
  const { dependents, placeOf } = edgesOf(said, categoriesOf);
  const others = said.filter((one) => !isOwn(one, categoriesOf));
  return {
    dependents,
    said,
    placeOf,
    categoriesOf,
    cycles: cyclesIn(edgesOf(others, categoriesOf).dependents).map((cycle) =>
      cycle.map((key) => placeWords(placeOf(key))),
    ),
    unknownNames: tagged.unknownNames,
  };
}

function edgesOf(
  said: readonly Dependency[],
  categoriesOf: DependencyGraph['categoriesOf'],
): Pick<DependencyGraph, 'dependents' | 'placeOf'> {
  const places = new Map<string, Place>();
  const dependents = new Map<string, Set<string>>();
  const add = (of: Place, on: Place) => {
    const [needing, needed] = [keyOf(of), keyOf(on)];
    places.set(needing, places.get(needing) ?? of);
    places.set(needed, places.get(needed) ?? on);
    const held = dependents.get(needed);
    if (held === undefined) dependents.set(needed, new Set([needing]));
    else held.add(needing);
  };
  for (const { of, on } of said) {
    add(of, on);
    // A category that is out takes its services and machines with it.
    for (const part of [of, on])
      if (part.kind !== 'category') for (const name of categoriesOf(part)) add(part, { kind: 'category', name });
  }
  return {
    dependents: new Map([...dependents].map(([key, held]) => [key, [...held].sort()] as const)),
    placeOf: (key) => places.get(key) ?? { kind: 'category', name: key },
  };
}

/** A category that needs one of its own machines is no cycle, nor is a machine that needs the rest of its category. */
function isOwn({ of, on }: Dependency, categoriesOf: DependencyGraph['categoriesOf']): boolean {
  if (of.kind !== 'category' && on.kind !== 'category') return false;
  const mine = categoriesOf(of);
  return of.kind !== on.kind && categoriesOf(on).some((name) => mine.includes(name));
}

function taggedDependencies({ machines, categories }: DependencyFacts): {
  dependencies: Dependency[];
  unknownNames: string[];
} {
  const tagged = machines.flatMap((vm) => {
    const names = namesIn(vm.tags);
    return names.length === 0 ? [] : [{ vm, names }];
  });
  if (tagged.length === 0) return { dependencies: [], unknownNames: [] };
  const vms = new Map(machines.map((vm) => [vm.name.toLowerCase(), vm.name] as const));
  const categoryNames = new Set(categories.map((one) => one.name));
  const services = new Set(categories.flatMap((one) => one.services));
  const dependencies: Dependency[] = [];
  const unknownNames: string[] = [];
  for (const { vm, names } of tagged)
    for (const name of names) {
      const machine = vms.get(name.toLowerCase());
      const on: Place | null =
        machine !== undefined
          ? { kind: 'vm', name: machine }
          : categoryNames.has(name)
            ? { kind: 'category', name }
            : services.has(name)
              ? { kind: 'service', name }
              : null;
      if (on === null) unknownNames.push(`${vm.name}: ${name}`);
      else dependencies.push({ of: { kind: 'vm', name: vm.name }, on });
    }
  return { dependencies, unknownNames: unknownNames.sort() };
}

/** Azure's tag keys ignore case. */
function namesIn(tags: Record<string, string>): string[] {
  for (const [key, value] of Object.entries(tags))
    if (key.toLowerCase() === dependsOnTag)
      return [...new Set(value.split(',').map((name) => name.trim()))]
        .filter((name) => name !== '')
        .slice(0, namesPerTagMax);
  return [];
}

export interface Interrupted {
  place: Place;
  /** What it needs of what is out, or of what is interrupted with it. */
  since: Place;
}

/** Everything that is interrupted while `start` is out, however far; `start` itself is not in it. */
export function interruptedBy({ dependents, placeOf }: Pick<DependencyGraph, 'dependents' | 'placeOf'>, start: Place) {
  const first = keyOf(start);
  const since = new Map<string, string>();
  const open = [first];
  for (let key = open.shift(); key !== undefined; key = open.shift())
    for (const dependent of dependents.get(key) ?? []) {
      if (dependent === first || since.has(dependent)) continue;
      since.set(dependent, key);
      open.push(dependent);
    }
  return [...since].map(([key, needed]): Interrupted => ({ place: placeOf(key), since: placeOf(needed) }));
}

/** One chain per knot of places that need each other, in the order of names. */
export function cyclesIn(dependents: ReadonlyMap<string, readonly string[]>): string[][] {
  const keys = [...new Set([...dependents.keys(), ...[...dependents.values()].flat()])].sort();
  const finished: string[] = [];
  const seen = new Set<string>();
  for (const key of keys) walk(key, dependents, seen, (done) => finished.push(done));
  const backwards = reversed(dependents);
  const taken = new Set<string>();
  const cycles: string[][] = [];
  for (const key of finished.toReversed()) {
    const knot: string[] = [];
    walk(key, backwards, taken, (done) => knot.push(done));
    const isKnot = knot.length > 1 || (knot.length === 1 && dependents.get(key)?.includes(key) === true);
    if (isKnot) cycles.push(chainIn(knot.sort(), dependents));
  }
  return cycles.sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}

/** Depth first without recursion: chains may be as long as the fleet. */
function walk(
  from: string,
  edges: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
  done: (key: string) => void,
): void {
  if (seen.has(from)) return;
  seen.add(from);
  const path: { key: string; next: number }[] = [{ key: from, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = edges.get(top.key)?.[top.next];
    top.next += 1;
    if (target === undefined) {
      done(top.key);
      path.pop();
    } else if (!seen.has(target)) {
      seen.add(target);
      path.push({ key: target, next: 0 });
    }
  }
}

function reversed(edges: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const back = new Map<string, string[]>();
  for (const [from, targets] of edges)
    for (const target of targets) {
      const held = back.get(target);
      if (held === undefined) back.set(target, [from]);
      else held.push(from);
    }
  return back;
}

/** The shortest way round through the first of a knot. */
function chainIn(knot: string[], edges: ReadonlyMap<string, readonly string[]>): string[] {
  const [start = ''] = knot;
  const inside = new Set(knot);
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let key = open.shift(); key !== undefined; key = open.shift())
    for (const target of edges.get(key) ?? []) {
      if (target === start) {
        const chain = [start];
        for (let at: string | undefined = key; at !== undefined && at !== start; at = cameFrom.get(at)) chain.push(at);
        return [...chain, start];
      }
      if (!inside.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, key);
      open.push(target);
    }
  return [start, start];
}

/** Where the order of tiers and what needs what do not agree: of the category. */
export function orderProblems(
  { said, categoriesOf }: Pick<DependencyGraph, 'said' | 'categoriesOf'>,
  tiers: ReadonlyMap<string, number>,
  category: string,
): string[] {
  const problems = new Set<string>();
  for (const { of, on } of said)
    for (const needing of categoriesOf(of))
      for (const needed of categoriesOf(on)) {
        if (needing === needed || ![needing, needed].includes(category)) continue;
        const [mine, other] = [tiers.get(needing), tiers.get(needed)];
        if (mine === undefined || other === undefined || mine > other) continue;
        const why = `${placeWords(of)} needs ${placeWords(on)}`;
        problems.add(
          mine === other
            ? `${why}, and ${needing} and ${needed} go side by side in tier ${mine}: nothing keeps them in order`
            : `${why}, but ${needing} goes in tier ${mine}, before ${needed} in tier ${other}`,
        );
      }
  return [...problems].sort();
}
