// Whether an answer counts. Only a signed decision on the digest that was shown opens anything (I1, I5, I6).

import { decisionText, judgeDecision, readDecision, type SignedDecision } from '../domain/decision.js';
import type { Place } from '../domain/approvalRules.js';
import type { DeferEvent } from '../domain/deferral.js';
import { delegationFor } from '../domain/delegation.js';
import type { Claims, Judged, JudgedFacts } from '../ports/decisions.js';
import { tellApprovers } from './concerned.js';
import type { ImpactEdit } from '../domain/impactEdit.js';
import { unseenEdits } from '../domain/impactSigned.js';
import { closed } from '../domain/verdict.js';
import { standingApproval } from './automatic.js';
import { givenUp } from './failures.js';
import { alarmOfForged, refuseForged } from './forged.js';
import type { Ports } from './ports.js';
import { withdrawnFor } from './withdraw.js';
import { groundNow, placeIn, progressOf, turnMails, type Progress, type VotingGround } from './voting.js';

export interface DecisionAnswer {
  decisionId: string;
  /** The request that it decided; null: none. Left out of answers of before it was told. */
  requestId?: string | null;
  accepted: boolean;
  /** Nothing more is needed. Left out of answers of before one of several could be given: each was the whole. */
  complete?: boolean;
  /** What is missing still, in words. */
  left?: string[];
  /** When somebody is told, or may decide as well, because the step waits; null: never. */
  nextAt?: string | null;
  reasons: string[];
  verdict: SignedDecision['verdict'];
  deferUntil: string | null;
  /** Left out of answers of before a deferral could wait for something. */
  deferEvent?: DeferEvent | null;
}

export function createDecideActivities(ports: Ports) {
  const { decisions, events, impacts } = ports.inventory;

  return {
    /** Verifies signature, role and duties against today's policy; refused ones are recorded and told. */
    async recordDecision(input: { received: unknown; patchId: string; category: string }): Promise<DecisionAnswer> {
      const decision = readDecision(input.received);
      const refuse = (reason: string) => refuseForged(ports, input, reason, noDecision);
      if (decision === null) return refuse('the message is not a decision');
      if (decision.patchId !== input.patchId || decision.category !== input.category)
        return refuse(`a decision for another rollout came to ${input.patchId}, ${input.category}`);
      const ground = await groundNow(ports, input);
      const signatureValid = ports.digests.verify(decisionText(decision), decision.signature);
      const at = ports.clock.now();
      const edits = await impacts.edits({ patchId: input.patchId, category: input.category });
      let replayed = false;
      const recorded = await decisions.recordDecision(
        decision,
        (facts) => {
          replayed = facts.alreadyUsed;
          return judged(ground, decision, { ...facts, signatureValid, edits }, at);
        },
        at,
      );
      if (!signatureValid || replayed) {
        const reason = signatureValid
          ? 'a signed decision came a second time, for a later request'
          : 'a decision was not signed';
        await alarmOfForged(ports, { ...input, reason, by: decision.by });
      }
      const goesOn = recorded.accepted && !recorded.complete ? await tellNextStep(input) : null;
      return {
        decisionId: decision.decisionId,
        requestId: recorded.requestId,
        accepted: recorded.accepted,
        complete: recorded.complete,
        left: goesOn?.left ?? [],
        nextAt: goesOn?.nextAt ?? null,
        reasons: recorded.reasons,
        verdict: decision.verdict,
        deferUntil: decision.deferUntil,
        deferEvent: decision.deferEvent ?? null,
      };
    },

    async tellHalt(input: { patchId: string; category: string; detail: string; occasion: string }): Promise<void> {
      const key = `${input.patchId}/${input.category}/${input.occasion}/halted`;
      await events.append({
        key,
        at: ports.clock.now(),
        who: 'rollout',
        what: `${input.patchId} for ${input.category} halted`,
        why: input.detail,
        patchId: input.patchId,
        vmId: null,
        runKey: null,
      });
      await tellApprovers(ports, {
        kind: 'halted',
        patchId: input.patchId,
        category: input.category,
        subject: `HALTED: ${input.patchId} for ${input.category}`,
        lines: [
          input.detail,
          'Nothing more is installed until you choose: ask again for what is left, or end the rollout.',
        ],
        occasion: key,
      });
    },

    /** The approved rings, in order. */
    async approvedRings(input: { patchId: string; category: string; digest: string }): Promise<string[]> {
      const approval = await standingApproval(ports, input.patchId, input.category);
      // Withdrawn in this very moment, its first ring is what refuses.
      const withdrawn =
        (await withdrawnFor(ports, input)) === null ? null : await decisions.request(input.patchId, input.category);
      const request = approval?.request ?? withdrawn;
      if (request === null || request.digest !== input.digest)
        throw givenUp(`${input.patchId} for ${input.category} has no approval with digest ${input.digest}`);
      return request.subject.rings.filter((ring) => ring.vmIds.length > 0).map((ring) => ring.name);
    },
  };

  /** One of several approvals was given: those whose turn it is now are told, each step once. */
  async function tellNextStep({ patchId, category }: { patchId: string; category: string }): Promise<Progress | null> {
    const request = await decisions.request(patchId, category);
    if (request?.status !== 'waiting') return null;
    const progress = await progressOf(ports, request);
    const turn = progress.standing.find((step) => step.completeAt === null);
    if (turn === undefined || turn.since === request.requestedAt) return progress;
    await tellApprovers(ports, {
      kind: 'decisionNeeded',
      patchId,
      category,
      subject: `Decision needed, step ${turn.name}: ${patchId} for ${category}`,
      lines: [
        ...progress.left.map((line) => `Missing still: ${line}.`),
        `Decide by ${request.expiresAt}: patchline patch show ${patchId}`,
        `Digest ${request.digest}`,
      ],
      occasion: `${request.requestId}/step/${turn.name}`,
      to: await turnMails(ports, request),
    });
    return progress;
  }
}

