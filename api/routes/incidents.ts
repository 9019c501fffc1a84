// Cases with the vendor or another provider about a patch or a machine.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { signedIn } from '../access.js';
import { IncidentCloseInput, IncidentInput, IncidentNoteInput, IncidentView } from '../contract/index.js';
import { tellWaiting } from '../deferral.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const IncidentId = z.object({ incidentId: z.string().max(100) });

export function incidentRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const { inventory, clock, newId } = parts;
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { incidents } = inventory;

  app.get(
    '/v1/incidents',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          patchId: z.string().max(100).optional(),
          open: z.enum(['true', 'false']).optional(),
        }),
        response: { 200: z.array(IncidentView) },
      },
    },
    async ({ query: { patchId, open, after, limit } }, reply) => {
      const rows = await incidents.incidents({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(patchId === undefined ? {} : { patchId }),
        ...(open === undefined ? {} : { open: open === 'true' }),
      });
      tellNext(reply, rows, limit, (row) => row.incidentId);
      return rows;
    },
  );

  app.post(
    '/v1/incidents',
    { config: { permission: 'record' }, schema: { body: IncidentInput, response: { 200: IncidentView } } },
    async (request) => {
      const { patchId, vm, openedAt, ...held } = request.body;
      if (patchId !== null && (await inventory.patches.patch(patchId)) === null)
        throw new ApiProblem(
          404,
          'Unknown patch',
          `${patchId} is in no channel that was read: \`patch list --all\` shows them.`,
        );
      const machine = vm === null ? null : await machineNamed(inventory.fleet, vm);
      const now = clock.now();
      const at = openedAt === null ? now : new Date(openedAt).toISOString();
      if (at > now) throw new ApiProblem(400, 'Not yet', `It cannot have been opened at ${at}: that is in the future.`);
      const asked = { ...held, incidentId: newId(), patchId, vmId: machine?.vmId ?? null, openedAt: at };
      const opened = await incidents.open({ ...asked, openedBy: signedIn(request).name });
      if (opened === null)
        throw new ApiProblem(
          409,
          'Known already',
          `${held.provider} ${held.number} was written down before: \`incident list\` shows it; add to it with \`incident note\`.`,
        );
      return opened;
    },
  );

  app.post(
    '/v1/incidents/:incidentId/notes',
    {
      config: { permission: 'record' },
      schema: { params: IncidentId, body: IncidentNoteInput, response: { 200: IncidentView } },
    },
    async (request) => {
      const note = { at: clock.now(), by: signedIn(request).name, text: request.body.text };
      return standing(request.params.incidentId, await incidents.note(request.params.incidentId, note));
    },
  );

  app.post(
    '/v1/incidents/:incidentId/closing',
    {
      config: { permission: 'record' },
      schema: { params: IncidentId, body: IncidentCloseInput, response: { 200: IncidentView } },
    },
    async (request) => {
      const { incidentId } = request.params;
      const end = { ...request.body, at: clock.now(), by: signedIn(request).name };
      const closed = await standing(incidentId, await incidents.close(incidentId, end));
      await tellWaiting(parts, { kind: 'incident', id: incidentId }, request.log);
      return closed;
    },
  );

  async function standing<T>(incidentId: string, found: T | null): Promise<T> {
    if (found !== null) return found;
    const [held] = await incidents.incidents({ incidentId });
    if (held === undefined)
      throw new ApiProblem(
        404,
        'Unknown incident',
        `There is no incident ${incidentId}: \`incident list\` shows them.`,
      );
    throw new ApiProblem(409, 'Closed already', `It was closed at ${held.closedAt ?? '?'} by ${held.closedBy ?? '?'}.`);
  }
}
