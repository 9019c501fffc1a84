// The fleet as an inventory: production and staging, apart and side by side; what one machine has, had, and why it is where it is.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { explainCategory } from '../../domain/category.js';
import { compareEnvironments } from '../../domain/compareEnvironments.js';
import { currentBuild } from '../../domain/demand.js';
import { environmentOf } from '../../domain/environment.js';
import { grouped } from '../../domain/grouped.js';
import { staleness } from '../../domain/staleness.js';
import type { Vm } from '../../domain/vm.js';
import { factsOf } from '../../domain/vmFacts.js';
import type { GuestKnowledge } from '../../ports/guests.js';
import type { InstallationRecord } from '../../ports/sessions.js';
import { signedIn } from '../access.js';
import { asked } from '../asked.js';
import {
  CategoryView,
  ComparisonView,
  CycleView,
  FactInput,
  FactView,
  InventoryView,
  VmHistoryView,
  VmSoftwareView,
} from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';
import { excusesNow } from '../waived.js';

const Name = z.object({ name: z.string().max(200) });

export function inventoryRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, client, taskQueue, clock, newId } = parts;

  app.get(
    '/v1/inventory',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({ environment: z.enum(['production', 'staging']).optional() }),
        response: { 200: InventoryView },
      },
    },
    async ({ query: { environment, after, limit } }, reply) => {
      const vms = await inventory.fleet.vms({
        existing: true,
        limit,
        ...(after === undefined ? {} : { after }),
        ...(environment === undefined ? {} : { environment }),
      });
      tellNext(reply, vms, limit, (vm) => vm.vmId);
      const vmIds = vms.map((vm) => vm.vmId);
      const [known, demand, words] = await Promise.all([
        knowledge(vmIds),
        inventory.patches.demand({ vmIds }),
        inventory.guests.facts(vmIds),
      ]);
      const excuse = await excusesNow(parts);
      const lacking = grouped(demand, (row) => row.vmId);
      const { owners } = await policy.current();
      const age = await maxAgeMinutes();
      return {
        ...refreshed(vms, known),
        machines: vms.map((vm) => {
          const facts = factsOf(
            vm,
            words.filter((word) => word.vmId === vm.vmId),
            owners,
          );
          const lacked = lacking.get(vm.vmId) ?? [];
          const waived = lacked.filter((row) => excuse(vm, row.patchId) !== null).length;
          const value = (name: string) => facts.find((fact) => fact.name === name)?.value ?? null;
          return {
            vmId: vm.vmId,
            name: vm.name,
            environment: vm.environment,
            category: vm.category,
            osName: vm.osName,
            build: currentBuild(vm),
            owner: value('owner'),
            businessCriticality: value('businessCriticality'),
            securityLevel: value('securityLevel'),
            missing: lacked.length - waived,
            waived,
            firstSeenAt: vm.firstSeenAt,
            seenAt: vm.seenAt,
            collectedAt: known.get(vm.vmId)?.collectedAt ?? null,
            stale: staleness(known.get(vm.vmId) ?? null, clock.now(), age),
          };
        }),
      };
    },
  );

  app.get(
    '/v1/inventory/comparison',
    { config: { permission: 'read' }, schema: { response: { 200: ComparisonView } } },
    async () => {
      const [vms, known, software] = await Promise.all([
        inventory.fleet.vms({ existing: true }),
        knowledge(),
        inventory.guests.software({}),
      ]);
      return { ...refreshed(vms, known), categories: compareEnvironments(vms, software) };
    },
  );

  app.post(
    '/v1/inventory/synchronisations',
    { config: { permission: 'schedule' }, schema: { response: { 200: CycleView } } },
    async (request) => {
      const { name } = signedIn(request);
      const cycleId = `${clock.now().slice(0, 10)}-${newId().slice(0, 8)}`;
      const workflowId = `inventory/${cycleId}`;
      await client.workflow.start('inventorySync', {
        taskQueue,
        workflowId,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Inventory, asked for by ${name}`,
        args: [{ offset: 0, asked: 0, failed: 0 }],
      });
      await inventory.events.append({
        key: `${workflowId}/started`,
        what: 'an inventory was asked for',
        why: workflowId,
      });
      return { cycleId, workflowId, status: 'RUNNING', result: null, problem: null };
    },
  );

  app.get(
    '/v1/inventory/synchronisations/:id',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ id: z.string().max(200) }), response: { 200: CycleView } },
    },
    async ({ params: { id } }) => asked(client, id, `inventory/${id}`),
  );

  app.get(
    '/v1/vms/:name/software',
    {
      config: { permission: 'read' },
      schema: {
        params: Name,
        querystring: z.object({ gone: z.enum(['true', 'false']).default('false') }),
        response: { 200: VmSoftwareView },
      },
    },
    async ({ params: { name }, query: { gone } }) => {
      const vm = await machineNamed(inventory.fleet, name);
      const [known] = await inventory.guests.knowledge([vm.vmId]);
      return {
        vmId: vm.vmId,
        name: vm.name,
        collectedAt: known?.collectedAt ?? null,
        stale: staleness(known ?? null, clock.now(), await maxAgeMinutes()),
        administrators: known?.administrators ?? [],
        software: await inventory.guests.software({ vmId: vm.vmId, gone: gone === 'true' }),
      };
    },
  );

  app.get(
    '/v1/vms/:name/history',
    {
      config: { permission: 'read' },
      schema: {
        params: Name,
        querystring: Paging,
        response: { 200: VmHistoryView },
      },
    },
    async ({ params: { name }, query: { after, limit } }, reply) => {
      const vm = await machineNamed(inventory.fleet, name);
      const rows = await inventory.sessions.history(vm.vmId, placeOf(after), limit);
      const [rollbacks, changes, applied] = await Promise.all([
        inventory.sessions.rollbacks({ vmId: vm.vmId }),
        inventory.events.events({ vmId: vm.vmId, newest: true, limit: 200 }),
        withTests(rows),
      ]);
      tellNext(reply, rows, limit, placeAfter);
      const last = rows.at(-1);
      return {
        vmId: vm.vmId,
        name: vm.name,
        firstSeenAt: vm.firstSeenAt,
        applied,
        next: last === undefined || rows.length < limit ? null : placeAfter(last),
        rollbacks: rollbacks.map((one) => ({
          ...one,
          patches: rows.filter((row) => row.sessionId === one.sessionId).map((row) => row.patchId),
        })),
        changes,
      };
    },
  );

  app.get(
    '/v1/vms/:name/category',
    { config: { permission: 'read' }, schema: { params: Name, response: { 200: CategoryView } } },
    async ({ params: { name } }) => {
      const vm = await machineNamed(inventory.fleet, name);
      const { environments, categories } = await policy.current();
      const environment = environmentOf(environments, vm);
      return {
        name: vm.name,
        environment: environment.environment,
        environmentReason: environment.reason,
        ...explainCategory(categories, vm),
      };
    },
  );

  app.post(
    '/v1/vms/:name/facts',
    {
      config: { permission: 'record' },
      schema: { params: Name, body: FactInput, response: { 200: z.array(FactView) } },
    },
    async (request) => {
      const vm = await machineNamed(inventory.fleet, request.params.name);
      const { name, value, reason } = request.body;
      await inventory.guests.setFact(vm.vmId, name, value, signedIn(request).name, reason, clock.now());
      return factsOf(vm, await inventory.guests.facts([vm.vmId]), (await policy.current()).owners);
    },
  );

  async function knowledge(vmIds?: string[]): Promise<Map<string, GuestKnowledge>> {
    return new Map((await inventory.guests.knowledge(vmIds)).map((one) => [one.vmId, one]));
  }

  async function maxAgeMinutes(): Promise<number> {
    return (await policy.current()).limits.factsMaxAgeMinutes;
  }

  /** For each the newest test of the patch for its category before it was installed, and who decided. */
  async function withTests(rows: InstallationRecord[]) {
    const ours = rows.filter((row) => row.source === 'patchline');
    const patchIds = [...new Set(ours.map((row) => row.patchId))];
    const [tests, decisions] =
      patchIds.length === 0
        ? [[], []]
        : await Promise.all([
            inventory.tests.testResults({ patchIds }),
            inventory.decisions.decisions({ patchIds, complete: true }),
          ]);
    return rows.map((row) => {
      const isMine = (one: { patchId: string; category: string }) =>
        row.source === 'patchline' && one.patchId === row.patchId && one.category === row.category;
      const test = tests.find((one) => isMine(one) && one.at <= row.at);
      const decision = decisions.find(
        (one) =>
          isMine(one) && row.environment === 'production' && one.verdict === 'approve' && one.recordedAt <= row.at,
      );
      return {
        ...row,
        testedAt: test?.at ?? null,
        testOutcome: test?.verdict ?? null,
        decidedBy: decision?.by ?? null,
      };
    });
  }
}

function refreshed(vms: Vm[], known: Map<string, GuestKnowledge>) {
  const oldest = (instants: (string | null)[]): string | null =>
    instants.reduce((held, one) => (held === null || (one !== null && one < held) ? one : held), null);
  return {
    refreshedAt: oldest(vms.map((vm) => vm.seenAt)),
    collectedAt: oldest(vms.map((vm) => known.get(vm.vmId)?.collectedAt ?? null)),
  };
}

function placeAfter({ at, sessionId, patchId }: InstallationRecord): string {
  return JSON.stringify([at, sessionId, patchId]);
}

function placeOf(after: string | undefined): { at: string; sessionId: string; patchId: string } | null {
  if (after === undefined) return null;
  try {
    const [at, sessionId, patchId] = z.tuple([z.iso.datetime(), z.string(), z.string()]).parse(JSON.parse(after));
    return { at, sessionId, patchId };
  } catch {
    throw new ApiProblem(400, 'Not a place', '`after` must be the `next` of an earlier answer.');
  }
}
