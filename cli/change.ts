// `patchline change`: what was changed in production, by whose word, and how it ended.

import type { Command } from 'commander';
import type { ChangeDetail, ChangeView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface ListOptions {
  patch?: string;
  category?: string;
  state?: string;
  open?: boolean;
  json?: boolean;
}

export function changeCommands(program: Command, shell: Shell): void {
  const change = program.command('change').description('change records of production');

  change
    .command('list')
    .description('newest first')
    .option('--patch <id>', 'of this patch')
    .option('--category <name>', 'of this category')
    .option('--state <state>', 'opened, scheduled, started, implemented, partly, backedOut or cancelled')
    .option('--open', 'only open ones')
    .option('--json', 'print JSON')
    .action(async ({ open, json = false, ...filters }: ListOptions) => {
      const query = new URLSearchParams(Object.entries(filters));
      if (open) query.set('open', 'true');
      const rows = (await shell.client().pages<ChangeView[]>(`/v1/changes?${query.toString()}`)).flat();
      show({ json }, rows, () => changeTable(rows));
    });

  change
    .command('show <id>')
    .description('one change: who approved, its windows, test, machines, outcome, and who was told')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const held = await shell.client().get<ChangeDetail>(`/v1/changes/one?id=${encodeURIComponent(id)}`);
      show({ json }, held, () => describeChange(held));
    });
}

export function changeTable(changes: ChangeView[]): string {
  return table(
    ['Id', 'State', 'Opened', 'Approved by', 'Window', 'Outcome', 'Elsewhere'],
    changes.map((one) => [
      one.changeId,
      one.state,
      one.openedAt,
      one.approvedBy.map((approval) => approval.by).join(', '),
      one.windows.at(-1)?.opensAt ?? 'none yet',
      one.outcome,
      one.external.map((held) => `${held.target} ${held.number ?? held.url ?? 'took it'}`).join(', '),
    ]),
  );
}

function describeChange(held: ChangeDetail): string {
  const lines = [
    `${held.changeId}: ${held.state}, version ${held.version}`,
    `${held.patchId} for ${held.category}: ${held.title}`,
    `Opened ${held.openedAt}, updated ${held.updatedAt}${held.closedAt === null ? '' : `, closed ${held.closedAt}`}`,
    `Requested by ${held.requestedBy.join(', ') || 'nobody: a cycle of itself'}`,
    ...held.approvedBy.map((one) => `Approved by ${one.by} at ${one.at}: ${one.justification}`),
    `Signed digest ${held.digest}`,
    `Test ${held.test.verdict} in ${held.test.runKey}, with ${held.test.set.join(' + ')}`,
    `Way back: ${held.rollbackPlan}`,
    `Machines: ${held.machines.join(', ')}${held.counts.machines > held.machines.length ? ` and ${held.counts.machines - held.machines.length} more` : ''}`,
    `Outcome: ${held.outcome}`,
    ...held.external.map(
      (one) => `${one.target}: ${one.number ?? 'no number'} ${one.url ?? ''}, since ${one.acceptedAt}`,
    ),
  ];
  return [
    ...lines.map(clean),
    table(
      ['Run', 'Opens', 'Closes'],
      held.windows.map((one) => [one.runKey, one.opensAt, one.closesAt]),
    ),
    ...(held.deliveries.length === 0
      ? []
      : [
          table(
            ['Told to', 'Version', 'State', 'Attempts', 'Detail'],
            held.deliveries.map((one) => [
              one.target,
              String(one.version),
              one.state,
              String(one.attempts),
              one.detail,
            ]),
          ),
        ]),
  ].join('\n');
}
