// Patch cycles: start one, see how it goes.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { signedIn } from '../access.js';
import { asked } from '../asked.js';
import { CycleInput, CycleView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';

export function cycleRoutes(scope: FastifyInstance, { client, taskQueue, clock, newId, inventory }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.post(
    '/v1/cycles',
    { config: { permission: 'schedule' }, schema: { body: CycleInput, response: { 200: CycleView } } },
    async (request) => {
      const { name } = signedIn(request);
      const { month } = request.body;
      const cycleId = `${month ?? 'known'}-${newId().slice(0, 8)}`;
      const workflowId = `cycle/${cycleId}`;
      await client.workflow.start('patchCycle', {
        taskQueue,
        workflowId,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Patch cycle ${month ?? 'of what is known'}, asked for by ${name}`,
        args: [{ cycleId, month, requestedBy: [name] }],
      });
      await inventory.events.append({
        key: `${workflowId}/started`,
        at: clock.now(),
        who: name,
        what: `cycle ${cycleId} started`,
        why: 'asked for',
        patchId: null,
        vmId: null,
        runKey: null,
      });
      return { cycleId, workflowId, status: 'RUNNING', result: null, problem: null };
    },
  );

  app.get(
    '/v1/cycles/:cycleId',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ cycleId: z.string().max(100) }), response: { 200: CycleView } },
    },
    async ({ params: { cycleId } }) => asked(client, cycleId, `cycle/${cycleId}`),
  );
}
