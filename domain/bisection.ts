// Which patch of a set that failed together is to blame: the next subset to try, or who is named. Nothing counts as passed that was not
// tried whole and passed (I1); results that contradict each other name nobody (I5).

export interface Trial {
  patchIds: readonly string[];
  verdict: 'passed' | 'failed' | 'inconclusive';
}

export interface Bisection {
  /** The set that failed, in the order in which its beginnings are tried: what others need comes first. */
  patchIds: readonly string[];
  /** Patches whose own installation failed: believed first, and tried like any other where that explains nothing. */
  suspects: readonly string[];
  /** In the order in which they were made. */
  trials: readonly Trial[];
  trialsMax: number;
}

/** One patch: a culprit. Several: each of them goes alone, and together they fail. */
export type Blamed = string[];

export type BisectionStep =
  | { kind: 'try'; patchIds: string[] }
  /** `innocents` were tried together and passed, or are none. */
  | { kind: 'named'; blamed: Blamed[]; innocents: string[] }
  | { kind: 'inconclusive'; blamed: Blamed[]; reasons: string[] };

/** A single culprit among N needs at most ⌈log₂ N⌉ + 3 trials, and never more than this. */
export function singleCulpritTrialsMax(patches: number): number {
  return patches < 2 ? 0 : 2 * Math.ceil(Math.log2(patches)) + 1;
}

/** How often a set is tried that brings no result. */
const triesOfOneSetMax = 2;

export function nextStep(bisection: Bisection): BisectionStep {
  const { patchIds, trials, trialsMax } = bisection;
  const [only] = patchIds;
  if (only === undefined) return { kind: 'inconclusive', blamed: [], reasons: ['the set that failed is empty'] };
  if (patchIds.length === 1) return { kind: 'named', blamed: [[only]], innocents: [] };
  const reasons = [...contradictions(bisection), ...fruitless(trials)];
  if (reasons.length > 0) return { kind: 'inconclusive', blamed: [], reasons };
  const step = search(bisection);
  if (step.kind !== 'try' || trials.length < trialsMax) return step;
  return outOfTrials(bisection, step.patchIds);
}

/** Names one after another, until what is left passes together. */
function search(bisection: Bisection): BisectionStep {
  const { patchIds, trials } = bisection;
  const results = resultsOf(bisection);
  const blamed = suspected(bisection, results);
  if (blamed === null) return { kind: 'try', patchIds: without(patchIds, bisection.suspects) };
  for (;;) {
    const rest = without(patchIds, blamed.flat());
    if (rest.length === 0) return { kind: 'named', blamed, innocents: [] };
    const verdict = results.tried(rest);
    if (verdict === undefined) return { kind: 'try', patchIds: rest };
    if (verdict === 'passed') {
      // The last trial is what stays on the machine.
      const last = trials.at(-1);
      const isThere = last?.verdict === 'passed' && isSame(last.patchIds, rest);
      return isThere ? { kind: 'named', blamed, innocents: rest } : { kind: 'try', patchIds: rest };
    }
    const found = smallestFailing(bisection, rest, results);
    if (found.kind === 'try') return found;
    blamed.push(found.patchIds);
  }
}

/** Null: whether the others pass without them is not known yet. */
function suspected({ patchIds, suspects }: Bisection, results: Results): Blamed[] | null {
  const others = without(patchIds, suspects);
  if (others.length === 0 || others.length === patchIds.length) return [];
  const verdict = results.tried(others);
  if (verdict === undefined) return null;
  return verdict === 'passed' ? without(patchIds, others).map((patchId) => [patchId]) : [];
}

/**
 * The patch with which the beginnings of the set start to fail is one of those to blame. If it passes alone, it fails with others only:
 * the same search, with it in each trial, finds the next of them.
 */
