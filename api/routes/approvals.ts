// Who could approve at an instant: by the rules, people and duties that were kept with the request of that time.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { eligibleAt } from '../../domain/approvalEligible.js';
import { delegationText } from '../../domain/delegation.js';
import type { DecisionRequest, RecordedDecision } from '../../ports/decisions.js';
import { EligibleView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const Asked = z.object({ patchId: z.string().max(100) });
const Query = z.object({ category: z.string().max(100), at: z.iso.datetime({ offset: true }).optional() });

export function approvalRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, signing, clock } = parts;

  app.get(
    '/v1/patches/:patchId/eligible',
    { config: { permission: 'read' }, schema: { params: Asked, querystring: Query, response: { 200: EligibleView } } },
    async ({ params: { patchId }, query: { category, at: asked } }) => {
      await requirePatch(parts, patchId);
      const at = new Date(asked ?? clock.now()).toISOString();
      const all = (await inventory.decisions.requests({ patchId })).filter((one) => one.category === category);
      const request = all.findLast((one) => Date.parse(one.requestedAt) <= Date.parse(at));
      if (request === undefined)
        throw new ApiProblem(
          404,
          'Nothing was asked',
          all[0] === undefined
            ? `Nothing was ever asked of ${patchId} for ${category}.`
            : `Nothing was asked of ${patchId} for ${category} until ${all[0].requestedAt}: give a later --at.`,
        );
      const { approval } = request;
      if (approval?.known === undefined)
        throw new ApiProblem(
          409,
          'Not kept',
          `${request.requestId} was asked before it was kept who was there: patchline decision show ${patchId} --category ${category} tells what was.`,
        );
      const { requestId } = request;
      const taken = await inventory.withdrawals.withdrawals({ patchId, category, accepted: true });
      const isTaken = new Set(taken.filter((one) => one.recordedAt <= at).map((one) => one.decisionId));
      const words = (await inventory.decisions.decisions({ requestId, accepted: true })).toReversed();
      const held = await inventory.delegations.delegations({ category });
      const { standing, people } = eligibleAt(
        {
          ...approval.known,
          steps: approval.steps,
          votes: words
            .filter((one) => one.complete || !isTaken.has(one.decisionId))
            .map(({ by, onBehalfOf, verdict, recordedAt }) => ({
              by,
              onBehalfOf: onBehalfOf ?? null,
              verdict,
              at: recordedAt,
            })),
          delegations: held.filter((one) => signing.verify(delegationText(one), one.signature)),
          category,
          openedAt: request.requestedAt,
        },
        at,
      );
      return {
        requestId,
        patchId,
        category,
        at,
        closed: closedBy(request, words, at),
        policyVersion: approval.policyVersion,
        policyVersionNow: (await parts.policy.current()).version,
        ruleId: approval.ruleId,
        steps: standing,
        people,
      };
    },
  );
}

/** Why nobody could at all; null: it waited. */
function closedBy(
  { expiresAt, status, closedAt }: DecisionRequest,
  words: RecordedDecision[],
  at: string,
): string | null {
  const answer = words.find((one) => one.complete && Date.parse(one.recordedAt) <= Date.parse(at));
  if (answer !== undefined) return `${answer.verdict} by ${answer.by} at ${answer.recordedAt} had answered it`;
  if (Date.parse(at) >= Date.parse(expiresAt)) return `it had expired at ${expiresAt}`;
  // From before that was kept: nobody knows whether it waited then (I5).
  const isClosed = status === 'superseded' && Date.parse(at) >= Date.parse(closedAt ?? '1970-01-01');
  return isClosed ? `it was asked anew or called back${(closedAt ?? null) === null ? '' : ` at ${closedAt}`}` : null;
}
