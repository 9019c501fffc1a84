// `patchline maintenance`: runs and the standing orders on them.

import type { Command } from 'commander';
import type { GridView } from '../api/contract/grid.js';
import type { RunDetail, RunView } from '../api/contract/index.js';
import { arrivalTable } from './arrival.js';
import { watchView } from './live.js';
import { clean, countWords, show, table } from './print.js';
import type { Shell } from './shell.js';

export function maintenanceCommands(program: Command, shell: Shell): void {
  const maintenance = program.command('maintenance').description('maintenance runs');

  maintenance
    .command('list')
    .description('every run, newest first')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const runs = await shell.client().get<RunView[]>('/v1/maintenance');
      show({ json: options.json ?? false }, runs, () =>
        table(
          ['Run', 'Status', 'Order', 'Opens', 'Due', 'Rows'],
          runs.map((run) => [run.runKey, run.outcome ?? run.status, run.control, run.opensAt, dueOf(run), counts(run)]),
        ),
      );
    });

  maintenance
    .command('show <run>')
    .description('one run, machine by machine')
    .option('--json', 'print JSON')
    .action(async (runKey: string, options: { json?: boolean }) => {
      const run = await shell.client().get<RunDetail>(`/v1/maintenance/run?key=${encodeURIComponent(runKey)}`);
      show({ json: options.json ?? false }, run, () =>
        [
          `${run.runKey}: ${run.outcome ?? run.status}, window ${run.opensAt} to ${run.closesAt}, ${run.waves} waves${run.deadline === null ? '' : `, due ${dueOf(run)}`}`,
          table(
            ['Wave', 'Machine', 'Patch', 'Due', 'State', 'Why'],
            run.machines.map((row) => [
              String(row.wave),
              row.vmName,
              row.patchId,
              dueOf(row),
              row.state,
              row.reason ?? '',
            ]),
          ),
          ...arrivalTable(run.arrivals),
        ].join('\n'),
      );
    });

  maintenance
    .command('watch <run>')
    .description('one run as it goes, until it has settled')
    .option('--json', 'print one line of JSON for each change')
    .action(async (runKey: string, { json = false }: { json?: boolean }) => {
      const client = shell.client();
      await watchView({
        client,
        json,
        read: () => client.get<GridView>(`/v1/maintenance/grid?key=${encodeURIComponent(runKey)}`),
        concerns: (change) => change.runKey === runKey,
        words: gridWords,
        isOver: ({ run }) => run.status === 'settled',
      });
    });

  const orders = { pause: 'paused', resume: 'run', halt: 'halted' } as const;
  for (const [verb, control] of Object.entries(orders)) {
    maintenance
      .command(`${verb} <run>`)
      .description(`${verb} a run; machines that are being patched finish`)
      .requiredOption('--reason <text>', 'why')
      .option('--json', 'print JSON')
      .action(async (runKey: string, options: { reason: string; json?: boolean }) => {
        const run = await shell
          .client()
          .post<RunView>('/v1/maintenance/control', { runKey, control, reason: options.reason });
        show({ json: options.json ?? false }, run, () => `${run.runKey}: ${run.control}; ${counts(run)}`);
      });
  }
}

function dueOf({ deadline, tier }: { deadline: string | null; tier: string | null }): string {
  return deadline === null ? '' : `${deadline} ${tier ?? ''}`;
}

/** The run in words, then every machine that is not well. */
function gridWords({ run, now, budget, cells }: GridView): string {
  const states = new Map<string, number>();
  for (const { state } of cells) states.set(state, (states.get(state) ?? 0) + 1);
  const problems = cells.filter(({ isTroubled }) => isTroubled);
  return [
    `${run.runKey}: ${run.outcome ?? run.status}, order ${run.control}, window ${run.opensAt} to ${run.closesAt}`,
    `${countWords(states) || 'not planned yet'} = ${cells.length} machines${budget === null ? '' : `; failure budget: ${budget.used} of ${budget.of} used`}`,
    ...(now === null ? [] : [`Now: ${clean(now)}`]),
    ...problems.map(({ vmName, state, reason }) => clean(`${vmName}: ${state}${reason === null ? '' : `, ${reason}`}`)),
  ].join('\n');
}

function counts(run: RunView): string {
  return countWords(Object.entries(run.counts));
}
