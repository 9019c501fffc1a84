// Whether a withdrawal counts, and what follows from it. Only one that the API signed takes anything back; whatever comes, it opens nothing (I1, I5, I9).

import {
  type SignedWithdrawal,
  type Withdrawn,
  type WithdrawnMachines,
  decisionDigestOf,
  judgeWithdrawal,
  readWithdrawal,
  withdrawalText,
  withdrawnWords,
} from '../domain/withdrawal.js';
import type { Place } from '../domain/approvalRules.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { JudgedWithdrawal, RecordedWithdrawal, WithdrawalGround } from '../ports/withdrawals.js';
import { endChanges, keepChange } from './changes.js';
import { categoryRule, concernedBy, tellApprovers } from './concerned.js';
import { alarmOfForged, refuseForged } from './forged.js';
import type { Ports } from './ports.js';
import { groundNow, placeIn, progressOf, type VotingGround } from './voting.js';

export interface WithdrawalAnswer {
  withdrawalId: string;
  /** The request whose answer, or vote, was taken back; null: none. */
  requestId: string | null;
  accepted: boolean;
  reasons: string[];
  kind: Withdrawn | null;
  machines: WithdrawnMachines | null;
  /** What became of it, in words. */
  detail: string;
  /** Of a vote: when the step that waits is looked at. */
  nextAt: string | null;
}

export function createWithdrawActivities(ports: Ports) {
  const { withdrawals, decisions } = ports.inventory;

  return {
    /** Verifies signature, role and duties against today's policy, and takes back what it names; refused ones are recorded and told. */
    async recordWithdrawal(input: { received: unknown; patchId: string; category: string }): Promise<WithdrawalAnswer> {
      const received = readWithdrawal(input.received);
      const refuse = (reason: string) => refuseForged(ports, input, reason, noWithdrawal(reason));
      if (received === null) return refuse('the message is not a withdrawal');
      if (received.patchId !== input.patchId || received.category !== input.category)
        return refuse(`a withdrawal for another rollout came to ${input.patchId}, ${input.category}`);
      const ground = await groundNow(ports, input);
      const { rule } = await categoryRule(ports, input.category);
      const signatureValid = ports.digests.verify(withdrawalText(received), received.signature);
      const at = ports.clock.now();
      let replayed = false;
      const recorded = await withdrawals.record(
        received,
        (facts) => {
          replayed = facts.alreadyUsed;
          return judged(ports, ground, received, { ...facts, signatureValid, wholeSets: !rule.subsetAllowed }, at);
        },
        at,
      );
      if (!signatureValid || replayed) {
        const reason = signatureValid
          ? 'a signed withdrawal came a second time, for a later request'
          : 'a withdrawal was not signed';
        await alarmOfForged(ports, { ...input, reason, by: received.by });
      }
      return answerOf(recorded, recorded.accepted ? await follow(recorded) : null);
    },
  };

  /** Of what was taken back: an approval is told, a vote is waited for again. Returns when a step that waits is looked at. */
  async function follow(recorded: RecordedWithdrawal): Promise<string | null> {
    const { patchId, category, requestId } = recorded;
    const request = await decisions.request(patchId, category);
    if (request === null || request.requestId !== requestId) return null;
    if (recorded.kind === 'vote') return (await progressOf(ports, request)).nextAt;
    if (recorded.kind === 'approval') await tellWithdrawal(request, recorded);
    return null;
  }

  async function tellWithdrawal(request: DecisionRequest, recorded: RecordedWithdrawal): Promise<void> {
    const { patchId, category, digest, subject } = request;
    const { by, reason, machines, withdrawalId } = recorded;
    const words = machines === null ? '' : withdrawnWords(machines);
    await ports.inventory.patches.setStage(patchId, 'rollingOut', `${category}: ${withdrawnLine(recorded)}`);
    await keepChange(ports, { patchId, category, digest });
    if (machines !== null && machines.underWay === 0) await endChanges(ports, { patchId, category });
    const { owners, approvers } = await concernedBy(ports, new Set(subject.vmIds));
    await tellApprovers(ports, {
      kind: 'approvalWithdrawn',
      patchId,
      category,
      subject: `Withdrawn: the approval of ${patchId} for ${category}`,
      lines: [
        `By ${by}: ${reason}`,
        `${words}.`,
        'Machines that have it keep it. The next cycle that needs the patch asks for a decision again.',
      ],
      occasion: `withdrawal/${withdrawalId}`,
      to: [...new Set([...approvers, ...owners])],
    });
  }
}

function noWithdrawal(
  detail: string,
): Pick<WithdrawalAnswer, 'withdrawalId' | 'kind' | 'machines' | 'detail' | 'nextAt'> {
  return { withdrawalId: '', kind: null, machines: null, detail, nextAt: null };
}

/** By the policy of today and the one that it was asked by, whichever is stricter: whoever may reject it may end it. */
function judged(
  ports: Ports,
  ground: VotingGround,
  received: SignedWithdrawal,
  facts: WithdrawalGround & { signatureValid: boolean; wholeSets: boolean },
  at: string,
): JudgedWithdrawal {
  const { request, decision, votes, alreadyUsed, signatureValid, wholeSets } = facts;
  const place: Place =
    request === null
      ? { kind: 'refused', reasons: ['nothing was asked here'] }
      : placeIn(ground, request, votes, { by: received.by, verdict: 'reject' }, at);
  const named =
    decision === null
      ? null
      : {
          digest: decisionDigestOf(decision, (text) => ports.digests.sha256(text)),
          verdict: decision.verdict,
          by: decision.by,
          onBehalfOf: decision.onBehalfOf ?? null,
          complete: decision.complete,
          withdrawn: decision.withdrawalId !== null,
        };
  const { patchId, category } = received;
  const verdict = judgeWithdrawal(
    received,
    { patchId, category, signatureValid, decision: named, place, alreadyUsed },
    at,
  );
  const person = ground.people.find((one) => one.name === received.by);
  return {
    accepted: verdict.kind !== 'closed',
    reasons: verdict.kind === 'closed' ? verdict.reasons : [],
    policyVersion: ground.policy.version,
    // Whoever forged it is not that person.
    claims:
      person === undefined || !signatureValid
        ? null
        : { name: person.name, mail: person.mail, roles: person.roles, signedInBy: received.signedInBy },
    wholeSets,
  };
}

function answerOf(recorded: RecordedWithdrawal, nextAt: string | null): WithdrawalAnswer {
  const { withdrawalId, requestId, accepted, reasons, kind, machines } = recorded;
  const detail = accepted ? withdrawnLine(recorded) : reasons.join('; ');
  return { withdrawalId, requestId, accepted, reasons, kind, machines, detail, nextAt };
}

function withdrawnLine({ by, reason, machines }: RecordedWithdrawal): string {
  return `withdrawn by ${by}: ${reason}${machines === null ? '' : `; ${withdrawnWords(machines)}`}`;
}

/** Why nothing goes on by the approval with this digest: it was taken back; null: it was not, or another one was asked for since. */
export async function withdrawnFor(
  { inventory }: Ports,
  { patchId, category, digest }: { patchId: string; category: string; digest: string },
): Promise<string | null> {
  const request = await inventory.decisions.request(patchId, category);
  if (request?.status !== 'withdrawn' || request.digest !== digest) return null;
  const taken = await inventory.withdrawals.withdrawals({ patchId, category, accepted: true });
  const mine = taken.find((one) => one.requestId === request.requestId && one.kind !== 'vote');
  return mine === undefined ? 'its approval was withdrawn' : withdrawnLine(mine);
}
