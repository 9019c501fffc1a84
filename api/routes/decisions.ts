// Decisions as they can be proved years later: what was asked and signed, every word on it, and whether digest and signatures hold.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { canonical } from '../../domain/canonical.js';
import { ruleApproved } from '../../domain/automaticApproval.js';
import { decisionText, type DecisionSubject } from '../../domain/decision.js';
import { shortenedLine } from '../../domain/shortenedQuorum.js';
import { deferralWords } from '../../domain/deferral.js';
import { withdrawalLine, withdrawalText } from '../../domain/withdrawal.js';
import type { RecordedArrival } from '../../ports/arrivals.js';
import type { DecisionRequest, RecordedDecision } from '../../ports/decisions.js';
import type { RecordedWithdrawal } from '../../ports/withdrawals.js';
import { arrivalView } from '../arrivals.js';
import { DecisionProofView, type VoteView, type WithdrawalView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';

const Asked = z.object({ patchId: z.string().max(100) });
const Filter = z.object({ category: z.string().max(100).optional(), requestId: z.string().max(400).optional() });

export function decisionRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { decisions } = parts.inventory;

  app.get(
    '/v1/patches/:patchId/decisions',
    {
      config: { permission: 'read' },
      schema: { params: Asked, querystring: Filter, response: { 200: z.array(DecisionProofView) } },
    },
    async ({ params: { patchId }, query: { category, requestId } }) => {
      await requirePatch(parts, patchId);
      const wanted = { patchId, ...(category === undefined ? {} : { category }) };
      const [words, taken, came] = await Promise.all([
        decisions.decisions(wanted),
        parts.inventory.withdrawals.withdrawals(wanted),
        parts.inventory.arrivals.arrivals({ patchId }),
      ]);
      const requests = (await decisions.requests({ patchId })).filter(
        (one) =>
          (category === undefined || one.category === category) &&
          (requestId === undefined || one.requestId === requestId),
      );
      // The newest first: it is what counts.
      return requests.toReversed().map((request) => proofOf(request, { words, taken, came }));
    },
  );

  function proofOf(
    request: DecisionRequest,
    { words, taken, came }: { words: RecordedDecision[]; taken: RecordedWithdrawal[]; came: RecordedArrival[] },
  ): DecisionProofView {
    const { subject, approval, requestId, patchId, category, status, requestedBy, requestedAt, expiresAt, digest } =
      request;
    const signed = canonical(subject);
    const eligible = approval?.eligible ?? [];
    // A refused word names no request: the digest says which one it was meant for.
    const votes = words
      .filter((one) => one.category === category)
      .filter((one) => (one.requestId === null ? one.digest === digest : one.requestId === requestId));
    return {
      requestId,
      patchId,
      category,
      status,
      requestedBy,
      requestedAt,
      expiresAt,
      digest,
      signed,
      digestHolds: parts.digests.sha256(signed) === digest,
      policyVersion: approval?.policyVersion ?? null,
      shortened: subject.shortened === undefined ? null : shortenedLine(subject.shortened),
      arrivals: {
        words: subject.arrivals?.words ?? null,
        machines: came.filter((one) => one.digest === digest && one.category === category).map(arrivalView),
      },
      steps: (approval?.steps ?? []).map(({ name, quorum }) => ({
        name,
        quorum,
        eligible: eligible.filter((one) => one.step === name).map((one) => one.name),
      })),
      votes: votes.map((one) => voteOf(one, subject)),
      withdrawals: taken.filter((one) => votes.some((vote) => vote.decisionId === one.decisionId)).map(withdrawalView),
    };
  }

  function voteOf(word: RecordedDecision, subject: DecisionSubject): VoteView {
    const { decisionId, verdict, by, at, justification, deferUntil, deferEvent = null, accepted, reasons } = word;
    const { complete, step, claims, policyVersion, withdrawalId, onBehalfOf = null, byRule = null } = word;
    return {
      decisionId,
      verdict,
      by,
      onBehalfOf,
      at,
      justification,
      deferUntil,
      deferEvent,
      deferred: verdict === 'defer' ? deferralWords(word) : null,
      accepted,
      reasons,
      complete,
      step,
      claims,
      policyVersion,
      byRule,
      signatureHolds:
        byRule === null ? parts.signing.verify(decisionText(word), word.signature) : ruleApproved(byRule, subject),
      withdrawalId,
    };
  }

  function withdrawalView(word: RecordedWithdrawal): WithdrawalView {
    const { withdrawalId, decisionId, by, at, reason, accepted, reasons, kind, machines, claims, policyVersion } = word;
    const signatureHolds = parts.signing.verify(withdrawalText(word), word.signature);
    return {
      withdrawalId,
      decisionId,
      by,
      at,
      reason,
      accepted,
      reasons,
      kind,
      machines,
      line: withdrawalLine(kind, machines),
      claims,
      policyVersion,
      signatureHolds,
    };
  }
}
