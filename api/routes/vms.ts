// Machines: what is known of each, since when, and what was done to it.

import { grouped } from '../../domain/grouped.js';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { twinsOf } from '../../domain/compareEnvironments.js';
import { currentBuild } from '../../domain/demand.js';
import type { Assessment, Vm } from '../../domain/vm.js';
import { factsOf } from '../../domain/vmFacts.js';
import { VmDetail, VmSummary } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import type { PlacedDueRow } from '../../ports/due.js';
import type { Demand } from '../../ports/patches.js';
import { shortOf } from '../urgent.js';
import { excusesNow, waiverViews } from '../waived.js';

export function vmRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const { inventory, policy } = parts;
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/vms',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          environment: z.enum(['production', 'staging']).optional(),
          category: z.string().max(100).optional(),
          name: z.string().max(200).optional().describe('What its name contains, large or small'),
        }),
        response: { 200: z.array(VmSummary) },
      },
    },
    async ({ query: { environment, category, name, after, limit } }, reply) => {
      const vms = await inventory.fleet.vms({
        existing: true,
        limit,
        ...(after === undefined ? {} : { after }),
        ...(environment === undefined ? {} : { environment }),
        ...(category === undefined ? {} : { category }),
        ...(name === undefined ? {} : { name }),
      });
      tellNext(reply, vms, limit, (vm) => vm.vmId);
      const demand = await inventory.patches.demand({ vmIds: vms.map((vm) => vm.vmId) });
      const due = await inventory.due.rows({ vmIds: vms.map((vm) => vm.vmId) });
      const [needed, dueOn] = [grouped(demand, (row) => row.vmId), grouped(due, (row) => row.vmId)];
      const excuse = await excusesNow(parts);
      return vms.map((vm) => summaryOf(vm, needed.get(vm.vmId) ?? [], dueOn.get(vm.vmId) ?? [], excuse));
    },
  );

  app.get(
    '/v1/vms/:name',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ name: z.string().max(200) }), response: { 200: VmDetail } },
    },
    async ({ params: { name } }) => {
      const vm = await machineNamed(inventory.fleet, name);
      const { owners } = await policy.current();
      const category = vm.category === null ? {} : { category: vm.category };
      const [staging, words, demand, sessions, history, access, issues, guests, due, waivers] = await Promise.all([
        inventory.fleet.vms({ existing: true, environment: 'staging', ...category }),
        inventory.guests.facts([vm.vmId]),
        inventory.patches.demand({ vmId: vm.vmId }),
        inventory.sessions.sessions({ vmId: vm.vmId }),
        inventory.runs.manifest({ vmId: vm.vmId }),
        inventory.access.assignmentsOn(vm),
        inventory.securityIssues.issues({ vmId: vm.vmId, open: true }),
        inventory.guests.knowledge([vm.vmId]),
        inventory.due.rows({ vmIds: [vm.vmId] }),
        inventory.patchWaivers.waivers({ vmId: vm.vmId }),
      ]);
      const needed = await Promise.all(demand.map((row) => inventory.patches.patch(row.patchId)));
      return {
        ...summaryOf(vm, demand, due, await excusesNow(parts)),
        image: vm.image,
        firstSeenAt: vm.firstSeenAt,
        joinedAt: vm.joinedAt,
        facts: factsOf(vm, words, owners),
        twins: twinsOf(vm, staging).map((twin) => twin.name),
        openCves: [...new Set(needed.flatMap((record) => record?.patch.cves ?? []))].sort(),
        securityIssues: issues,
        access,
        administrators: guests[0]?.administrators ?? [],
        azureId: vm.azureId,
        environmentReason: vm.environmentReason,
        categoryReason: vm.categoryReason,
        seenAt: vm.seenAt,
        guestSeenAt: vm.guest?.seenAt ?? null,
        services: vm.guest?.services ?? [],
        sessions,
        history,
        waivers: await waiverViews(parts, waivers),
      };
    },
  );
}

/** Due rows come in the order of urgency; what is needed and not computed yet comes last. */
function summaryOf(
  vm: Vm,
  demand: Demand[],
  due: PlacedDueRow[],
  excuse: Awaited<ReturnType<typeof excusesNow>>,
): VmSummary {
  const lacking = new Set([...due.map((row) => row.patchId), ...demand.map((row) => row.patchId)]);
  const waived = [...lacking].flatMap((patchId) => {
    const waiver = excuse(vm, patchId);
    return waiver === null ? [] : [{ patchId, ...waiver }];
  });
  const isWaived = (patchId: string) => waived.some((one) => one.patchId === patchId);
  return {
    vmId: vm.vmId,
    name: vm.name,
    environment: vm.environment,
    category: vm.category,
    osName: vm.osName,
    build: currentBuild(vm),
    power: vm.power,
    missing: vm.assessment === null ? null : missingIn(vm.assessment),
    needed: [...lacking].filter((patchId) => !isWaived(patchId)),
    waived,
    ...shortOf(due.filter((row) => !isWaived(row.patchId))),
  };
}

function missingIn({ missingKbs, missingPackages }: Assessment): number {
  return missingKbs.length + (missingPackages?.length ?? 0);
}
