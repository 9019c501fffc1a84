// Where a rollout stands at its decision: what has come in, who is asked, what was answered. Silence never approves (I5).

import { condition, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DecisionAnswer } from '../activities/decide.js';
import type { DecisionAsked } from '../activities/request.js';
import type { SignedDecision } from '../domain/decision.js';
import { deferralWords, type DeferEvent } from '../domain/deferral.js';
import { bounded, textIn } from '../domain/received.js';
import type { SignedWithdrawal } from '../domain/withdrawal.js';
import { hint } from './hint.js';
import {
  decideSignal,
  decideUpdate,
  deferredSignal,
  dueMovedSignal,
  haltChoiceSignal,
  newsSignal,
  rolloutStateQuery,
  runSettledSignal,
  tierOpenSignal,
  withdrawSignal,
  withdrawUpdate,
  type DecisionReply,
  type RolloutState,
  type WithdrawalReply,
} from './messages.js';
import { records } from './proxies.js';
import { enterStage, moveDue } from './searchAttributes.js';

export interface RolloutInput {
  patchId: string;
  category: string;
  requestedBy: string[];
  /** First tiers are open from the start; later ones wait for `tierOpen`. */
  tierOpen: boolean;
}

export interface Desk {
  state: RolloutState;
  decided: DecisionAnswer | null;
  /** The request that is open; null while it is being asked. */
  requestId: string | null;
  /** When a step that waits too long is looked at; null: never. */
  attendAt: string | null;
  settledRuns: string[];
  tierOpen: boolean;
  /** As they came: each is verified before it counts. */
  haltChoices: unknown[];
  /** News that came, and up to which they were looked at. */
  news: { came: number; seen: number };
  /** The decision was taken back: by whom, why, and what became of its machines. A hint: the rows refuse what would go on. */
  withdrawn: string | null;
}

/** Ended by something else than a person's decision. */
export interface Recall {
  kind: 'superseded' | 'revised' | 'withdrawn';
  detail: string;
}

export function enter(desk: Desk, stage: RolloutState['stage']): void {
  desk.state.stage = stage;
  enterStage(stage);
}

/** Handlers take down and have decisions verified; the story below reads. */
export function openDesk(input: RolloutInput): Desk {
  const desk: Desk = {
    state: {
      patchId: input.patchId,
      category: input.category,
      stage: 'requesting',
      digest: null,
      ring: null,
      detail: '',
    },
    decided: null,
    requestId: null,
    attendAt: null,
    settledRuns: [],
    tierOpen: input.tierOpen,
    haltChoices: [],
    news: { came: 0, seen: 0 },
    withdrawn: null,
  };
  setHandler(newsSignal, () => {
    desk.news.came += 1;
  });
  setHandler(rolloutStateQuery, () => desk.state);
  setHandler(runSettledSignal, (settled) => void desk.settledRuns.push(textIn(settled, 'runKey')));
  setHandler(tierOpenSignal, () => {
    desk.tierOpen = true;
  });
  setHandler(haltChoiceSignal, (choice) => void desk.haltChoices.push(bounded(choice)));
  setHandler(dueMovedSignal, moveDue);
  const take = async (decision: SignedDecision): Promise<DecisionReply> => {
    const answer = await records.recordDecision({
      received: bounded(decision),
      patchId: input.patchId,
      category: input.category,
    });
    // One that decided an earlier request came a second time: it says nothing of what is asked now (I1).
    const counts = answer.accepted && isOfRequest(answer, desk.requestId);
    if (counts && answer.complete !== false) desk.decided = answer;
    else if (counts) desk.attendAt = answer.nextAt ?? null;
    const { accepted, reasons, complete = accepted, left = [] } = answer;
    return { accepted, reasons, ...(accepted && !complete ? { complete, left } : {}) };
  };
  setHandler(decideSignal, async (decision) => {
    await take(decision);
  });
  setHandler(decideUpdate, take, {
    validator: (decision) => {
      // The request is open a moment before its activity has answered: what arrives in between is judged like any other.
      if (desk.state.stage !== 'awaitingDecision' && desk.state.stage !== 'requesting')
        throw new Error(`${input.patchId} for ${input.category} is not awaiting a decision: it is ${desk.state.stage}`);
      if (desk.state.stage === 'awaitingDecision' && decision.digest !== desk.state.digest)
        throw new Error('what was shown has changed since: look at the decision again');
    },
  });
  takeWithdrawals(input, desk);
  return desk;
}

