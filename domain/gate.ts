// The gate before each wave: every fact that must hold for the wave to start (I1, I2, I4, I5, I11).

import type { Freeze } from './policy.js';
import type { ManifestRow, Run } from './run.js';
import { closedManifestStates } from './run.js';
import { all, closed, open, type Verdict } from './verdict.js';
import { freezeVerdict, windowVerdict } from './freeze.js';
import {
  emergencyVerdict,
  freezeOverride,
  isEmergency,
  windowRuleVerdict,
  type HeldOverride,
  type RunUnderOverride,
} from './override.js';

export interface EnrolledDecision {
  patchId: string;
  /** Null in staging. */
  decision: { accepted: boolean; verdict: string; digest: string; windowRule: string } | null;
  enrolledDigest: string | null;
  /** Why an earlier ring of this patch and category is not healthy, null when all are. */
  earlierRingProblem: string | null;
}

export interface GateFacts {
  run: Run;
  rows: ManifestRow[];
  wave: number;
  enrolled: EnrolledDecision[];
  freezes: Freeze[];
  /** Of what is enrolled; the gate decides which of them counts. */
  overrides: HeldOverride[];
  standingStop: { by: string; reason: string } | null;
  failureSpent: string | null;
  minutesNeeded: number;
  /** What the patches' own lives say: a known issue, a successor, a revision. Empty in staging. */
  life: { patchId: string; verdict: Verdict }[];
}

export function waveVerdict(facts: GateFacts, now: string): Verdict {
  return all([
    controlVerdict(facts),
    windowVerdict(facts.run, now, facts.minutesNeeded),
    freezeVerdict(facts.freezes, facts.run, now, freezeOverride(underOverride(facts), now)),
    emergencyVerdict(underOverride(facts), now),
    earlierWaveVerdict(facts),
    ...(facts.run.environment === 'production'
      ? facts.enrolled.map((enrolled) => decisionVerdict(facts, enrolled, now))
      : []),
    ...lifeVerdicts(facts),
  ]);
}

/** All that is open in the run: one patch that nobody has overridden holds the others (I2). */
function underOverride({ run, rows, enrolled, overrides }: GateFacts): RunUnderOverride {
  const open = rows.filter((row) => !closedManifestStates.has(row.state));
  const windows = enrolled.flatMap(({ patchId, decision }) =>
    decision === null ? [] : [[patchId, decision.windowRule] as const],
  );
  return {
    run,
    patchIds: [...new Set(open.map((row) => row.patchId))],
    held: overrides,
    windowRules: Object.fromEntries(windows),
  };
}

/** Of the patches that this wave would install; one that is only in other waves holds those. */
function lifeVerdicts({ life, rows, wave }: GateFacts): Verdict[] {
  const due = new Set(
    rows.filter((row) => row.wave === wave && !closedManifestStates.has(row.state)).map((row) => row.patchId),
  );
  return life.filter(({ patchId }) => due.has(patchId)).map(({ verdict }) => verdict);
}

function controlVerdict({ run, standingStop, failureSpent }: GateFacts): Verdict {
  if (standingStop !== null) return closed(`everything is stopped by ${standingStop.by}: ${standingStop.reason}`);
  if (run.control !== 'run') return closed(`the run is ${run.control}`);
  if (run.status !== 'planned') return closed(`the run is ${run.status}`);
  return failureSpent === null ? open : closed(failureSpent);
}

function earlierWaveVerdict({ rows, wave }: GateFacts): Verdict {
  const unproven = rows.filter((row) => row.wave > 0 && row.wave < wave && !closedManifestStates.has(row.state));
  return unproven.length === 0 ? open : closed(`${unproven.length} rows of earlier waves are not closed yet`);
}

function decisionVerdict(
  { run, overrides }: GateFacts,
  { patchId, decision, enrolledDigest, earlierRingProblem }: EnrolledDecision,
  now: string,
): Verdict {
  if (decision === null || enrolledDigest === null) return closed(`${patchId} has no decision`);
  if (!decision.accepted || decision.verdict !== 'approve') return closed(`${patchId} is not approved`);
  if (decision.digest !== enrolledDigest)
    return closed(`${patchId} was enrolled under another digest than the approved one`);
  const { windowRule } = decision;
  return all([
    windowRuleVerdict(run, { patchId, windowRule }, overrides, now),
    earlierRingProblem === null ? open : closed(`${patchId}: ${earlierRingProblem}`),
  ]);
}

/**
 * A gate that only a person or a longer window can open ends the run; others are waited for. Outside of every window a run ends with what
 * let it be there: what is left goes in its own window.
 */
export function isHopeless(facts: GateFacts, now: string): boolean {
  const closesAt = Date.parse(facts.run.closesAt);
  return (
    !(Date.parse(now) + facts.minutesNeeded * 60_000 < closesAt) ||
    facts.run.control === 'halted' ||
    facts.failureSpent !== null ||
    (isEmergency(facts.run.occurrence) && emergencyVerdict(underOverride(facts), now).kind === 'closed')
  );
}
