// The test repository: every test ever, by patch, category, machine and verdict, with its evidence.

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TestResult } from '../../ports/stageTests.js';
import { checkedVerdict, isWaiting } from '../../domain/checklist.js';
import { settledVerdict, verdictProblems } from '../../domain/testVerdict.js';
import { stagingVerdicts } from '../../domain/stageTest.js';
import { newsSignal } from '../../workflows/messages.js';
import { signedIn } from '../access.js';
import {
  RetestInput,
  RetestView,
  TestDetailView,
  TestSummary,
  TestTextView,
  TestVerdictInput,
  TestVerdictView,
} from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { Paging, tellNext } from '../paging.js';
import { requirePatch } from '../patchLife.js';
import { retest } from '../retest.js';
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

export function testRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, clock, client } = parts;
  const { stageTests, tests, fleet, runs, soaks, checklists } = inventory;

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
      const [rows, kept, [judged], soaked, checks] = await Promise.all([
        runs.manifest({ runKey, patchId }),
        stageTests.evidence(runKey),
        stageTests.verdicts({ runKey, patchId }),
        soaks.probes({ runKey }),
        checklists.checks({ runKey }),
      ]);
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
      const soak = soaked
        .filter((one) => test.vmIds.includes(one.vmId))
        .map(({ vmName, number, at, kind, reasons }) => ({ vmName, number, at, kind, reasons }));
      return { ...summaryOf(test, names), judged: judged ?? null, tested, soak, checks, evidence };
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

  app.post(
    '/v1/tests/:runKey/:patchId/verdicts',
    {
      config: { permission: 'decide' },
      schema: { params: OneTest, body: TestVerdictInput, response: { 200: TestVerdictView } },
    },
    async (request) => {
      const { runKey, patchId } = request.params;
      const { category, verdict, reason } = request.body;
      const test = await testOf(runKey, patchId);
      const rows = await runs.manifest({ runKey });
      const [given] = await stageTests.verdicts({ runKey, patchId, category });
      const checks = await checklists.checks({ runKey });
      const problems = [
        ...(test.category === category ? [] : [`it was a test for ${test.category}`]),
        ...(isWaiting(checks, clock.now())
          ? [
              `its checklist is open until ${checks[0]?.until ?? ''}: \`patchline test check ${patchId} ${category} ITEM …\``,
            ]
          : []),
        ...verdictProblems({ patchId, verdict, reason }, { test, rows, given: given ?? null }),
      ];
      const machines = stagingVerdicts(rows).find((one) => one.patchId === patchId) ?? test;
      const said = checkedVerdict({ ...machines, patchId }, checks, clock.now());
      if (problems.length > 0) throw new ApiProblem(409, 'Not judged', `${problems.join('; ')}.`);
      const judged = { runKey, patchId, category, verdict, by: signedIn(request).name, reason, at: clock.now() };
      if (!(await stageTests.judge(judged, settledVerdict(said, rows, judged))))
        throw new ApiProblem(409, 'Not judged', 'Somebody else judged it in this moment: look at the test again.');
      await hintLifecycle(patchId, request.log);
      return judged;
    },
  );

  app.post(
    '/v1/patches/:patchId/tests',
    {
      config: { permission: 'operate' },
      schema: { params: OneTest.pick({ patchId: true }), body: RetestInput, response: { 200: RetestView } },
    },
    async (request) => {
      const { patchId } = request.params;
      await requirePatch(parts, patchId);
      return retest(parts, { patchId, ...request.body, by: signedIn(request).name });
    },
  );

  /** A story that waits for the verdict looks at once; one that cannot be reached looks with its next reminder. */
  async function hintLifecycle(patchId: string, log: FastifyBaseLogger): Promise<void> {
    const story = client.workflow.getHandle(`patch/${patchId}`);
    await story.signal(newsSignal).catch((failure: unknown) => log.info(failure, `patch/${patchId} was not hinted at`));
  }

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
