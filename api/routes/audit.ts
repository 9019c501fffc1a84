// The audit log: what happened, proof that nothing of it was changed since, and checkpoints to keep elsewhere (I8).

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkpointText } from '../../domain/audit.js';
import { verifyLog } from '../auditVerification.js';
import { EventView, SignedCheckpoint, VerificationInput, VerificationView } from '../contract/index.js';
import { tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function auditRoutes(scope: FastifyInstance, { inventory, signing, digests, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/events',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          after: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
          patchId: z.string().max(100).optional(),
          vmId: z.string().max(100).optional(),
          runKey: z.string().max(300).optional(),
          who: z.string().max(200).optional(),
          words: z.string().max(200).optional().describe('That what happened contains, large or small'),
          newest: z
            .enum(['true', 'false'])
            .default('false')
            .describe('The latest first; then `after` goes back in time'),
        }),
        response: { 200: z.array(EventView) },
      },
    },
    async ({ query: { after, limit, patchId, vmId, runKey, who, words, newest } }, reply) => {
      const events = await inventory.events.events({
        limit,
        ...(newest === 'false' ? { after } : after === 0 ? { newest: true } : { newest: true, before: after }),
        ...(who === undefined ? {} : { who }),
        ...(words === undefined ? {} : { words }),
        ...(patchId === undefined ? {} : { patchId }),
        ...(vmId === undefined ? {} : { vmId }),
        ...(runKey === undefined ? {} : { runKey }),
      });
      tellNext(reply, events, limit, (event) => String(event.seq));
      return events;
    },
  );

  app.post(
    '/v1/audit/verification',
    { config: { permission: 'read' }, schema: { body: VerificationInput, response: { 200: VerificationView } } },
    async ({ body: { checkpoints } }) => {
      const forged = checkpoints.find((point) => !signing.verify(checkpointText(point), point.signature));
      if (forged !== undefined)
        throw new ApiProblem(
          400,
          'Not our checkpoint',
          `The checkpoint at event ${forged.seq} is not signed by this installation: give the file as \`audit checkpoint\` wrote it.`,
        );
      const began = performance.now();
      const { events, last, findings } = await verifyLog(inventory.events, digests, checkpoints);
      return {
        intact: findings.length === 0,
        events,
        last,
        checkpoints: checkpoints.length,
        findings,
        seconds: (performance.now() - began) / 1000,
      };
    },
  );

  app.post(
    '/v1/audit/checkpoints',
    { config: { permission: 'read' }, schema: { response: { 200: SignedCheckpoint } } },
    async () => {
      const head = await inventory.events.head();
      if (head === null)
        throw new ApiProblem(409, 'No end', 'The log’s own end is missing: `audit verify` says what is wrong with it.');
      const checkpoint = { ...head, at: clock.now() };
      return { ...checkpoint, signature: signing.sign(checkpointText(checkpoint)) };
    },
  );
}
