// A person's signed word that one patch may be installed outside of one window, in one freeze, or be decided by one shorter quorum, until an instant.
// It opens nothing else (I2).

import type { ApprovalRule } from './approvalPath.js';
import { canonical } from './canonical.js';
import type { Freeze } from './policy.js';
import { all, closed, open, type Verdict } from './verdict.js';
import { instantOf } from './window.js';

export const overrideKinds = ['window', 'freeze', 'quorum'] as const;
export type OverrideKind = (typeof overrideKinds)[number];

/** What stands in the way: a window rule, a freeze as policy had it, or the quorum of every other request. */
export interface Obstacle {
  kind: OverrideKind;
  /** Id of the window rule, of the freeze, or of the rule of approval that takes the place of the others. */
  names: string;
  /** Of a freeze its times and of a rule its words, so that one that was changed since is another one; null of a window. */
  span: string | null;
}

export interface SignedOverride extends Obstacle {
  overrideId: string;
  emergencyId: string;
  patchId: string;
  category: string;
  reason: string;
  by: string;
  /** ISO instants; the end is exclusive. */
  at: string;
  expiresAt: string;
  signature: string;
}

/** An override as it stands now. */
export interface HeldOverride {
  override: SignedOverride;
  /** Why it does not count, e.g. that nobody can verify its signature; null when nothing speaks against it. */
  problem: string | null;
}

/** The text that the API signs: every field but the signature. */
export function overrideText(override: Omit<SignedOverride, 'signature'>): string {
  const { overrideId, emergencyId, kind, names, span, patchId, category, reason, by, at, expiresAt } = override;
  return canonical({ overrideId, emergencyId, kind, names, span, patchId, category, reason, by, at, expiresAt });
}

export function freezeObstacle(freeze: Pick<Freeze, 'id' | 'from' | 'until'>): Obstacle {
  return { kind: 'freeze', names: freeze.id, span: `${freeze.from}/${freeze.until}` };
}

export function windowObstacle(windowRule: string): Obstacle {
  return { kind: 'window', names: windowRule, span: null };
}

export function quorumObstacle({ id, categories, tiers, steps }: ApprovalRule): Obstacle {
  return { kind: 'quorum', names: id, span: canonical({ categories, tiers, steps }) };
}

export function isOf(override: Obstacle, { kind, names, span }: Obstacle): boolean {
  return override.kind === kind && override.names === names && override.span === span;
}

/** I2: overridden only by what names exactly this obstacle, patch and category, is signed, and has neither expired nor not begun. */
export function overrideVerdict(
  held: HeldOverride[],
  { patchId, category, obstacle }: { patchId: string; category: string; obstacle: Obstacle },
  now: string,
): Verdict {
  const mine = held.filter(
    ({ override }) => override.patchId === patchId && override.category === category && isOf(override, obstacle),
  );
  const standing = mine.find((one) => problemOf(one, now) === null);
  if (standing !== undefined) return { kind: 'overridden', by: standing.override.by, reason: standing.override.reason };
  const told = `${obstacle.kind} ${obstacle.names} is not overridden for ${patchId} in ${category}`;
  const why = mine.map((one) => `the override of ${one.override.by}: ${problemOf(one, now) ?? ''}`);
  return closed([told, ...why].join('; '));
}

/** Each of these patches, by name; of none at all nothing is known, and that opens nothing (I5). */
export function everyPatch(patchIds: string[], verdictOf: (patchId: string) => Verdict): Verdict {
  return patchIds.length === 0 ? closed('nothing is due that could be overridden') : all(patchIds.map(verdictOf));
}

function problemOf({ override, problem }: HeldOverride, now: string): string | null {
  const [at, begun, end] = [now, override.at, override.expiresAt].map(instantOf);
  if (problem !== null) return problem;
  if (at === null || at === undefined || begun === null || begun === undefined || end === null || end === undefined)
    return 'its times cannot be read';
  if (at < begun) return `it counts from ${override.at} on`;
  return at < end ? null : `it expired at ${override.expiresAt}`;
}

const emergencyRule = 'emergency';

/** The name of a run outside of every window. */
export function emergencyOccurrence(planAt: string): string {
  return `${emergencyRule}@${new Date(planAt).toISOString().replace(/[-:]/g, '').replace('.', '_')}`;
}

export function isEmergency(occurrence: string): boolean {
  return occurrence.startsWith(`${emergencyRule}@`);
}

/** Whether a run is of the window that was approved: itself, or outside of it by a standing override of exactly that window. */
export function windowRuleVerdict(
  run: { occurrence: string; category: string },
  approved: { patchId: string; windowRule: string },
  held: HeldOverride[],
  now: string,
): Verdict {
  const { patchId, windowRule } = approved;
  if (isEmergency(run.occurrence)) {
    const obstacle = windowObstacle(windowRule);
    return overrideVerdict(held, { patchId, category: run.category, obstacle }, now);
  }
  if (run.occurrence.startsWith(`${windowRule}@`)) return open;
  return closed(`${patchId} was approved for window ${windowRule}, this is ${run.occurrence}`);
}

export interface RunUnderOverride {
  run: { occurrence: string; category: string; environment: string };
  /** What is due and not closed yet. */
  patchIds: string[];
  held: HeldOverride[];
  /** The window that the decision on each patch signed; one that is missing opens nothing. */
  windowRules: Readonly<Record<string, string>>;
}

/** A freeze holds all of a run, unless each patch that is due there is overridden for exactly that freeze. */
export function freezeOverride({ run, patchIds, held }: RunUnderOverride, now: string): (freeze: Freeze) => Verdict {
  return (freeze) =>
    everyPatch(patchIds, (patchId) =>
      overrideVerdict(held, { patchId, category: run.category, obstacle: freezeObstacle(freeze) }, now),
    );
}

/** Outside of every window a run holds nothing but patches whose window is overridden; any other keeps it closed. */
export function emergencyVerdict({ run, patchIds, held, windowRules }: RunUnderOverride, now: string): Verdict {
  if (!isEmergency(run.occurrence)) return open;
  if (run.environment !== 'production') return closed('only production has emergency runs');
  return everyPatch(patchIds, (patchId) => {
    const windowRule = Object.hasOwn(windowRules, patchId) ? windowRules[patchId] : undefined;
    if (windowRule === undefined) return closed(`no decision says which window ${patchId} was approved for`);
    return windowRuleVerdict(run, { patchId, windowRule }, held, now);
  });
}
