// One category's share of a patch: ask a person, then ring after ring. Silence never approves (I5).

import { allHandlersFinished, condition, patched, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Enrolled } from '../activities/deploy.js';
import { textIn } from '../domain/received.js';
import type { RingOutcome } from '../domain/ringOutcome.js';
import {
  awaitDecision,
  enter,
  hasNews,
  look,
  openDesk,
  type Desk,
  type Recall,
  type RolloutInput,
} from './decisionDesk.js';
import { records } from './proxies.js';

export interface RolloutResult {
  kind:
    | 'deployed'
    | 'notOffered'
    | 'rejected'
    | 'expired'
    | 'halted'
    | 'incomplete'
    /** A newer patch took its place. */
    | 'superseded'
    /** The vendor changed its content: it is tested again. */
    | 'revised'
    /** Its approval was taken back: the next cycle asks again. */
    | 'withdrawn'
    /** Every machine that needs it does without it by a waiver. */
    | 'waived';
  detail: string;
}

/** How often a ring whose machines were only busy or out of time is enrolled again. */
const enrolmentsPerRingMax = 4;
/** Rounds of asking again after a halt or a deferral. */
const roundsMax = 12;
const haltWaitDays = 14;
const tierWaitDays = 60;
const tiersByFacts = 'a tier opens by facts';
/** A tier that was said to be open and is not is looked at again. */
const tierLookMs = 30 * 60 * 1000;
const dayMs = 24 * 3600 * 1000;
/** How long a ring waits for a known issue to be closed or accepted, looked at daily. */
const holdWaitDays = 90;

export async function rollout(input: RolloutInput): Promise<RolloutResult> {
  const desk = openDesk(input);
  for (let round = 0; round < roundsMax; round += 1) {
    const decided = await awaitDecision(input, desk, round);
    if (decided.kind === 'again') continue;
    if (decided.kind !== 'approved') return close(desk, decided);
    const recalled = await awaitTier(input, desk);
    if (recalled !== null) return close(desk, recalled);
    const deployed = await deploy(input, desk, decided.digest);
    if (desk.withdrawn !== null) return close(desk, { kind: 'withdrawn', detail: desk.withdrawn });
    if (deployed.kind !== 'halted') return close(desk, deployed);
    const next = await anotherRound(input, desk, round, deployed.detail);
    if (next !== 'again') return close(desk, next ?? deployed);
  }
  return close(desk, { kind: 'halted', detail: `given up after ${roundsMax} rounds` });
}

/** Earlier tiers go first; the lifecycle says when they are done, and the engine and the rows say whether that is so. */
async function awaitTier(input: RolloutInput, desk: Desk): Promise<Recall | null> {
  if (input.tierOpen || (desk.tierOpen && !patched(tiersByFacts))) return null;
  enter(desk, 'awaitingTier');
  setCurrentDetails('Approved; waiting for earlier tiers');
  const end = Date.now() + tierWaitDays * dayMs;
  let asked = false;
  for (;;) {
    const left = Math.max(1, end - Date.now());
    const isWoken = await condition(() => desk.tierOpen || hasNews(desk), asked ? Math.min(left, tierLookMs) : left);
    if (desk.withdrawn !== null) return { kind: 'withdrawn', detail: desk.withdrawn };
    if (!isWoken && !asked) return null;
    if (desk.tierOpen || !isWoken) {
      if (!patched(tiersByFacts)) return null;
      asked = true;
      desk.tierOpen = (await records.tierOpens({ patchId: input.patchId, category: input.category })).open;
      if (desk.tierOpen || end <= Date.now()) return null;
      continue;
    }
    const review = await look(input, desk, 'deploying');
    if (review !== null && review.kind !== 'askAgain') return review;
  }
}

async function deploy(input: RolloutInput, desk: Desk, digest: string): Promise<RolloutResult> {
  if (!desk.tierOpen) return { kind: 'halted', detail: 'earlier tiers never finished' };
  enter(desk, 'deploying');
  let installed = 0;
  for (const ring of await records.approvedRings({ patchId: input.patchId, category: input.category, digest })) {
    desk.state.ring = ring;
    const outcome = await deployRing(input, desk, digest, ring);
    if ('detail' in outcome)
      return { kind: outcome.kind, detail: `ring ${ring}: ${outcome.detail}; ${installed} machines before` };
    if (outcome.kind === 'halted' || outcome.kind === 'unsettled')
      return { kind: 'halted', detail: `ring ${ring}: ${outcome.reasons.join('; ')}` };
    if (outcome.kind === 'incomplete')
      return { kind: 'incomplete', detail: `ring ${ring}: ${outcome.reasons.join('; ')}` };
    installed += outcome.installed;
  }
  return { kind: 'deployed', detail: `${installed} machines` };
}

