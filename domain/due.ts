// When each patch is due on each machine that needs it, and what moved since it was last computed: by which fact, from when to when.

import type { Patch } from './patch.js';
import { priorityOf, type DeadlineRule, type Priority, type PriorityPolicy } from './priority.js';
import { readBodTable } from './bodTable.js';
import type { CveRisk, Estimate } from './risk.js';

/** Of the computation that is asked for whenever facts have changed. */
export const urgencyWorkflowId = 'urgency/on-demand';
/** Its signal. */
export const computeAgain = 'computeAgain';

/** What is stored of one patch on one machine: the earliest of all its reasons. */
export interface Due {
  patchId: string;
  vmId: string;
  tier: string;
  /** ISO instant; null: no rule sets one. */
  deadline: string | null;
  /** What set the deadline. */
  rule: string | null;
  fact: string | null;
  cve: string | null;
  clockBegan: string | null;
  /** A compromise is looked for before the patch. */
  forensics: boolean;
  /** Inputs of this deadline that nobody said. */
  estimated: string[];
}

/** What a patch and its CVEs are known for. */
export interface JudgedPatch {
  patch: Pick<Patch, 'patchId' | 'severity' | 'released' | 'exploited'>;
  firstSeenAt: string;
  risks: CveRisk[];
}

export function priorityPolicy({ bodTable, rules }: { bodTable: string; rules: DeadlineRule[] }): PriorityPolicy {
  const table = readBodTable(bodTable);
  // Policy is checked when it is applied: a table that is not whole cannot be in force.
  if ('problem' in table) throw new Error(`the table of BOD 26-04 ${table.problem}`);
  return { bodTable: table, rules };
}

/** One for each CVE, in their order: what nobody said stays null. */
export function risksOf(cves: string[], known: CveRisk[]): CveRisk[] {
  const byCve = new Map(known.map((risk) => [risk.cve, risk]));
  const nothing = { vendorExploited: false, kev: null, epss: null, ssvc: null, cvss: null };
  return cves.map((cve) => byCve.get(cve) ?? { cve, ...nothing });
}

/** A machine of which nobody says whether it is exposed is (I5). */
const unknownExposure: Estimate<boolean> = { value: true, estimated: true };

/** Earlier patches that a patch contains, and which of them each machine lacks as well. */
export interface Contained {
  judged: JudgedPatch[];
  /** By machine: ids of those that it lacks. */
  lacking: ReadonlyMap<string, readonly string[]>;
}

const nothingContained: Contained = { judged: [], lacking: new Map() };

/**
 * Of one patch on the machines that need it. Machines differ by their exposure and by what else they lack, so each such way is judged once,
 * however many machines there are.
 */
export function dueOf(
  judged: JudgedPatch,
  vmIds: Iterable<string>,
  exposures: ReadonlyMap<string, Estimate<boolean>>,
  policy: PriorityPolicy,
  contained: Contained = nothingContained,
): Due[] {
  const known = new Map<string, Omit<Due, 'vmId'>>();
  const rows: Due[] = [];
  for (const vmId of vmIds) {
    const exposure = exposures.get(vmId) ?? unknownExposure;
    const lacking = contained.lacking.get(vmId) ?? [];
    const way = `${exposure.value}/${exposure.estimated}/${lacking.join(',')}`;
    let urgency = known.get(way);
    if (urgency === undefined) {
      const parts = contained.judged.filter((one) => lacking.includes(one.patch.patchId));
      urgency = earliestOf(judged.patch.patchId, priorityWith(judged, parts, exposure, policy));
      known.set(way, urgency);
    }
    rows.push({ vmId, ...urgency });
  }
  return rows;
}

/** A patch is as urgent as the most urgent of what it brings: itself, and what it contains that is lacking too, each since its own day. */
export function priorityWith(
  { patch, risks, firstSeenAt }: JudgedPatch,
  contained: JudgedPatch[],
  exposure: Estimate<boolean>,
  policy: PriorityPolicy,
): Priority {
  const own = priorityOf(patch, risks, exposure, policy, firstSeenAt);
  return contained.reduce((all, one) => {
    const more = priorityOf(one.patch, one.risks, exposure, policy, one.firstSeenAt);
    const reasons = more.reasons.map((reason) => ({
      ...reason,
      fact: `${reason.fact}, of ${one.patch.patchId} in it`,
    }));
    return together(all, { ...more, reasons }, policy);
  }, own);
}

function together(a: Priority, b: Priority, { rules }: PriorityPolicy): Priority {
  const reasons = [...a.reasons, ...b.reasons].sort((one, two) => Date.parse(one.deadline) - Date.parse(two.deadline));
  const tiers = rules.map((rule) => rule.tier);
  const tier = tiers.indexOf(b.tier) >= 0 && tiers.indexOf(b.tier) < tiers.indexOf(a.tier) ? b.tier : a.tier;
  return {
    tier,
    deadline: reasons[0]?.deadline ?? null,
    reasons,
    forensics: a.forensics || b.forensics,
    estimated: [...new Set([...a.estimated, ...b.estimated])],
    external: [...a.external, ...b.external],
  };
}