function takeWithdrawals({ patchId, category }: RolloutInput, desk: Desk): void {
  const take = async (withdrawal: SignedWithdrawal): Promise<WithdrawalReply> => {
    const answer = await records.recordWithdrawal({ received: bounded(withdrawal), patchId, category });
    const { accepted, reasons, kind, machines, detail } = answer;
    // Sent a second time, it says nothing of what was asked since.
    if (accepted && answer.requestId === desk.requestId) {
      if (kind === 'vote') desk.attendAt = answer.nextAt;
      else desk.withdrawn = detail;
      // Whoever waits looks at the rows.
      if (kind !== 'vote') desk.news.came += 1;
      if (kind === 'approval' && desk.state.stage !== 'ended') enter(desk, 'withdrawn');
    }
    return { accepted, reasons, kind, machines };
  };
  setHandler(withdrawSignal, async (withdrawal) => {
    await take(withdrawal);
  });
  setHandler(withdrawUpdate, take, {
    validator: (_withdrawal) => {
      if (desk.state.stage === 'requesting' || desk.state.stage === 'ended')
        throw new Error(
          `${patchId} for ${category} has no decision that could be withdrawn: it is ${desk.state.stage}`,
        );
    },
  });
}

type Decided =
  | { kind: 'approved'; digest: string }
  | { kind: 'again' }
  | { kind: 'notOffered' | 'rejected' | 'expired' | 'waived'; detail: string }
  | Recall;

export async function awaitDecision(input: RolloutInput, desk: Desk, round: number): Promise<Decided> {
  desk.decided = null;
  desk.withdrawn = null;
  desk.requestId = null;
  desk.attendAt = null;
  enter(desk, 'requesting');
  const { asked, reason, recalled } = await records.requestDecision({
    patchId: input.patchId,
    category: input.category,
    requestedBy: input.requestedBy,
    occasion: `${workflowInfo().firstExecutionRunId}/${round + 1}`,
  });
  if (asked === null) return { kind: recalled ?? 'notOffered', detail: reason };
  desk.requestId = asked.requestId;
  desk.attendAt ??= asked.nextAt ?? null;
  if (desk.decided !== null && !isOfRequest(desk.decided, asked.requestId)) desk.decided = null;
  enter(desk, 'awaitingDecision');
  desk.state = {
    ...desk.state,
    digest: asked.digest,
    detail: `${asked.machines} machines, expires ${asked.expiresAt}`,
  };
  setCurrentDetails(`Awaiting a decision on digest ${asked.digest.slice(0, 12)} until ${asked.expiresAt}`);
  if (asked.byRule !== undefined) return { kind: 'approved', digest: asked.digest };
  const answer = await acceptedAnswer(input, desk, asked);
  if (answer === null) {
    await records.expireRequest({ requestId: asked.requestId, patchId: input.patchId, category: input.category });
    return { kind: 'expired', detail: 'nobody decided in time: nothing is approved' };
  }
  if ('kind' in answer) return answer.kind === 'askAgain' ? { kind: 'again' } : answer;
  if (answer.verdict === 'approve') return { kind: 'approved', digest: asked.digest };
  if (answer.verdict === 'reject') return { kind: 'rejected', detail: `rejected by decision ${answer.decisionId}` };
  return defer(input, desk, asked, answer);
}

/** Answers of before say nothing of their request. */
function isOfRequest({ requestId }: DecisionAnswer, asked: string | null): boolean {
  return requestId === undefined || asked === null || requestId === asked;
}

