// How things stand, the standing stop, and the contract itself.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { signedIn } from '../access.js';
import { Status, StopInput } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { dueSummary, troubledChannels } from '../urgent.js';

export function statusRoutes(scope: FastifyInstance, { inventory, policy, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/health',
    { config: { permission: 'public' }, schema: { response: { 200: z.object({ ready: z.boolean() }) } } },
    async () => {
      await inventory.stops.standingStop();
      return { ready: true };
    },
  );

  app.get('/openapi.json', { config: { permission: 'public' }, schema: { hide: true } }, async () => scope.swagger());

  app.get('/v1/status', { config: { permission: 'read' }, schema: { response: { 200: Status } } }, async (request) => {
    const now = clock.now();
    const weekAgo = new Date(Date.parse(now) - 7 * 24 * 3600_000).toISOString();
    const [vms, patches, waiting, open, planned, due, rules, notices] = await Promise.all([
      inventory.fleet.vms({ existing: true }),
      inventory.patches.patches(),
      inventory.decisions.requests({ status: 'waiting' }),
      inventory.runs.runs({ status: 'open' }),
      inventory.runs.runs({ status: 'planned' }),
      inventory.due.groups({ environment: 'production', now, waived: false }),
      policy.current(),
      inventory.notices.standing(weekAgo),
    ]);
    const stages: Record<string, number> = {};
    for (const record of patches) stages[record.stage] = (stages[record.stage] ?? 0) + 1;
    return {
      ready: true,
      stopped: await inventory.stops.standingStop(),
      machines: {
        production: vms.filter((vm) => vm.environment === 'production').length,
        staging: vms.filter((vm) => vm.environment === 'staging').length,
        uncategorised: vms.filter((vm) => vm.category === null).length,
      },
      patches: stages,
      awaitingDecision: waiting.length,
      runs: { open: open.length, planned: planned.length },
      due: dueSummary(due, rules.priority.danger, now),
      troubledChannels: await troubledChannels(inventory, rules, now),
      notices,
      you: request.person === null ? null : { name: request.person.name, roles: request.person.roles },
    };
  });

  app.get(
    '/v1/stop-all',
    { config: { permission: 'read' }, schema: { response: { 200: Status.pick({ stopped: true }) } } },
    async () => ({ stopped: await inventory.stops.standingStop() }),
  );

  app.post(
    '/v1/stop-all',
    {
      config: { permission: 'stop' },
      schema: { body: StopInput, response: { 200: z.object({ stopped: z.boolean() }) } },
    },
    async (request) => {
      const { name } = signedIn(request);
      await inventory.stops.stopAll(name, request.body.reason, clock.now());
      return { stopped: true };
    },
  );

  app.post(
    '/v1/stop-all/lift',
    {
      config: { permission: 'stop' },
      schema: { body: StopInput, response: { 200: z.object({ stopped: z.boolean() }) } },
    },
    async (request) => {
      const { name } = signedIn(request);
      await inventory.stops.liftStop(name, request.body.reason, clock.now());
      return { stopped: false };
    },
  );
}
