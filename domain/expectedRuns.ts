// Runs that nobody is enrolled in yet, but that follow an enrolled one: the later rings of an approved rollout, each in its next window.

import { runKeyOf, type Enrolment, type Run, type RunIdentity, type RunTimes } from './run.js';

export interface ApprovedRollout {
  patchId: string;
  category: string;
  /** In order. */
  rings: { name: string; vmIds: string[] }[];
  windowRule: string;
}

export interface ExpectedRun extends RunIdentity, RunTimes {
  runKey: string;
  patchId: string;
  vmIds: string[];
}

/**
 * Known is only what comes after the ring that is enrolled now: before, a tier may be waiting; and a ring that has settled without a
 * successor has ended the rollout. `next`: the window's first occurrence that is planned after an instant.
 */
export function expectedRuns(
  rollout: ApprovedRollout,
  underWay: { run: Run; enrolments: Enrolment[] }[],
  next: (windowRule: string, after: string) => (RunTimes & { occurrence: string }) | null,
  horizon: string,
): ExpectedRun[] {
  const { patchId, category, rings, windowRule } = rollout;
  const rank = (name: string) => rings.findIndex((ring) => ring.name === name);
  const enrolled = underWay
    .filter(({ run, enrolments }) => run.category === category && enrolments.some((one) => one.patchId === patchId))
    .map(({ run }) => run)
    .sort((a, b) => rank(a.ring) - rank(b.ring))
    .at(-1);
  if (enrolled === undefined || rank(enrolled.ring) < 0) return [];
  const expected: ExpectedRun[] = [];
  let after = enrolled.closesAt;
  for (const { name, vmIds } of rings.slice(rank(enrolled.ring) + 1)) {
    if (vmIds.length === 0) continue;
    const found = next(windowRule, after);
    if (found === null || Date.parse(found.opensAt) > Date.parse(horizon)) break;
    const { occurrence, planAt, opensAt, closesAt } = found;
    const identity = { environment: 'production' as const, category, ring: name, occurrence };
    expected.push({ ...identity, runKey: runKeyOf(identity), planAt, opensAt, closesAt, patchId, vmIds });
    after = closesAt;
  }
  return expected;
}
