// Culprit isolations: what a staging run that failed was taken apart into, and who was named.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Isolation } from '../../domain/isolation.js';
import { IsolationView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';

const listing = z.object({
  run: z.string().max(400).optional(),
  patch: z.string().max(100).optional(),
  status: z.enum(['running', 'named', 'inconclusive']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export function isolationRoutes(scope: FastifyInstance, { inventory }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/isolations',
    { config: { permission: 'read' }, schema: { querystring: listing, response: { 200: z.array(IsolationView) } } },
    async ({ query: { run, patch, status, limit } }) => {
      const found = await inventory.isolations.isolations({
        ...(run === undefined ? {} : { runKey: run }),
        ...(patch === undefined ? {} : { patchId: patch }),
        ...(status === undefined ? {} : { status }),
        limit,
      });
      return found.map(viewOf);
    },
  );
}

function viewOf({ groups, trials, ...held }: Isolation): IsolationView {
  const namesOf = (group: number) => (groups[group]?.machines ?? []).map((machine) => machine.vmName);
  return {
    ...held,
    sets: groups.map(({ patchIds }, place) => ({ machines: namesOf(place), patchIds })),
    trials: trials.map(({ group, ...trial }) => ({ ...trial, machines: namesOf(group) })),
  };
}
