// Taking a decision back: signed on the signed-in person's behalf, verified and carried through by the rollout.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { justificationProblem } from '../../domain/justification.js';
import { decisionDigestOf, withdrawalLine, withdrawalText } from '../../domain/withdrawal.js';
import type { RecordedDecision } from '../../ports/decisions.js';
import { withdrawUpdate } from '../../workflows/messages.js';
import { signedIn, signedInBy } from '../access.js';
import { asking } from '../asking.js';
import { WithdrawalInput, WithdrawalReply } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';
import { requireVoter } from '../voter.js';

const Asked = z.object({ patchId: z.string().max(100) });

export function withdrawalRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, signing, digests, client, clock, newId } = parts;

  app.post(
    '/v1/patches/:patchId/withdrawals',
    {
      config: { permission: 'read' },
      schema: { params: Asked, body: WithdrawalInput, response: { 200: WithdrawalReply } },
    },
    async (request) => {
      const { patchId } = request.params;
      const { category, reason, decisionId } = request.body;
      const by = signedIn(request).name;
      await requireVoter(parts, signedIn(request), category);
      await requirePatch(parts, patchId);
      const problem = justificationProblem(reason);
      if (problem !== null) throw new ApiProblem(400, 'Reason required', problem.replace('justification', 'reason'));
      const standing = await standingDecision(patchId, category, by);
      if (decisionId !== null && decisionId !== standing.decisionId)
        throw new ApiProblem(
          409,
          'Another decision stands',
          `Decision ${standing.decisionId} of ${standing.by} stands now: \`patchline decision show ${patchId} --category ${category}\`.`,
        );
      const unsigned = {
        withdrawalId: newId(),
        patchId,
        category,
        decisionId: standing.decisionId,
        decisionDigest: decisionDigestOf(standing, (text) => digests.sha256(text)),
        by,
        reason,
        at: clock.now(),
        signedInBy: signedInBy(request),
      };
      const withdrawal = { ...unsigned, signature: signing.sign(withdrawalText(unsigned)) };
      const reply = await asking(
        patchId,
        category,
        () =>
          client.workflow
            .getHandle(`rollout/${patchId}/${category}`)
            .executeUpdate(withdrawUpdate, { args: [withdrawal], updateId: withdrawal.withdrawalId }),
        ` It has ended: there is nothing left to keep from happening, and machines that have it keep it. Back from one: \`patchline baseline restore MACHINE\`; no more of it: \`patchline waiver grant ${patchId} --category ${category}\`, or reject it when it is asked for again.`,
      );
      const line = withdrawalLine(reply.kind, reply.machines);
      return { withdrawalId: withdrawal.withdrawalId, decisionId: standing.decisionId, ...reply, line };
    },
  );

  /** What answers the newest request; while that waits for more votes, the person's own. */
  async function standingDecision(patchId: string, category: string, by: string): Promise<RecordedDecision> {
    const request = await inventory.decisions.request(patchId, category);
    const { requestId } = request ?? {};
    const words = requestId === undefined ? [] : await inventory.decisions.decisions({ requestId, accepted: true });
    const standing = words
      .filter((one) => one.withdrawalId === null)
      .find((one) => one.complete || (request?.status === 'waiting' && [one.by, one.onBehalfOf].includes(by)));
    if (standing !== undefined) return standing;
    throw new ApiProblem(
      409,
      'Nothing to withdraw',
      request?.status === 'waiting'
        ? `${patchId} for ${category} awaits a decision, and you have given none: \`patchline patch reject\` ends the waiting.`
        : `No decision on ${patchId} for ${category} stands${request === null ? '' : `: its newest request is ${request.status}`}.`,
    );
  }
}