function earliestOf(patchId: string, priority: Priority): Omit<Due, 'vmId'> {
  const { tier, deadline, reasons, forensics, estimated } = priority;
  const { rule = null, fact = null, cve = null, clockBegan = null } = reasons[0] ?? {};
  // A cumulative update has a hundred CVEs: what was assumed of the others did not set this date.
  const mine = estimated.filter((input) => input === 'exposure' || (cve !== null && input.startsWith(`${cve} `)));
  return { patchId, tier, deadline, rule, fact, cve, clockBegan, forensics, estimated: mine };
}

export type DueChange =
  | { kind: 'new'; after: Due }
  | { kind: 'earlier' | 'later'; before: Due; after: Due }
  /** The date stays; what is said of it does not. */
  | { kind: 'retold'; before: Due; after: Due }
  | { kind: 'ended'; before: Due };

/** Everything that differs, row by row; equal rows are not in it. */
export function dueChanges(before: Due[], after: Due[]): DueChange[] {
  const held = new Map(before.map((row) => [keyOf(row), row]));
  const changes: DueChange[] = [];
  for (const row of after) {
    const old = held.get(keyOf(row));
    held.delete(keyOf(row));
    const change = old === undefined ? ({ kind: 'new', after: row } as const) : changeOf(old, row);
    if (change !== null) changes.push(change);
  }
  for (const row of held.values()) changes.push({ kind: 'ended', before: row });
  return changes;
}

function keyOf({ patchId, vmId }: Due): string {
  return `${patchId}\n${vmId}`;
}

function changeOf(before: Due, after: Due): DueChange | null {
  if (!isSameInstant(before.deadline, after.deadline)) {
    const isEarlier = instantOrNever(after.deadline) < instantOrNever(before.deadline);
    return { kind: isEarlier ? 'earlier' : 'later', before, after };
  }
  return isSaidAlike(before, after) ? null : { kind: 'retold', before, after };
}

function isSaidAlike(a: Due, b: Due): boolean {
  return (
    a.tier === b.tier &&
    a.rule === b.rule &&
    a.fact === b.fact &&
    a.cve === b.cve &&
    isSameInstant(a.clockBegan, b.clockBegan) &&
    a.forensics === b.forensics &&
    a.estimated.length === b.estimated.length &&
    a.estimated.every((input, index) => input === b.estimated[index])
  );
}

function isSameInstant(a: string | null, b: string | null): boolean {
  return a === b || instantOrNever(a) === instantOrNever(b);
}

function instantOrNever(instant: string | null): number {
  return instant === null ? Number.POSITIVE_INFINITY : Date.parse(instant);
}

/** A deadline that moved alike on several machines. */
export interface DueMove {
  patchId: string;
  kind: 'earlier' | 'later';
  from: string | null;
  to: string | null;
  tierBefore: string;
  tier: string;
  /** Which fact did it, in words. */
  because: string;
  vmIds: string[];
}

export function movesOf(changes: DueChange[]): DueMove[] {
  const moves = new Map<string, DueMove>();
  for (const change of changes) {
    if (change.kind !== 'earlier' && change.kind !== 'later') continue;
    const { kind, before, after } = change;
    const because = kind === 'earlier' ? factOf(after) : `no longer: ${factOf(before)}`;
    const [from, to] = [before.deadline, after.deadline];
    const key = [after.patchId, kind, from, to, before.tier, after.tier, because].join('\n');
    const move = moves.get(key);
    if (move !== undefined) move.vmIds.push(after.vmId);
    else {
      const { patchId, tier, vmId } = after;
      moves.set(key, { patchId, kind, from, to, tierBefore: before.tier, tier, because, vmIds: [vmId] });
    }
  }
  return [...moves.values()];
}

/** `CVE-2025-59287: exploited, says kev (exploited-or-critical)` */
export function factOf({ cve, fact, rule }: Pick<Due, 'cve' | 'fact' | 'rule'>): string {
  if (fact === null) return 'no rule sets a deadline';
  return `${cve === null ? '' : `${cve}: `}${fact} (${rule ?? 'no rule'})`;
}

/** The most urgent first: by deadline, then by tier. */
export function byUrgency(a: Dated, b: Dated): number {
  const [first, second] = [instantOrNever(a.deadline), instantOrNever(b.deadline)];
  if (first !== second) return first < second ? -1 : 1;
  return a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : 0;
}

interface Dated {
  deadline: string | null;
  tier: string;
}

/** The earliest deadline and the most urgent tier of several rows; null for none. */
export function mostUrgent(rows: Dated[]): Dated | null {
  const first = rows.toSorted(byUrgency)[0];
  if (first === undefined) return null;
  return {
    deadline: first.deadline,
    tier: rows.reduce((tier, row) => (row.tier < tier ? row.tier : tier), first.tier),
  };
}
