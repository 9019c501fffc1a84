// Maintenance runs: what they hold, and the standing orders that their gates honour.

import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countsOf, type Enrolment, type ManifestRow, type Run } from '../../domain/run.js';
import { lookAgainSignal } from '../../workflows/messages.js';
import { signedIn } from '../access.js';
import { arrivalView } from '../arrivals.js';
import { GridView } from '../contract/grid.js';
import { ControlInput, RunDetail, RunView } from '../contract/index.js';
import { gridOf, type Cell } from '../grid.js';
import { ApiProblem } from '../problem.js';
import type { ApiParts } from '../parts.js';
import { dueOfRows, nothingDue, rowKey, shortOf, type DueShort } from '../urgent.js';

const saidMsMax = 2000;

export function maintenanceRoutes(scope: FastifyInstance, { inventory, approvals, client, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/maintenance',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(RunView) } } },
    async () => {
      const [runs, counts] = await Promise.all([inventory.runs.runs({}), inventory.runs.counts()]);
      // Rows of a run that has settled are closed: nothing of it is due.
      return Promise.all(
        runs.map(async (run) => ({
          ...run,
          counts: counts.get(run.runKey) ?? {},
          ...(run.status === 'settled' ? nothingDue : await dueOf(run)),
        })),
      );
    },
  );

  app.get(
    '/v1/maintenance/run',
    {
      config: { permission: 'read' },
      schema: { querystring: z.object({ key: z.string().min(1).max(300) }), response: { 200: RunDetail } },
    },
    async ({ query: { key } }) => {
      const run = await requireRun(key);
      const rows = await inventory.runs.manifest({ runKey: key });
      const due = await dueOfRows(inventory, rows);
      const machines = rows.map((row) => ({ ...row, ...(due.get(rowKey(row)) ?? nothingDue) }));
      const came = await inventory.arrivals.arrivals({ runKey: key });
      return { ...(await runView(run, rows)), machines, arrivals: came.map(arrivalView) };
    },
  );

  app.get(
    '/v1/maintenance/grid',
    {
      config: { permission: 'read' },
      schema: { querystring: z.object({ key: z.string().min(1).max(300) }), response: { 200: GridView } },
    },
    async ({ query: { key } }) => {
      const run = await requireRun(key);
      const [rows, steps, enrolled, came] = await Promise.all([
        inventory.runs.manifest({ runKey: key }),
        inventory.operations.stepsUnderWay(key),
        inventory.runs.enrolments(key),
        inventory.arrivals.arrivals({ runKey: key }),
      ]);
      const cells = gridOf(rows, steps);
      return {
        run: { ...run, counts: countsOf(rows) },
        at: clock.now(),
        now: run.status === 'settled' ? null : await saidOf(key),
        patches: [...new Set([...enrolled, ...rows].map(({ patchId }) => patchId))].toSorted(),
        budget: await budgetOf(run, enrolled, cells),
        cells,
        arrivals: came.map(arrivalView),
      };
    },
  );

  app.post(
    '/v1/maintenance/control',
    { config: { permission: 'operate' }, schema: { body: ControlInput, response: { 200: RunView } } },
    async (request) => {
      const { runKey, control, reason } = request.body;
      const before = await requireRun(runKey);
      if (before.status === 'settled')
        throw new ApiProblem(
          409,
          'Run is over',
          `${runKey} has settled as ${before.outcome ?? 'unknown'}: there is nothing left to ${control === 'run' ? 'resume' : control === 'paused' ? 'pause' : 'halt'}.`,
        );
      if (before.control === 'halted' && control !== 'halted')
        throw new ApiProblem(
          409,
          'Run is halted',
          'A halted run stays halted: what is left needs a new run with its own decision and window.',
        );
      const run = await inventory.runs.setControl(runKey, control, signedIn(request).name, reason);
      await wake(runKey);
      return runView(run ?? before, await inventory.runs.manifest({ runKey }));
    },
  );

  /** What the workflow says of itself; an engine that is slow or away keeps no reader waiting. */
  async function saidOf(runKey: string): Promise<string | null> {
    const ask = () =>
      client.workflow.getHandle(runKey).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    try {
      return (await client.connection.withDeadline(Date.now() + saidMsMax, ask)).currentDetails ?? null;
    } catch {
      return null;
    }
  }

  /** Of the signed decisions that the run serves, the strictest. */
  async function budgetOf(run: Run, enrolled: Enrolment[], cells: Cell[]): Promise<GridView['budget']> {
    if (run.environment !== 'production') return null;
    const standing = await Promise.all(enrolled.map(({ patchId, category }) => approvals.standing(patchId, category)));
    const budgets = standing.flatMap(
      (approval) => approval?.request.subject.rings.find(({ name }) => name === run.ring)?.failureBudget ?? [],
    );
    if (budgets.length === 0) return null;
    const used = cells.filter(({ state }) => ['failed', 'rolledBack', 'inDoubt'].includes(state)).length;
    return { used, of: Math.min(...budgets) };
  }

  /** A hint: the gate reads the row anyway. */
  async function wake(runKey: string): Promise<void> {
    try {
      await client.workflow.getHandle(runKey).signal(lookAgainSignal);
    } catch (failure) {
      if (!(failure instanceof WorkflowNotFoundError)) throw failure;
    }
  }

  async function runView(run: Run, rows: ManifestRow[]): Promise<RunView> {
    return { ...run, counts: countsOf(rows), ...(await dueOf(run, rows)) };
  }

  /** What a run holds is due until its rows are closed; before it is planned, what is enrolled in it. `rows`: when they were read already. */
  async function dueOf(run: Run, rows?: ManifestRow[]): Promise<DueShort> {
    if (run.status === 'open') return dueOfEnrolments(run);
    return dueOfPlanned(rows ?? (await inventory.runs.manifest({ runKey: run.runKey })));
  }

  async function dueOfPlanned(rows: ManifestRow[]): Promise<DueShort> {
    const due = await dueOfRows(inventory, rows);
    return shortOf([...due.values()].flatMap(({ tier, deadline }) => (tier === null ? [] : [{ tier, deadline }])));
  }

  async function dueOfEnrolments({ runKey }: Run): Promise<DueShort> {
    const enrolled = await inventory.runs.enrolments(runKey);
    if (enrolled.length === 0) return nothingDue;
    const wanted = new Set(enrolled.flatMap(({ patchId, vmIds }) => vmIds.map((vmId) => rowKey({ patchId, vmId }))));
    const rows = await inventory.due.rows({
      patchIds: enrolled.map((one) => one.patchId),
      vmIds: [...new Set(enrolled.flatMap((one) => one.vmIds))],
    });
    return shortOf(rows.filter((row) => wanted.has(rowKey(row))));
  }

  async function requireRun(runKey: string): Promise<Run> {
    const run = await inventory.runs.run(runKey);
    if (run === null)
      throw new ApiProblem(
        404,
        'Unknown run',
        `No maintenance run is called ${runKey}; \`patchline maintenance list\` shows them.`,
      );
    return run;
  }
}