async function deployRing(
  input: RolloutInput,
  desk: Desk,
  digest: string,
  ring: string,
): Promise<RingOutcome | Recall> {
  const ringOf = { patchId: input.patchId, category: input.category, ring, digest };
  let vmIds: string[] | null = null;
  let outcome: RingOutcome = { kind: 'unsettled', reasons: ['never enrolled'] };
  for (let attempt = 0; attempt < enrolmentsPerRingMax; attempt += 1) {
    const enrolled = await enrol(input, desk, { ...ringOf, vmIds });
    if ('kind' in enrolled) return enrolled;
    setCurrentDetails(`Ring ${ring}: enrolled in ${enrolled.runKey}`);
    await awaitRun(input, desk, enrolled);
    outcome = await records.readRing(ringOf);
    if (outcome.kind !== 'incomplete') return outcome;
    vmIds = outcome.remaining;
  }
  return outcome;
}

/** A ring that a known issue holds waits until it is closed or accepted; one whose patch was superseded or revised never begins (I11). */
async function enrol(
  input: RolloutInput,
  desk: Desk,
  ring: { patchId: string; category: string; ring: string; digest: string; vmIds: string[] | null },
): Promise<Enrolled | Recall | (RingOutcome & { kind: 'incomplete' })> {
  const since = Date.now();
  for (;;) {
    desk.news.seen = desk.news.came;
    const answer = await records.enrolRing({ ...ring, notifyWorkflowId: workflowInfo().workflowId });
    if (!('refused' in answer)) {
      if (desk.state.stage === 'held') enter(desk, 'deploying');
      return answer;
    }
    const why = answer.reasons.join('; ');
    if (answer.refused !== 'held') return { kind: answer.refused, detail: why };
    const days = Math.floor((Date.now() - since) / dayMs);
    if (days >= holdWaitDays)
      return {
        kind: 'incomplete',
        installed: 0,
        remaining: ring.vmIds ?? [],
        reasons: [`held for ${days} days: ${why}`],
      };
    desk.state = { ...desk.state, detail: why };
    if (desk.state.stage !== 'held') enter(desk, 'held');
    setCurrentDetails(`Ring ${ring.ring} is held: ${why}`);
    const { patchId, category } = input;
    if (!(await condition(() => hasNews(desk), dayMs)))
      await records.remindOfHold({ patchId, category, ring: ring.ring, days: days + 1, why });
  }
}

/**
 * The hint or the deadline, whichever comes first; then the rows are read. A dead run is settled here, a live one waited for, bounded. News may
 * have taken the patch out of the run: then nobody hints.
 */
async function awaitRun({ patchId }: RolloutInput, desk: Desk, { runKey, deadline }: Enrolled): Promise<void> {
  for (let grace = 0; grace < 4; ) {
    const milliseconds = Math.max(60_000, Date.parse(deadline) - Date.now());
    if (await condition(() => desk.settledRuns.includes(runKey) || hasNews(desk), milliseconds)) {
      if (desk.settledRuns.includes(runKey)) return;
      desk.news.seen = desk.news.came;
      if (!(await records.stillEnrolled({ runKey, patchId }))) return;
      continue;
    }
    const { settled } = await records.rescueRun(runKey);
    if (settled) return;
    grace += 1;
  }
}

/** A halt is told to those who decide; unanswered it ends the rollout, and what is left stays unpatched (I5, I10). Null: it ends. */
async function anotherRound(
  input: RolloutInput,
  desk: Desk,
  round: number,
  detail: string,
): Promise<'again' | Recall | null> {
  desk.state = { ...desk.state, detail };
  enter(desk, 'halted');
  setCurrentDetails(`Halted: ${detail}`);
  await records.tellHalt({
    patchId: input.patchId,
    category: input.category,
    detail,
    occasion: `${workflowInfo().firstExecutionRunId}/${round + 1}`,
  });
  const end = Date.now() + haltWaitDays * dayMs;
  while (await condition(() => desk.haltChoices.length > 0 || hasNews(desk), Math.max(1, end - Date.now()))) {
    if (desk.haltChoices.length > 0) {
      const choice = await chosen(input, desk.haltChoices.shift());
      if (choice === null) continue;
      return choice === 'askAgain' ? 'again' : null;
    }
    if (desk.withdrawn !== null) return { kind: 'withdrawn', detail: desk.withdrawn };
    const review = await look(input, desk, 'deploying');
    if (review !== null && review.kind !== 'askAgain') return review;
  }
  return null;
}

/** Only a signed choice of somebody who decides counts; null: it does not. */
async function chosen({ patchId, category }: RolloutInput, received: unknown): Promise<'askAgain' | 'end' | null> {
  if (!patched('a halt is chosen by a signed word'))
    return textIn(received, 'choice') === 'askAgain' ? 'askAgain' : 'end';
  return (await records.recordHaltChoice({ received, patchId, category })).choice;
}

async function close(desk: Desk, result: RolloutResult): Promise<RolloutResult> {
  desk.state = { ...desk.state, detail: `${result.kind}: ${result.detail}` };
  enter(desk, 'ended');
  setCurrentDetails(`${result.kind}: ${result.detail}`);
  await condition(allHandlersFinished);
  return result;
}