/** What is no decision at all decides nothing. */
const noDecision = {
  decisionId: '',
  complete: false,
  left: [] as string[],
  nextAt: null,
  verdict: 'reject' as const,
  deferUntil: null,
};

/** By the policy of today and the one that it was asked by: the stricter of both. */
function judged(
  ground: VotingGround,
  decision: SignedDecision,
  facts: JudgedFacts & { signatureValid: boolean; edits: ImpactEdit[] },
  at: string,
): Judged {
  const { request, votes, alreadyUsed, signatureValid, edits } = facts;
  const waiting = request !== null && request.status === 'waiting' ? request : null;
  const place: Place =
    waiting === null ? { kind: 'refused', reasons: [] } : placeIn(ground, waiting, votes, decision, at);
  const said = judgeDecision(decision, { request: waiting, signatureValid, place, alreadyUsed }, at);
  // An edit closes what waits; this is of one that came while it was being asked.
  const unseen = waiting === null ? [] : unseenEdits(waiting.subject.impact, edits);
  const verdict = said.kind === 'open' && unseen.length > 0 ? closed(...unseen) : said;
  const accepted = verdict.kind === 'open';
  return {
    accepted,
    reasons: verdict.kind === 'closed' ? verdict.reasons : [],
    policyVersion: ground.policy.version,
    complete: accepted && place.kind === 'counts' && place.complete,
    step: accepted && place.kind === 'counts' ? place.step : null,
    // Whoever forged it is not that person.
    claims: signatureValid ? claimsOf(ground, decision, at) : null,
  };
}

function claimsOf({ people, delegations }: VotingGround, decision: SignedDecision, at: string): Claims | null {
  const { by, onBehalfOf = null, category, signedInBy = null } = decision;
  const person = people.find((one) => one.name === by);
  if (person === undefined) return null;
  const claims = { name: person.name, mail: person.mail, roles: person.roles, signedInBy };
  const delegator = people.find((one) => one.name === onBehalfOf);
  if (delegator === undefined) return claims;
  const asked = { delegate: by, delegator: delegator.name, category };
  const delegation = delegationFor(delegations, asked, at);
  if (delegation === null) return claims;
  const { name, mail, roles } = delegator;
  return { ...claims, onBehalfOf: { name, mail, roles, delegationId: delegation.delegationId } };
}
