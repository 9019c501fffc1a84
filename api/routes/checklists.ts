// Checklists of tests: whoever is responsible for an item ticks it, once; whoever ticked does not approve (I6).

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { tickProblems, type Check } from '../../domain/checklist.js';
import { newsSignal } from '../../workflows/messages.js';
import { signedIn } from '../access.js';
import { CheckInput, CheckView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const Filters = Paging.extend({
  patchId: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  waiting: z.enum(['true', 'false']).optional(),
});

export function checklistRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, clock, client } = parts;
  const { checklists, runs } = inventory;

  app.get(
    '/v1/checks',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(CheckView) } } },
    async ({ query: { patchId, category, waiting, after, limit } }, reply) => {
      const found = await checklists.checks({
        patchId,
        category,
        limit,
        ...(waiting === 'true' ? { waitingAt: clock.now() } : {}),
        ...(after === undefined ? {} : { after: placeOf(after) }),
      });
      tellNext(reply, found, limit, ({ assignedAt, runKey, name }) => [assignedAt, runKey, name].join(' '));
      return found;
    },
  );

  app.post(
    '/v1/patches/:patchId/checks',
    {
      config: { permission: 'check' },
      schema: {
        params: z.object({ patchId: z.string().max(100) }),
        body: CheckInput,
        response: { 200: CheckView },
      },
    },
    async (request) => {
      const { patchId } = request.params;
      const { category, item, outcome, note } = request.body;
      await requirePatch(parts, patchId);
      const { runKey } = await newestOf(patchId, category, item);
      const by = signedIn(request);
      const tick = { outcome, note, by: by.name, at: clock.now() };
      const answer = await checklists.tick(runKey, item, tick, (held) => tickProblems(held, tick, by));
      if (answer === null || answer.problems.length > 0)
        throw new ApiProblem(409, 'Not ticked', `${answer?.problems.join('; ') ?? 'the item is gone'}.`);
      await hintLifecycles(runKey, request.log);
      return answer.check;
    },
  );

  async function newestOf(patchId: string, category: string, item: string): Promise<Check> {
    const found = await checklists.checks({ patchId, category });
    const check = found.find((one) => one.name === item);
    if (check !== undefined) return check;
    const names = [...new Set(found.map((one) => one.name))].sort();
    throw new ApiProblem(
      404,
      'No such item',
      names.length === 0
        ? `No test of ${patchId} for ${category} has a checklist: policy's tests.checklists says which categories have one, and it opens when the machines are done.`
        : `The checklist of ${patchId} for ${category} has ${names.join(', ')}.`,
    );
  }

  /** Every story that waits for the run looks at once; one that cannot be reached looks with its next reminder. */
  async function hintLifecycles(runKey: string, log: FastifyBaseLogger): Promise<void> {
    const rows = await runs.manifest({ runKey });
    for (const patchId of new Set(rows.map((row) => row.patchId)))
      await client.workflow
        .getHandle(`patch/${patchId}`)
        .signal(newsSignal)
        .catch((failure: unknown) => log.info(failure, `patch/${patchId} was not hinted at`));
  }
}

function placeOf(after: string): { assignedAt: string; runKey: string; name: string } {
  const [assignedAt = '', runKey = '', name = ''] = after.split(' ');
  if (Number.isNaN(Date.parse(assignedAt)) || name === '')
    throw new ApiProblem(400, 'No such page', '`after` is the `x-next` of the page before.');
  return { assignedAt, runKey, name };
}
