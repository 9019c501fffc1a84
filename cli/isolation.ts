// `patchline test isolation`: who was to blame for a staging set that failed, and how that was found out.

import type { Command } from 'commander';
import type { IsolationView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

export function isolationCommand(test: Command, shell: Shell): void {
  test
    .command('isolation [about]')
    .description('sets that failed and were taken apart; of a run or a patch: every trial')
    .option('--status <status>', 'running, named or inconclusive')
    .option('--json', 'print JSON')
    .action(async (about: string | undefined, { status, json = false }: { status?: string; json?: boolean }) => {
      const query = new URLSearchParams();
      if (about !== undefined) query.set(about.includes('/') ? 'run' : 'patch', about);
      if (status !== undefined) query.set('status', status);
      const found = await shell.client().get<IsolationView[]>(`/v1/isolations?${query.toString()}`);
      show({ json }, found, () =>
        about === undefined ? listOf(found) : found.map(describe).join('\n\n') || 'Nothing.',
      );
    });
}

function listOf(found: IsolationView[]): string {
  return table(
    ['Since', 'Category', 'Failed together', 'Status', 'Trials', 'What is known', 'Run'],
    found.map((one) => [
      one.startedAt,
      one.category,
      one.patchIds.join(', '),
      one.status,
      `${new Set(one.trials.map((trial) => trial.number)).size}`,
      one.detail,
      one.runKey,
    ]),
  );
}

function describe(view: IsolationView): string {
  return [
    `${view.category}: ${view.status}${view.detail === '' ? '' : `: ${clean(view.detail)}`}`,
    `Failed run ${view.runKey}; since ${view.startedAt}${view.endedAt === null ? `, at most until ${view.until}` : `, ended ${view.endedAt}`}`,
    ...view.sets.map((set) => clean(`Failed together on ${set.machines.join(', ')}: ${set.patchIds.join(', ')}`)),
    table(
      ['Trial', 'Tried together', 'On', 'Verdict', 'Why', 'Ended', 'Run'],
      view.trials.map((trial) => [
        `${trial.number}`,
        trial.patchIds.join(', '),
        trial.machines.join(', '),
        trial.verdict ?? 'going on',
        trial.reasons.join('; '),
        trial.endedAt ?? '',
        trial.runKey ?? '',
      ]),
    ),
    ...view.verdicts.map((one) =>
      clean(`${one.patchId}: ${one.verdict}${one.reasons.length === 0 ? '' : `: ${one.reasons.join('; ')}`}`),
    ),
  ].join('\n');
}
