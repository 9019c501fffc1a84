// What people know to be unsafe on a machine.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { signedIn } from '../access.js';
import { SecurityIssueCloseInput, SecurityIssueInput, SecurityIssueView } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function securityIssueRoutes(scope: FastifyInstance, { inventory, clock, newId }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { securityIssues, fleet } = inventory;

  app.get(
    '/v1/security-issues',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          vm: z.string().max(200).optional(),
          open: z.enum(['true', 'false']).optional(),
        }),
        response: { 200: z.array(SecurityIssueView) },
      },
    },
    async ({ query: { vm, open } }) =>
      securityIssues.issues({
        ...(vm === undefined ? {} : { vmId: (await machineNamed(fleet, vm)).vmId }),
        ...(open === undefined ? {} : { open: open === 'true' }),
      }),
  );

  app.post(
    '/v1/vms/:name/security-issues',
    {
      config: { permission: 'record' },
      schema: {
        params: z.object({ name: z.string().max(200) }),
        body: SecurityIssueInput,
        response: { 200: SecurityIssueView },
      },
    },
    async (request) => {
      const { vmId } = await machineNamed(fleet, request.params.name);
      const found = { issueId: newId(), vmId, foundAt: clock.now(), foundBy: signedIn(request).name };
      return securityIssues.open({ ...request.body, ...found });
    },
  );

  app.post(
    '/v1/security-issues/:issueId/close',
    {
      config: { permission: 'record' },
      schema: {
        params: z.object({ issueId: z.string().max(100) }),
        body: SecurityIssueCloseInput,
        response: { 200: SecurityIssueView },
      },
    },
    async (request) => {
      const end = { at: clock.now(), by: signedIn(request).name, outcome: request.body.outcome };
      const closed = await securityIssues.close(request.params.issueId, end);
      if (closed === null)
        throw new ApiProblem(
          404,
          'No open issue',
          `There is no open security issue ${request.params.issueId}: \`patchline vm issue list\` shows them.`,
        );
      return closed;
    },
  );
}