async function defer(
  input: RolloutInput,
  desk: Desk,
  asked: DecisionAsked,
  { deferUntil, deferEvent = null }: DecisionAnswer,
): Promise<Decided> {
  enter(desk, 'deferred');
  setCurrentDetails(`Deferred ${deferralWords({ deferUntil, deferEvent })}`);
  const parent = workflowInfo().parent;
  if (!asked.deferralBlocks && parent !== undefined)
    await hint(parent.workflowId, deferredSignal, { category: input.category });
  const end = Date.now() + Math.max(1000, Date.parse(deferUntil ?? '') - Date.now() || 1000);
  let lookAt = await nextLook(input, asked, deferEvent, end);
  while (lookAt !== null) {
    const isTold = await condition(() => hasNews(desk), Math.max(1, lookAt - Date.now()));
    if (!isTold && lookAt === end) break;
    if (isTold) {
      if (desk.withdrawn !== null) break;
      const review = await look(input, desk, 'awaiting');
      if (review !== null && review.kind !== 'askAgain') return review;
    }
    if (end <= Date.now()) break;
    lookAt = await nextLook(input, asked, deferEvent, end);
  }
  return { kind: 'again' };
}

/** When the rows are looked at next; null: what the deferral waits for has come. A date alone is only waited for. */
async function nextLook(
  { patchId, category }: RolloutInput,
  { requestId }: DecisionAsked,
  event: DeferEvent | null,
  end: number,
): Promise<number | null> {
  if (event === null) return end;
  const answer = await records.lookAtDeferral({ patchId, category, requestId, event });
  return answer.over ? null : Math.min(end, Math.max(Date.now() + attendMsMin, Date.parse(answer.lookAt)));
}

export function hasNews({ news }: Desk): boolean {
  return news.came > news.seen;
}

/** News are only hints: the rows say what became of the patch. Null: it goes on. */
export async function look(
  { patchId, category }: RolloutInput,
  desk: Desk,
  phase: 'awaiting' | 'deploying',
): Promise<Recall | { kind: 'askAgain' } | null> {
  desk.news.seen = desk.news.came;
  const review = await records.reviewRollout({ patchId, category, phase });
  if (review.kind === 'goesOn') return null;
  return review.kind === 'askAgain' ? { kind: 'askAgain' } : { kind: review.kind, detail: review.detail };
}

/** Clocks differ: a step whose time has come by ours may have a moment left by another. */
const attendMsMin = 1000;

function untilAttended(attendAt: string | null): number {
  return attendAt === null ? Number.POSITIVE_INFINITY : Math.max(attendMsMin, Date.parse(attendAt) - Date.now());
}

/** Waits for a decision that stands, reminding; null when the request expired first. The inventory settles a tie. */
async function acceptedAnswer(
  input: RolloutInput,
  desk: Desk,
  asked: DecisionAsked,
): Promise<DecisionAnswer | Recall | { kind: 'askAgain' } | null> {
  const request = { requestId: asked.requestId, patchId: input.patchId, category: input.category };
  let remindAt: number | null = null;
  for (let reminders = 1; ; ) {
    const left = Date.parse(asked.expiresAt) - Date.now();
    if (left <= 0) break;
    remindAt ??= Date.now() + asked.remindEverySeconds * 1000;
    const { attendAt } = desk;
    const isTold = () => desk.decided !== null || hasNews(desk) || desk.attendAt !== attendAt;
    if (await condition(isTold, Math.min(left, remindAt - Date.now(), untilAttended(attendAt)))) {
      if (desk.decided !== null) return desk.decided;
      if (!hasNews(desk)) continue;
      const review = await look(input, desk, 'awaiting');
      if (review !== null) return review;
      remindAt = null;
      continue;
    }
    if (attendAt !== null && Date.parse(attendAt) <= Date.now()) {
      const { nextAt } = await records.attendRequest(request);
      if (desk.attendAt === attendAt) desk.attendAt = nextAt;
      continue;
    }
    if (Date.parse(asked.expiresAt) > Date.now()) await records.remindApprovers({ ...request, count: reminders });
    reminders += 1;
    remindAt = null;
  }
  if ((await records.expireRequest(request)) === 'expired') return null;
  await condition(() => desk.decided !== null, '10 minutes');
  return desk.decided;
}
