// What became of a patch, told from the rows alone: authorised or not, failed and never applied, or failed, then fixed and applied.

/** How a patch that failed could be applied in the end. */
export type Fix = 'rerelease' | 'workaround' | 'configuration' | 'newerPatch' | 'unchanged';

/** One failure: a staging test, or machines of production that did not take it. */
export interface Failure {
  patchId: string;
  category: string;
  where: 'test' | 'production';
  /** ISO instant. */
  at: string;
  reasons: string[];
}

/** A patch on the production machines of a category. */
export interface Applied {
  patchId: string;
  category: string;
  /** ISO instant of the latest installation. */
  lastAt: string;
  machines: number;
}

export interface FixFacts {
  failures: Failure[];
  applied: Applied[];
  /** When the vendor's document changed the patch, ISO instants. */
  revisions: { patchId: string; at: string }[];
  /** What people wrote down when they closed an incident. */
  incidents: { patchId: string; closedAt: string; fix: Fix | null; outcome: string; number: string }[];
  /** Ids of patches that supersede, by the id of what they supersede. */
  supersededBy: Record<string, string[]>;
}

export interface NeverApplied {
  patchId: string;
  category: string;
  failures: Failure[];
}

export interface FixedLater extends NeverApplied {
  fix: Fix;
  how: string;
  appliedAt: string;
  /** The patch that was applied: another one than failed when a newer took its place. */
  appliedPatchId: string;
  machines: number;
}

/** Every category where a patch failed is in one of the two lists. */
export function outcomesOfFailures(facts: FixFacts): { neverApplied: NeverApplied[]; fixedLater: FixedLater[] } {
  const groups = new Map<string, NeverApplied>();
  for (const failure of facts.failures) {
    const key = `${failure.patchId}\n${failure.category}`;
    const group = groups.get(key) ?? { patchId: failure.patchId, category: failure.category, failures: [] };
    group.failures.push(failure);
    groups.set(key, group);
  }
  const neverApplied: NeverApplied[] = [];
  const fixedLater: FixedLater[] = [];
  for (const group of groups.values()) {
    group.failures.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    const fixed = fixOf(group, facts);
    if (fixed === null) neverApplied.push(group);
    else fixedLater.push({ ...group, ...fixed });
  }
  return { neverApplied, fixedLater };
}

type HowFixed = Omit<FixedLater, keyof NeverApplied>;

function fixOf({ patchId, category, failures }: NeverApplied, facts: FixFacts): HowFixed | null {
  const failedAt = failures.at(-1)?.at ?? '';
  const later = (id: string) =>
    facts.applied.find((one) => one.patchId === id && one.category === category && one.lastAt > failedAt);
  const same = later(patchId);
  if (same !== undefined) {
    const { lastAt: appliedAt, machines } = same;
    return { ...reasonBetween(patchId, failedAt, appliedAt, facts), appliedAt, appliedPatchId: patchId, machines };
  }
  for (const id of facts.supersededBy[patchId] ?? []) {
    const newer = later(id);
    if (newer !== undefined) {
      const how = `${id}, which supersedes it, was applied instead`;
      return { fix: 'newerPatch', how, appliedAt: newer.lastAt, appliedPatchId: id, machines: newer.machines };
    }
  }
  return null;
}

/** A person's word counts before what the documents suggest. */
function reasonBetween(patchId: string, from: string, until: string, facts: FixFacts): { fix: Fix; how: string } {
  const told = facts.incidents.find(
    (one) => one.patchId === patchId && one.fix !== null && one.closedAt > from && one.closedAt <= until,
  );
  if (told?.fix !== undefined && told.fix !== null)
    return { fix: told.fix, how: `${told.outcome} (incident ${told.number})` };
  const revised = facts.revisions.find((one) => one.patchId === patchId && one.at > from && one.at <= until);
  if (revised !== undefined) return { fix: 'rerelease', how: `the vendor revised it, seen ${revised.at}` };
  return { fix: 'unchanged', how: 'it was tested again and passed; nobody wrote down what was different' };
}

export type Authorization =
  | 'notAsked'
  | 'awaiting'
  | 'authorised'
  | 'deferred'
  | 'rejected'
  | 'expired'
  | 'superseded'
  | 'withdrawn';

/** Where a category stands: by its newest request and the decision that answered it. */
export function authorizationOf(
  request: { status: 'waiting' | 'decided' | 'expired' | 'superseded' | 'withdrawn' } | null,
  accepted: { verdict: 'approve' | 'defer' | 'reject' } | null,
): Authorization {
  if (request === null) return 'notAsked';
  if (request.status === 'waiting') return 'awaiting';
  if (request.status !== 'decided') return request.status;
  switch (accepted?.verdict) {
    case 'approve':
      return 'authorised';
    case 'defer':
      return 'deferred';
    case 'reject':
      return 'rejected';
    case undefined:
      // A request that says it was decided, without the decision: nothing is authorised (I5).
      return 'notAsked';
  }
}