function smallestFailing(
  { patchIds, trials }: Bisection,
  rest: string[],
  results: Results,
): { kind: 'try'; patchIds: string[] } | { kind: 'found'; patchIds: string[] } {
  const core: string[] = [];
  let upTo = rest.length;
  while (upTo > 0) {
    let [passes, fails] = [0, upTo];
    while (fails - passes > 1) {
      const middle = Math.floor((passes + fails) / 2);
      const subset = inOrder(rest, [...rest.slice(0, middle), ...core]);
      const verdict = results.expected(subset);
      if (verdict === undefined) return { kind: 'try', patchIds: subset };
      if (verdict === 'failed') fails = middle;
      else passes = middle;
    }
    core.push(...rest.slice(fails - 1, fails));
    upTo = fails - 1;
    const alone = inOrder(rest, core);
    const verdict = results.tried(alone);
    if (verdict === undefined) return { kind: 'try', patchIds: alone };
    if (verdict === 'failed') return { kind: 'found', patchIds: alone };
    // Everything passed that was tried: does the set fail at all?
    if (!trials.some((trial) => trial.verdict === 'failed')) return { kind: 'try', patchIds: [...patchIds] };
  }
  return { kind: 'found', patchIds: inOrder(rest, core) };
}

interface Results {
  /** Of this very set. */
  tried(patchIds: readonly string[]): 'passed' | 'failed' | undefined;
  /** Also of a part of what passed, and of what holds something that failed: good enough to choose what to try, never to conclude. */
  expected(patchIds: readonly string[]): 'passed' | 'failed' | undefined;
}

function resultsOf({ patchIds, trials }: Bisection): Results {
  const passed = trials.filter((trial) => trial.verdict === 'passed').map((trial) => trial.patchIds);
  const failed = [patchIds, ...trials.filter((trial) => trial.verdict === 'failed').map((trial) => trial.patchIds)];
  const tried = (set: readonly string[]) => {
    if (failed.some((one) => isSame(one, set))) return 'failed';
    return passed.some((one) => isSame(one, set)) ? 'passed' : undefined;
  };
  return {
    tried,
    expected(set) {
      if (passed.some((one) => isPartOf(set, one))) return 'passed';
      return failed.some((one) => isPartOf(one, set)) ? 'failed' : undefined;
    },
  };
}

/** What failed as a part of what passed: the next time it may be the other way round. */
function contradictions({ patchIds, trials }: Bisection): string[] {
  const failed = [patchIds, ...trials.filter((trial) => trial.verdict === 'failed').map((trial) => trial.patchIds)];
  const passed = trials.filter((trial) => trial.verdict === 'passed').map((trial) => trial.patchIds);
  const pairs = failed.flatMap((one) => passed.filter((other) => isPartOf(one, other)).map((other) => [one, other]));
  return pairs.map(([one = [], other = []]) =>
    isSame(one, other)
      ? `${told(one)} failed once and passed once: it does not fail every time`
      : `${told(one)} failed, and passed as part of ${told(other)}: it does not fail every time`,
  );
}

function fruitless(trials: readonly Trial[]): string[] {
  const open = trials.filter((trial) => trial.verdict === 'inconclusive').map((trial) => told(trial.patchIds));
  const often = [...new Set(open)].filter((set) => open.filter((one) => one === set).length >= triesOfOneSetMax);
  return often.map((set) => `${set} brought no result in ${triesOfOneSetMax} trials`);
}

/** What passed already needs no further trial to be known, only to be put back on the machine. */
function outOfTrials(bisection: Bisection, wanted: string[]): BisectionStep {
  const results = resultsOf(bisection);
  const others = without(bisection.patchIds, wanted);
  const blamed = blamedSoFar(bisection, wanted, results);
  if (results.tried(wanted) === 'passed' && isSame(blamed.flat(), others))
    return { kind: 'named', blamed, innocents: wanted };
  const reasons = [`${bisection.trialsMax} trials named nobody for certain: ${told(wanted)} was to be tried next`];
  return { kind: 'inconclusive', blamed: [], reasons };
}

function blamedSoFar(bisection: Bisection, wanted: string[], results: Results): Blamed[] {
  const blamed = suspected(bisection, results) ?? [];
  for (;;) {
    const rest = without(bisection.patchIds, blamed.flat());
    if (rest.length === 0 || isSame(rest, wanted) || results.tried(rest) !== 'failed') return blamed;
    const found = smallestFailing(bisection, rest, results);
    if (found.kind === 'try') return blamed;
    blamed.push(found.patchIds);
  }
}

function without(patchIds: readonly string[], others: readonly string[]): string[] {
  return patchIds.filter((patchId) => !others.includes(patchId));
}

function inOrder(order: readonly string[], patchIds: readonly string[]): string[] {
  return order.filter((patchId) => patchIds.includes(patchId));
}

function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((patchId) => whole.includes(patchId));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && isPartOf(one, other);
}

function told(patchIds: readonly string[]): string {
  return patchIds.join(' + ');
}
