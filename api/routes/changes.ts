// Change records: what was changed in production, by whose word, and how it ended. Nothing here changes any.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { changeStates } from '../../domain/changeRecord.js';
import { ChangeDetail, ChangeView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function changeRoutes(scope: FastifyInstance, { inventory: { changes } }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/changes',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          patch: z.string().max(100).optional(),
          category: z.string().max(100).optional(),
          state: z.enum(changeStates).optional(),
          open: z.enum(['true', 'false']).optional(),
        }),
        response: { 200: z.array(ChangeView) },
      },
    },
    async ({ query: { patch, category, state, open, after, limit } }, reply) => {
      const rows = await changes.changes({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(patch === undefined ? {} : { patchId: patch }),
        ...(category === undefined ? {} : { category }),
        ...(state === undefined ? {} : { state }),
        ...(open === undefined ? {} : { open: open === 'true' }),
      });
      tellNext(reply, rows, limit, (one) => one.changeId);
      return rows;
    },
  );

  app.get(
    '/v1/changes/one',
    {
      config: { permission: 'read' },
      schema: { querystring: z.object({ id: z.string().max(300) }), response: { 200: ChangeDetail } },
    },
    async ({ query: { id } }) => {
      const record = await changes.change(id);
      if (record === null)
        throw new ApiProblem(404, 'Unknown change', `There is no change ${id}: \`patchline change list\` shows them.`);
      return { ...record, deliveries: await changes.deliveries({ changeId: id }) };
    },
  );
}
