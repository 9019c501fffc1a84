// What became of patches: one patch's life, and the lists of those that failed. From the inventory alone.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorizationOf, outcomesOfFailures, type Applied, type Failure } from '../../domain/patchHistory.js';
import { currentPatches } from '../../domain/supersedence.js';
import type { PatchRecord } from '../../ports/patches.js';
import type { InstallationCount } from '../../ports/sessions.js';
import { FixedLaterView, NeverAppliedView, PatchHistoryView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

/** How an installation ends that did not work. */
const failedStates: readonly string[] = ['failed', 'rolledBack', 'inDoubt'];
const timelineMax = 1000;

export function historyRoutes(scope: FastifyInstance, { inventory }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/patches/:patchId/history',
    {
      config: { permission: 'read' },
      schema: { params: z.object({ patchId: z.string().max(100) }), response: { 200: PatchHistoryView } },
    },
    async ({ params: { patchId } }) => {
      const records = await inventory.patches.patches();
      const record = records.find((one) => one.patch.patchId === patchId);
      if (record === undefined)
        throw new ApiProblem(
          404,
          'Unknown patch',
          `${patchId} is in no channel that was read; \`patch list --all\` shows them.`,
        );
      const [tests, requests, decisions, counts, rollbacks, incidents, timeline, rows] = await Promise.all([
        inventory.tests.testResults({ patchId }),
        inventory.decisions.requests({ patchId }),
        inventory.decisions.decisions({ patchId, complete: true }),
        inventory.sessions.installationCounts([patchId]),
        inventory.sessions.rollbacks({ patchId }),
        inventory.incidents.incidents({ patchId }),
        inventory.events.events({ patchId, limit: timelineMax }),
        inventory.runs.manifest({ patchId }),
      ]);
      const names = new Map(rows.map((row) => [row.vmId, row.vmName]));
      const categories = [...new Set([...tests, ...requests, ...decisions].map((one) => one.category))].sort();
      const { patch } = record;
      return {
        ...factsOf(record, records),
        categories: await Promise.all(
          categories.map(async (category) => {
            const request = requests.findLast((one) => one.category === category) ?? null;
            const decision = decisions.find((one) => one.category === category && one.digest === request?.digest);
            const test = tests.find((one) => one.category === category);
            const impact = await inventory.decisions.impact(patchId, category);
            return {
              category,
              authorization: authorizationOf(request, decision ?? null),
              justification: decision?.justification ?? null,
              decidedBy: decision?.by ?? null,
              decidedAt: decision?.recordedAt ?? null,
              test: test ?? null,
              impact: impact === null ? null : { ...impact, machines: impact.vmIds.length },
              outcomes: outcomesIn(counts, category),
            };
          }),
        ),
        rollbacks: rollbacks.map((one) => ({ ...one, vmName: names.get(one.vmId) ?? one.vmId })),
        incidents,
        timeline,
        stage: record.stage,
        exploited: patch.exploited,
      };
    },
  );

  app.get(
    '/v1/reports/failed-tests',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(NeverAppliedView) } } },
    async () => {
      const { outcomes, records } = await failures();
      const stages = new Map(records.map((record) => [record.patch.patchId, record.stage]));
      return outcomes.neverApplied.map((one) => ({ ...one, stage: stages.get(one.patchId) ?? 'known' }));
    },
  );

  app.get(
    '/v1/reports/fixed-later',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(FixedLaterView) } } },
    async () => (await failures()).outcomes.fixedLater,
  );

  async function failures() {
    const [records, tests, counts, incidents, revisions] = await Promise.all([
      inventory.patches.patches(),
      inventory.tests.testResults({ verdict: 'failed' }),
      inventory.sessions.installationCounts(),
      inventory.incidents.incidents({ open: false }),
      inventory.patches.revisions(),
    ]);
    const production = counts.filter((count) => count.environment === 'production');
    const outcomes = outcomesOfFailures({
      failures: [
        ...tests.map(({ patchId, category, at, reasons }) => ({
          patchId,
          category,
          at,
          reasons,
          where: 'test' as const,
        })),
        ...production.flatMap(failureOf),
      ],
      applied: production.flatMap(appliedOf),
      revisions,
      incidents: incidents.flatMap(({ patchId, closedAt, outcome, ...one }) =>
        patchId === null || closedAt === null ? [] : [{ ...one, patchId, closedAt, outcome: outcome ?? '' }],
      ),
      supersededBy: supersededBy(records),
    });
    return { outcomes, records };
  }
}

function failureOf({ patchId, category, state, machines, lastAt: at }: InstallationCount): Failure[] {
  if (category === null || !failedStates.includes(state)) return [];
  return [{ patchId, category, where: 'production', at, reasons: [`${state} on ${machines} machines`] }];
}

function appliedOf({ patchId, category, state, machines, lastAt }: InstallationCount): Applied[] {
  return category === null || state !== 'installed' ? [] : [{ patchId, category, lastAt, machines }];
}

/** By the vendor's word and by build, since either alone has holes. */
function supersededBy(records: PatchRecord[]): Record<string, string[]> {
  const byId: Record<string, string[]> = {};
  const add = (old: string, newer: string): void => {
    if (old !== newer && !(byId[old] ?? []).includes(newer)) byId[old] = [...(byId[old] ?? []), newer];
  };
  for (const { patch } of records) for (const kb of patch.supersedes) add(`KB${kb}`, patch.patchId);
  const { supersededBy: newest } = currentPatches(records.map((record) => record.patch));
  for (const [old, newer] of Object.entries(newest)) add(old, newer);
  return byId;
}

function outcomesIn(counts: InstallationCount[], category: string): Record<string, number> {
  const mine = counts.filter((count) => count.environment === 'production' && count.category === category);
  return Object.fromEntries(mine.map((count) => [count.state, count.machines]));
}

function factsOf({ patch, stageDetail, firstSeenAt, needed }: PatchRecord, records: PatchRecord[]) {
  return {
    patchId: patch.patchId,
    title: patch.title,
    source: patch.source,
    classification: patch.kind,
    severity: patch.severity,
    cves: patch.cves,
    products: patch.products.map((product) => ({ ...product, fixedBuild: patch.fixedBuilds[product.id] ?? null })),
    supersedes: patch.supersedes.map((kb) => `KB${kb}`),
    supersededBy: supersededBy(records)[patch.patchId] ?? [],
    restart: patch.restart,
    // MSRC's documents say nothing of it: https://learn.microsoft.com/windows/deployment/update/servicing-stack-updates
    uninstall:
      patch.kind === 'servicingStack'
        ? 'a servicing stack update cannot be uninstalled: only a restore point takes it off'
        : 'the vendor does not say: a restore point takes it off',
    firstSeenAt,
    stageDetail,
    needed,
  };
}
