// Lists that people look at: patches that nothing ever needed, needs that no channel announced, and definition updates.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { definitionAge } from '../../domain/definitions.js';
import { DefinitionView, NeverNeededView, UnknownNeedView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';

export function needRoutes(scope: FastifyInstance, { inventory, policy, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/reports/never-needed',
    { config: { permission: 'read' }, schema: { querystring: Paging, response: { 200: z.array(NeverNeededView) } } },
    async ({ query: { after, limit } }, reply) => {
      const rows = await inventory.needs.neverNeeded({ limit, ...(after === undefined ? {} : { after }) });
      tellNext(reply, rows, limit, (row) => row.patchId);
      return rows;
    },
  );

  app.get(
    '/v1/reports/unknown-needs',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(UnknownNeedView) } } },
    async () => {
      const rows = await inventory.needs.unknown({ gone: false });
      const names = await inventory.fleet.names(rows.flatMap((row) => row.vmIds));
      return rows.map(({ vmIds, goneAt: _gone, ...row }) => ({
        ...row,
        machines: vmIds.map((vmId) => names.get(vmId) ?? vmId).sort(),
      }));
    },
  );

  app.get(
    '/v1/definitions',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({ verdict: z.enum(['fresh', 'late', 'unknown', 'ignored']).optional() }),
        response: { 200: z.array(DefinitionView) },
      },
    },
    async ({ query: { verdict } }) => {
      const { definitions } = await policy.current();
      const told = new Map((await inventory.definitions.definitions()).map((one) => [one.vmId, one]));
      const vms = await inventory.fleet.vms({ existing: true });
      return vms
        .filter((vm) => vm.osType === 'windows' || told.has(vm.vmId))
        .map((vm) => {
          const { version = null, updatedAt = null } = told.get(vm.vmId) ?? {};
          const age = definitionAge(updatedAt, definitions, clock.now());
          const offered = (vm.assessment?.definitions ?? []).map((one) => one.title);
          const { name: vmName, environment, category } = vm;
          return { vmName, environment, category, verdict: age.kind, reason: age.reason, version, updatedAt, offered };
        })
        .filter((row) => verdict === undefined || row.verdict === verdict);
    },
  );
}
