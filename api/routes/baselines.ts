// Baselines: drafted, tested, approved; and the fleet against them.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  adviseBaselines,
  capturedFrom,
  differencesBetween,
  driftBetween,
  isCompliant,
  type Baseline,
  type BaselineContent as Content,
} from '../../domain/baseline.js';
import { baselineFacts } from '../../domain/baselineFacts.js';
import { signedIn } from '../access.js';
import { asked } from '../asked.js';
import {
  AdviceView,
  BaselineAdvance,
  BaselineInput,
  BaselineView,
  ComplianceView,
  CycleView,
  DifferenceView,
} from '../contract/index.js';
import { machineNamed, unknownMachine } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const Version = z.coerce.number().int().min(1);
const Which = z.object({ name: z.string().max(100), version: Version });

export function baselineRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, client, taskQueue, clock, newId } = parts;
  const { baselines } = inventory;

  app.get(
    '/v1/baselines',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({ name: z.string().max(100).optional() }),
        response: { 200: z.array(BaselineView) },
      },
    },
    async ({ query: { name } }) => baselines.baselines(name === undefined ? {} : { name }),
  );

  app.get(
    '/v1/baselines/:name/differences',
    {
      config: { permission: 'read' },
      schema: {
        params: z.object({ name: z.string().max(100) }),
        querystring: z.object({ from: Version, to: Version }),
        response: { 200: z.array(DifferenceView) },
      },
    },
    async ({ params: { name }, query: { from, to } }) => {
      const [before, after] = [await one(name, from), await one(name, to)];
      return differencesBetween(before.content, after.content);
    },
  );

  app.post(
    '/v1/baselines',
    { config: { permission: 'policy' }, schema: { body: BaselineInput, response: { 200: BaselineView } } },
    async (request) => {
      const { name, category, content, from, reason } = request.body;
      const { categories } = await policy.current();
      if (category !== null && !categories.some((rule) => rule.name === category))
        throw new ApiProblem(
          404,
          'Unknown category',
          `Policy has no category ${category}: it has ${categories.map((rule) => rule.name).join(', ')}.`,
        );
      const [earlier] = await baselines.baselines({ name });
      if (earlier !== undefined && earlier.category !== category)
        throw new ApiProblem(
          409,
          'Another category',
          `${name} is the baseline of ${earlier.category ?? 'every category'}: give this one another name.`,
        );
      const held = content ?? (await captured(from ?? []));
      return baselines.draft({
        name,
        category,
        content: held,
        author: signedIn(request).name,
        reason,
        at: clock.now(),
      });
    },
  );

  app.post(
    '/v1/baselines/:name/:version/status',
    {
      config: { permission: 'policy' },
      schema: { params: Which, body: BaselineAdvance, response: { 200: BaselineView } },
    },
    async (request) => {
      const { name, version } = request.params;
      const { to, reason } = request.body;
      const by = signedIn(request).name;
      const after = await baselines.advance(name, version, to, { by, reason, at: clock.now() });
      if (after === 'unknown') throw unknown(name, version);
      if (after === 'wrongStatus') {
        const { status } = await one(name, version);
        throw new ApiProblem(409, 'Not now', `${name} ${version} is ${status}: a draft is tested, then approved.`);
      }
      if (after === 'samePerson')
        throw new ApiProblem(
          403,
          'A second person is needed',
          `${by} wrote ${name} ${version}: somebody else must approve it.`,
        );
      return after;
    },
  );

  app.get(
    '/v1/baselines/advice',
    { config: { permission: 'read' }, schema: { response: { 200: AdviceView } } },
    async () => adviseBaselines(await fleetFacts()),
  );

  app.post(
    '/v1/compliance/audits',
    { config: { permission: 'schedule' }, schema: { response: { 200: CycleView } } },
    async (request) => {
      const cycleId = `${clock.now().slice(0, 10)}-${newId().slice(0, 8)}`;
      const workflowId = `compliance/${cycleId}`;
      const staticSummary = `Compliance, asked for by ${signedIn(request).name}`;
      await client.workflow.start('complianceAudit', { taskQueue, workflowId, staticSummary, args: [] });
      await inventory.events.append({
        key: `${workflowId}/started`,
        what: 'a compliance audit was asked for',
        why: workflowId,
      });
      return { cycleId, workflowId, status: 'RUNNING', result: null, problem: null };
    },
  );

  app.get(
    '/v1/compliance/audits/:id',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ id: z.string().max(200) }), response: { 200: CycleView } },
    },
    async ({ params: { id } }) => asked(client, id, `compliance/${id}`),
  );

  app.get(
    '/v1/compliance',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          category: z.string().max(100).optional(),
          environment: z.enum(['production', 'staging']).optional(),
          vm: z.string().max(200).optional(),
        }),
        response: { 200: z.array(ComplianceView) },
      },
    },
    async ({ query: { category, environment, vm: name, after, limit } }, reply) => {
      const vms =
        name === undefined
          ? await inventory.fleet.vms({
              existing: true,
              limit,
              ...(after === undefined ? {} : { after }),
              ...(category === undefined ? {} : { category }),
              ...(environment === undefined ? {} : { environment }),
            })
          : [await machineNamed(inventory.fleet, name)];
      tellNext(reply, vms, limit, (vm) => vm.vmId);
      const rows = new Map((await baselines.compliance(vms.map((vm) => vm.vmId))).map((row) => [row.vmId, row]));
      return vms.flatMap((vm) => {
        const row = rows.get(vm.vmId);
        if (row === undefined) return [];
        return [
          {
            vmName: vm.name,
            environment: vm.environment,
            category: vm.category,
            ...row,
            compliant: isCompliant(row.items),
            drift: row.itemsBefore === null ? [] : driftBetween(row.itemsBefore, row.items),
          },
        ];
      });
    },
  );

  async function fleetFacts() {
    const { limits } = await policy.current();
    return baselineFacts(await baselines.fleetKnowledge(), clock.now(), limits.factsMaxAgeMinutes);
  }

  async function captured(names: string[]): Promise<Content> {
    const fleet = await fleetFacts();
    const golden = names.map((name) => {
      const facts = fleet.find(({ vm }) => vm.name === name || vm.vmId === name);
      if (facts === undefined) throw unknownMachine(name);
      return facts;
    });
    const content = capturedFrom(golden);
    if ('problem' in content)
      throw new ApiProblem(409, 'Cannot be captured', `${content.problem} (\`patchline inventory sync\`).`);
    return content;
  }

  async function one(name: string, version: number): Promise<Baseline> {
    const [found] = await baselines.baselines({ name, version });
    if (found === undefined) throw unknown(name, version);
    return found;
  }
}

function unknown(name: string, version: number): ApiProblem {
  return new ApiProblem(
    404,
    'Unknown baseline',
    `There is no ${name} ${version}: \`patchline baseline show\` lists them.`,
  );
}
