// Facts of risk, how urgent a patch is for each machine that needs it, and what it contains and is contained in.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { containedIn, lackingOf } from '../../domain/contained.js';
import { priorityPolicy, priorityWith, risksOf, type JudgedPatch } from '../../domain/due.js';
import { exposureOf } from '../../domain/exposure.js';
import { withHeldFacts } from '../../domain/heldFact.js';
import { chainsOf } from '../../domain/supersedence.js';
import type { Vm } from '../../domain/vm.js';
import type { PlacedDueRow } from '../../ports/due.js';
import type { PatchRecord } from '../../ports/patches.js';
import { ChainView, PriorityView, RiskFactsInput, RiskSavedView } from '../contract/index.js';
import { markedChains } from '../chains.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function priorityRoutes(scope: FastifyInstance, { inventory, policy, engine, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.post(
    '/v1/risk',
    { config: { permission: 'schedule' }, schema: { body: RiskFactsInput, response: { 200: RiskSavedView } } },
    async ({ body }) => {
      const saved = await inventory.risks.save(body, clock.now());
      // Where the engine cannot be reached, the schedule computes them within the hour.
      if (saved.changed > 0) await engine.auditUrgency(`${body.channel} ${body.document}`).catch(() => {});
      return saved;
    },
  );

  app.get(
    '/v1/patches/:patchId/priority',
    {
      config: { permission: 'read' },
      schema: {
        params: z.object({ patchId: z.string().max(100) }),
        querystring: z.object({ vm: z.string().max(200).optional() }),
        response: { 200: z.array(PriorityView) },
      },
    },
    async ({ params: { patchId }, query: { vm: name } }) => {
      const record = await inventory.patches.patch(patchId);
      if (record === null) throw unknownPatch(patchId);
      const { priority: rules } = await policy.current();
      const judging = priorityPolicy(rules);
      const judged = await judgedRecord(record);
      const now = clock.now();
      const vms = name === undefined ? await needing(patchId) : [await machineNamed(inventory.fleet, name)];
      const lacking = await lackingBesides(record, vms);
      const due = await inventory.due.rows({ patchIds: [patchId], vmIds: vms.map((vm) => vm.vmId) });
      const stored = new Map(due.map((row) => [row.vmId, row]));
      return vms
        .map((vm) => {
          const exposure = exposureOf(vm, rules.exposed);
          const priority = priorityWith(judged, lacking.get(vm.vmId) ?? [], exposure, judging);
          return {
            vmName: vm.name,
            environment: vm.environment,
            category: vm.category,
            exposed: exposure.value,
            ...priority,
            overdue: priority.deadline !== null && priority.deadline < now,
            stored: storedOf(stored.get(vm.vmId)),
          };
        })
        .sort((a, b) => ((a.deadline ?? '9') < (b.deadline ?? '9') ? -1 : 1));
    },
  );

  app.get(
    '/v1/patches/:patchId/chain',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ patchId: z.string().max(100) }), response: { 200: z.array(ChainView) } },
    },
    async ({ params: { patchId } }) => {
      const records = await inventory.patches.patches();
      const all = records.map((record) => record.patch);
      const patch = all.find((one) => one.patchId === patchId);
      if (patch === undefined) throw unknownPatch(patchId);
      return markedChains(inventory, chainsOf(patch, all), records);
    },
  );

  async function judgedRecord({ patch, firstSeenAt }: PatchRecord): Promise<JudgedPatch> {
    const known = risksOf(patch.cves, await inventory.risks.risks(patch.cves));
    return { patch, firstSeenAt, risks: withHeldFacts(known, await inventory.due.heldFacts(patch.cves)) };
  }

  /** By machine: what the patch contains and the machine lacks as well. */
  async function lackingBesides(record: PatchRecord, vms: Vm[]): Promise<Map<string, JudgedPatch[]>> {
    const all = await inventory.patches.patches();
    const contained = containedIn(
      record.patch,
      all.map((one) => one.patch),
    );
    const names = [...new Set(contained.flatMap((patch) => patch.packages.map((fix) => fix.name)))];
    const linux = vms.filter((vm) => vm.osType === 'linux').map((vm) => vm.vmId);
    const known = linux.length === 0 ? new Map() : await inventory.guests.packages(linux, names);
    const lacking = new Map(vms.map((vm) => [vm.vmId, lackingOf(contained, vm, known.get(vm.vmId))] as const));
    const wanted = new Set([...lacking.values()].flat().map((patch) => patch.patchId));
    const judged = await Promise.all(all.filter((one) => wanted.has(one.patch.patchId)).map(judgedRecord));
    return new Map(
      [...lacking].map(([vmId, mine]) => [
        vmId,
        judged.filter((one) => mine.some((patch) => patch.patchId === one.patch.patchId)),
      ]),
    );
  }

  async function needing(patchId: string): Promise<Vm[]> {
    const demand = new Set((await inventory.patches.demand({ patchId })).map((row) => row.vmId));
    return (await inventory.fleet.vms({ existing: true })).filter((vm) => demand.has(vm.vmId));
  }
}

/** What the lists show of it until the next computation. */
function storedOf(row: PlacedDueRow | undefined): PriorityView['stored'] {
  return row === undefined ? null : { tier: row.tier, deadline: row.deadline, computedAt: row.computedAt };
}

function unknownPatch(patchId: string): ApiProblem {
  return new ApiProblem(
    404,
    'Unknown patch',
    `${patchId} is in no channel that was read: \`patch list --all\` shows them.`,
  );
}
