// Facts of risk, how urgent a patch is for each machine that needs it, and what it contains and is contained in.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readBodTable } from '../../domain/bodTable.js';
import { exposureOf } from '../../domain/exposure.js';
import { priorityOf, type PriorityPolicy } from '../../domain/priority.js';
import type { CveRisk } from '../../domain/risk.js';
import { chainsOf } from '../../domain/supersedence.js';
import type { Vm } from '../../domain/vm.js';
import { ChainView, PriorityView, RiskFactsInput, RiskSavedView } from '../contract/index.js';
import { markedChains } from '../chains.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function priorityRoutes(scope: FastifyInstance, { inventory, policy, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.post(
    '/v1/risk',
    { config: { permission: 'schedule' }, schema: { body: RiskFactsInput, response: { 200: RiskSavedView } } },
    async ({ body }) => inventory.risks.save(body, clock.now()),
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
      const { exposed, rules, bodTable } = (await policy.current()).priority;
      const table = readBodTable(bodTable);
      // Policy is checked when it is applied: a table that is not whole cannot be in force.
      if ('problem' in table) throw new Error(`the table of BOD 26-04 ${table.problem}`);
      const judging: PriorityPolicy = { bodTable: table, rules };
      const risks = await risksOf(record.patch.cves);
      const now = clock.now();
      const vms = name === undefined ? await needing(patchId) : [await machineNamed(inventory.fleet, name)];
      return vms
        .map((vm) => {
          const exposure = exposureOf(vm, exposed);
          const priority = priorityOf(record.patch, risks, exposure, judging, record.firstSeenAt);
          return {
            vmName: vm.name,
            environment: vm.environment,
            category: vm.category,
            exposed: exposure.value,
            ...priority,
            overdue: priority.deadline !== null && priority.deadline < now,
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

  async function needing(patchId: string): Promise<Vm[]> {
    const demand = new Set((await inventory.patches.demand({ patchId })).map((row) => row.vmId));
    return (await inventory.fleet.vms({ existing: true })).filter((vm) => demand.has(vm.vmId));
  }

  /** One for each CVE of the patch: what nobody said stays null. */
  async function risksOf(cves: string[]): Promise<CveRisk[]> {
    const known = new Map((await inventory.risks.risks(cves)).map((risk) => [risk.cve, risk]));
    const nothing = { vendorExploited: false, kev: null, epss: null, ssvc: null, cvss: null };
    return cves.map((cve) => known.get(cve) ?? { cve, ...nothing });
  }
}

function unknownPatch(patchId: string): ApiProblem {
  return new ApiProblem(
    404,
    'Unknown patch',
    `${patchId} is in no channel that was read: \`patch list --all\` shows them.`,
  );
}
