// Whether an answer counts. Only a signed decision on the digest that was shown opens anything (I1, I5, I6).

import { decisionText, judgeDecision, readDecision, type SignedDecision } from '../domain/decision.js';
import { unseenEdits } from '../domain/impactSigned.js';
import { closed } from '../domain/verdict.js';
import { categoryRule, rolesOf, tellApprovers } from './concerned.js';
import { givenUp } from './failures.js';
import { alarmOfForged, noteForged } from './forged.js';
import type { Ports } from './ports.js';

export interface DecisionAnswer {
  decisionId: string;
  /** The request that it decided; null: none. Left out of answers of before it was told. */
  requestId?: string | null;
  accepted: boolean;
  reasons: string[];
  verdict: SignedDecision['verdict'];
  deferUntil: string | null;
}

export function createDecideActivities(ports: Ports) {
  const { decisions, events, impacts } = ports.inventory;

  return {
    /** Verifies signature, role and duties against today's policy; refused ones are recorded and told. */
    async recordDecision(input: { received: unknown; patchId: string; category: string }): Promise<DecisionAnswer> {
      const decision = readDecision(input.received);
      if (decision === null) return refuse(input, 'the message is not a decision');
      if (decision.patchId !== input.patchId || decision.category !== input.category)
        return refuse(input, `a decision for another rollout came to ${input.patchId}, ${input.category}`);
      const { policy, rule } = await categoryRule(ports, decision.category);
      const people = await ports.policy.people();
      const person = people.find((candidate) => candidate.name === decision.by) ?? null;
      const signatureValid = ports.digests.verify(decisionText(decision), decision.signature);
      const at = ports.clock.now();
      const edits = await impacts.edits({ patchId: input.patchId, category: input.category });
      let replayed = false;
      const recorded = await decisions.recordDecision(
        decision,
        ({ request, alreadyUsed }) => {
          replayed = alreadyUsed;
          const waiting = request !== null && request.status === 'waiting' ? request : null;
          // Today's policy, for the urgency that was shown.
          const approverRoles = rolesOf(policy, rule, waiting?.urgency?.tier ?? null);
          const judged = judgeDecision(
            decision,
            { request: waiting, signatureValid, person, approverRoles, alreadyUsed },
            at,
          );
          // An edit closes what waits; this is of one that came while it was being asked.
          const unseen = waiting === null ? [] : unseenEdits(waiting.subject.impact, edits);
          const verdict = judged.kind === 'open' && unseen.length > 0 ? closed(...unseen) : judged;
          return {
            accepted: verdict.kind === 'open',
            reasons: verdict.kind === 'closed' ? verdict.reasons : [],
            policyVersion: policy.version,
          };
        },
        at,
      );
      if (!signatureValid || replayed) {
        const reason = signatureValid
          ? 'a signed decision came a second time, for a later request'
          : 'a decision was not signed';
        await alarmOfForged(ports, { ...input, reason, by: decision.by });
      }
      return {
        decisionId: decision.decisionId,
        requestId: recorded.requestId,
        accepted: recorded.accepted,
        reasons: recorded.reasons,
        verdict: decision.verdict,
        deferUntil: decision.deferUntil,
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
      const request = await decisions.request(input.patchId, input.category);
      if (request === null || request.digest !== input.digest)
        throw givenUp(`${input.patchId} for ${input.category} has no request with digest ${input.digest}`);
      return request.subject.rings.filter((ring) => ring.vmIds.length > 0).map((ring) => ring.name);
    },
  };

  /** What is no decision at all is refused as one that was forged. */
  async function refuse(
    input: { received: unknown; patchId: string; category: string },
    reason: string,
  ): Promise<DecisionAnswer> {
    await noteForged(ports, { ...input, reason, by: null });
    await alarmOfForged(ports, { ...input, reason, by: null });
    return { decisionId: '', requestId: null, accepted: false, reasons: [reason], verdict: 'reject', deferUntil: null };
  }
}
