// The test repository: every test ever, by patch, category, machine and verdict, with its evidence.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TestResult } from '../../ports/inventory.js';
import { TestDetailView, TestSummary, TestTextView } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const OneTest = z.object({ runKey: z.string().max(400), patchId: z.string().max(100) });
const listing = Paging.extend({
  patchId: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  vm: z.string().max(200).optional(),
  verdict: z.enum(['passed', 'failed', 'inconclusive']).optional(),
  since: z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-11-01T00:00:00Z' }).optional(),
});
type Names = Map<string, string>;

export function testRoutes(scope: FastifyInstance, { inventory }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { stageTests, tests, fleet, runs } = inventory;

  app.get(
    '/v1/tests',
    { config: { permission: 'read' }, schema: { querystring: listing, response: { 200: z.array(TestSummary) } } },
    async ({ query: { vm, after, limit, since, ...filter } }, reply) => {
      const found = await stageTests.tests({
        ...filter,
        ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
        ...(vm === undefined ? {} : { vmId: (await machineNamed(fleet, vm)).vmId }),
        ...(after === undefined ? {} : { after: placeOf(after) }),
        limit,
      });
      tellNext(reply, found, limit, ({ at, runKey, patchId }) => [at, runKey, patchId].join(' '));
      const names = await fleet.names([...new Set(found.flatMap((test) => test.vmIds))]);
      return found.map((test) => summaryOf(test, names));
    },
  );

  app.get(
    '/v1/tests/:runKey/:patchId',
    { config: { permission: 'read' }, schema: { params: OneTest, response: { 200: TestDetailView } } },
    async ({ params: { runKey, patchId } }) => {
      const test = await testOf(runKey, patchId);
      const [rows, kept] = await Promise.all([runs.manifest({ runKey, patchId }), stageTests.evidence(runKey)]);
      const mine = kept.filter((one) => test.vmIds.includes(one.vmId));
      const names = await fleet.names(test.vmIds);
      const tested = test.vmIds.map((vmId) => {
        const row = rows.find((one) => one.vmId === vmId);
        const reached = test.reached?.find((one) => one.vmId === vmId);
        return {
          vmId,
          vmName: nameOf(names, vmId),
          state: row?.state ?? 'unknown',
          reason: row?.reason ?? null,
          system: reached?.system ?? null,
          build: reached?.build ?? null,
          level: reached?.level ?? [],
        };
      });
      const evidence = mine.map(({ vmId, ...one }) => ({ ...one, vmName: nameOf(names, vmId) }));
      return { ...summaryOf(test, names), tested, evidence };
    },
  );

  app.get(
    '/v1/tests/:runKey/:patchId/evidence/:vm/:item',
    {
      config: { permission: 'read' },
      schema: {
        params: OneTest.extend({ vm: z.string().max(200), item: z.string().max(200) }),
        response: { 200: TestTextView },
      },
    },
    async ({ params: { runKey, patchId, vm, item } }) => {
      await testOf(runKey, patchId);
      const { vmId, name: vmName } = await machineNamed(fleet, vm);
      const text = await stageTests.text(runKey, vmId, item);
      if (text === null)
        throw new ApiProblem(
          404,
          'No such evidence',
          `\`patchline test show ${runKey} ${patchId}\` lists what is kept.`,
        );
      return { runKey, vmName, item, text };
    },
  );

  async function testOf(runKey: string, patchId: string): Promise<TestResult> {
    const [test] = await tests.testResults({ runKey, patchId });
    if (test === undefined)
      throw new ApiProblem(
        404,
        'Unknown test',
        `${patchId} was not tested in ${runKey}: \`patchline test list --patch ${patchId}\` shows its tests.`,
      );
    return test;
  }
}

function nameOf(names: Names, vmId: string): string {
  return names.get(vmId) ?? vmId;
}

function summaryOf(test: TestResult, names: Names): TestSummary {
  const { runKey, patchId, category, verdict, reasons, testedSet, downtimeMinutes, reboots, at } = test;
  const machines = test.vmIds.map((vmId) => nameOf(names, vmId)).sort();
  return { runKey, patchId, category, verdict, reasons, testedSet, machines, downtimeMinutes, reboots, at };
}

function placeOf(after: string): { at: string; runKey: string; patchId: string } {
  const [at = '', runKey = '', patchId = ''] = after.split(' ');
  if (Number.isNaN(Date.parse(at)) || patchId === '')
    throw new ApiProblem(400, 'No such page', '`after` is the `x-next` of the page before.');
  return { at, runKey, patchId };
}
