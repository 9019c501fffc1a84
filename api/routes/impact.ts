// The impact of a patch: as it was computed, with what people said beside it.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Impact } from '../../domain/impact.js';
import { lowestWords } from '../../domain/impactCapacity.js';
import { distributionWords } from '../../domain/impactDowntime.js';
import { downtimeSaid, saidOf, type ImpactEdit } from '../../domain/impactEdit.js';
import type { Vm } from '../../domain/vm.js';
import { ImpactEditInput, ImpactEditReply, ImpactView } from '../contract/impact.js';
import { signedIn } from '../access.js';
import { spreadNews } from '../news.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';
import { requireCategory } from './equivalence.js';

const PatchId = z.object({ patchId: z.string().max(100) });

export function impactRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock, newId } = parts;
  const { impacts } = inventory;

  app.get(
    '/v1/patches/:patchId/impact',
    {
      config: { permission: 'read' },
      schema: {
        params: PatchId,
        querystring: z.object({ category: z.string().max(100).optional(), vm: z.string().max(200).optional() }),
        response: { 200: z.array(ImpactView) },
      },
    },
    async ({ params: { patchId }, query: { category, vm: name } }) => {
      await requirePatch(parts, patchId);
      if (category !== undefined) requireCategory((await policy.current()).categories, category);
      const vm = name === undefined ? null : await machineNamed(inventory.fleet, name);
      const found = await impactsOf(patchId, category);
      const wanted = vm === null ? found : found.filter((impact) => isIn(impact, vm));
      if (vm !== null && wanted.length === 0) throw notAmong(vm, patchId);
      const edits = await impacts.edits({ patchId });
      return Promise.all(
        wanted.map(async (impact) => {
          const mine = edits.filter((edit) => edit.category === impact.category);
          return { ...viewOf(impact, mine), machine: vm === null ? null : await machineView(impact, vm, mine) };
        }),
      );
    },
  );

  app.post(
    '/v1/patches/:patchId/impact',
    {
      config: { permission: 'record' },
      schema: { params: PatchId, body: ImpactEditInput, response: { 200: ImpactEditReply } },
    },
    async (request) => {
      const { patchId } = request.params;
      const { category, vm: name, ...said } = request.body;
      await requirePatch(parts, patchId);
      requireCategory((await policy.current()).categories, category);
      const [impact] = await impactsOf(patchId, category);
      const vm = name === null ? null : await machineNamed(inventory.fleet, name);
      if (vm !== null && (impact === undefined || !isIn(impact, vm))) throw notAmong(vm, patchId);
      const who = { by: signedIn(request).name, at: clock.now(), editId: newId() };
      const edit = { ...said, ...who, patchId, category, vmId: vm?.vmId ?? null, vmName: vm?.name ?? null };
      const { recalled } = await impacts.edit(edit);
      await spreadNews(parts, patchId, request.log);
      return { edit, recalled };
    },
  );

  async function impactsOf(patchId: string, category: string | undefined): Promise<Impact[]> {
    const found = await impacts.impacts({ patchId, ...(category === undefined ? {} : { category }) });
    if (found.length > 0) return found;
    const where = category === undefined ? '' : ` for ${category}`;
    throw new ApiProblem(
      404,
      'No impact yet',
      `No impact of ${patchId}${where} was recorded: it is computed when its test in staging has passed.`,
    );
  }

  async function machineView(impact: Impact, vm: Vm, edits: ImpactEdit[]): Promise<NonNullable<ImpactView['machine']>> {
    const group = impact.forecast.find((one) => one.vmIds.includes(vm.vmId));
    if (group === undefined) throw new Error(`${vm.name} is in no group of the impact`);
    const { system, restart, downtime } = group;
    return {
      name: vm.name,
      system,
      restart,
      downtime,
      words: distributionWords(downtime),
      said: downtimeSaid(edits, vm.vmId),
      notes: saidOf(edits).filter((edit) => edit.note !== null && (edit.vmId === null || edit.vmId === vm.vmId)),
      ring: await ringOf(impact, vm),
      dependents: impact.byMachine.find((one) => one.vmId === vm.vmId)?.dependents ?? [],
    };
  }

  /** As it was asked last; null: nobody was asked yet. */
  async function ringOf({ patchId, category }: Impact, { vmId }: Vm): Promise<string | null> {
    const request = await inventory.decisions.request(patchId, category);
    return request?.subject.rings.find((ring) => ring.vmIds.includes(vmId))?.name ?? null;
  }
}

function notAmong(vm: Vm, patchId: string): ApiProblem {
  return new ApiProblem(404, 'Not among them', `${vm.name} is not among the machines that are to get ${patchId}.`);
}

function isIn(impact: Impact, { vmId }: Vm): boolean {
  return impact.forecast.some((group) => group.vmIds.includes(vmId));
}

function viewOf(
  { forecast, byMachine, capacity, rollback, ...impact }: Impact,
  edits: ImpactEdit[],
): Omit<ImpactView, 'machine'> {
  return {
    ...impact,
    forecast: forecast.map(({ vmIds, ...group }) => ({
      ...group,
      machines: vmIds.length,
      words: distributionWords(group.downtime),
    })),
    capacity: { ...capacity, words: lowestWords(capacity.lowest) },
    rollback: { ...rollback, words: distributionWords(rollback.minutes) },
    byMachine: byMachine.map(({ name, dependents }) => ({ name, dependents })),
    edits,
    said: downtimeSaid(edits, null),
  };
}
