// `patchline patch due|waiting`: what is due until when, and what awaits a decision, the most urgent first.

import type { Command } from 'commander';
import type { DueGroupView, DueView, RequestUrgencyView, WaitingView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import type { Shell } from './shell.js';
import { clean, show, table } from './print.js';

interface DueOptions {
  overdue?: boolean;
  within?: string;
  category?: string;
  environment?: string;
  patch?: string;
  vm?: string;
  machines?: boolean;
  compute?: boolean;
  json?: boolean;
}

export function dueCommands(patch: Command, shell: Shell): void {
  patch
    .command('due')
    .description('what is due until when, by patch and category, the most urgent first')
    .option('--overdue', 'only what is over')
    .option('--within <span>', 'only what is due within e.g. 48h or 7d, and what is over')
    .option('--category <name>', 'of this category')
    .option('--environment <name>', 'production or staging')
    .option('--patch <patch>', 'of this patch')
    .option('--vm <name>', 'of this machine, patch by patch')
    .option('--machines', 'machine by machine')
    .option('--compute', 'have all deadlines computed anew; the answer is of before')
    .option('--json', 'print JSON')
    .action(async (options: DueOptions) => {
      const client = shell.client();
      if (options.compute) await client.post<{ asked: boolean }>('/v1/due/computations', {});
      const query = queryOf(options);
      const json = options.json ?? false;
      if (options.vm !== undefined || options.machines) {
        const rows = (await client.pages<DueView[]>(`/v1/due/machines${query}`)).flat();
        show({ json }, rows, () => machineTable(rows));
      } else {
        const groups = await client.get<DueGroupView[]>(`/v1/due${query}`);
        show({ json }, groups, () => groupTable(groups));
      }
    });

  patch
    .command('waiting')
    .description('what awaits a decision, the most urgent first')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const waiting = await shell.client().get<WaitingView[]>('/v1/requests/waiting');
      show({ json }, waiting, () => waitingTable(waiting));
    });
}

function queryOf({ overdue, within, category, environment, patch, vm }: DueOptions): string {
  const query = new URLSearchParams();
  if (overdue) query.set('overdue', 'true');
  if (within !== undefined) query.set('withinHours', String(hoursOf(within)));
  for (const [key, value] of Object.entries({ category, environment, patch, vm }))
    if (value !== undefined) query.set(key, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function hoursOf(span: string): number {
  const match = /^(\d{1,5})(h|d)$/.exec(span);
  if (match === null) throw new CliFailure('--within must be hours or days such as 48h or 7d', exitCodes.usage);
  return Number(match[1]) * (match[2] === 'd' ? 24 : 1);
}

function groupTable(groups: DueGroupView[]): string {
  return table(
    ['Patch', 'Category', 'Tier', 'Due', 'Because', 'Machines', 'Overdue', 'Next window'],
    groups.map((one) => [
      one.patchId,
      `${one.category ?? '—'}${one.environment === 'production' ? '' : ` (${one.environment})`}`,
      one.tier,
      dueWords(one.deadline, one.state),
      becauseOf(one),
      `${one.machines}${one.waived > 0 ? ` (${one.waived} waived)` : ''}`,
      String(one.overdue),
      one.misses ?? one.opensAt ?? 'none',
    ]),
  );
}

function machineTable(rows: DueView[]): string {
  return table(
    ['Patch', 'Machine', 'Category', 'Tier', 'Due', 'Because', 'Clock began', 'Assumed'],
    rows.map((one) => [
      one.patchId,
      one.vmName,
      one.category ?? '—',
      one.tier,
      one.waived === null
        ? dueWords(one.deadline, one.state)
        : `waived until ${one.waived.until}, by ${one.waived.by ?? '?'}`,
      becauseOf(one),
      one.clockBegan ?? '',
      one.estimated.join(', '),
    ]),
  );
}

function waitingTable(waiting: WaitingView[]): string {
  return table(
    ['Patch', 'Category', 'Tier', 'Due', 'Because', 'Machines', 'Decide by', 'Note'],
    waiting.map((one) => [
      one.patchId,
      one.category,
      one.tier ?? '',
      `${one.deadline ?? 'no date'}${one.overdue > 0 ? `, ${one.overdue} OVERDUE` : ''}`,
      one.reason ?? '',
      String(one.machines),
      one.expiresAt,
      [...(one.forensics ? ['forensic evidence first'] : []), ...one.misses].join('; '),
    ]),
  );
}

function dueWords(deadline: string | null, state: DueView['state']): string {
  const said = { overdue: ' OVERDUE', deadlineInDanger: ' SOON' };
  return `${deadline ?? 'no date'}${state === null ? '' : said[state]}`;
}

function becauseOf({ cve, fact, forensics }: Pick<DueView, 'cve' | 'fact' | 'forensics'>): string {
  return `${cve === null ? '' : `${cve}: `}${fact ?? 'no rule'}${forensics ? '; forensic evidence first' : ''}`;
}

/** Beside a request that somebody decides on. */
export function urgencyLines(urgency: RequestUrgencyView | null): string[] {
  if (urgency === null) return [];
  const { tier, deadline, clockBegan, overdue, forensics, estimated, rings } = urgency;
  const late = rings.filter((ring) => ring.missesByMs !== null);
  return [
    clean(
      `    due ${deadline ?? 'at no date'}, ${tier}, because of ${becauseOf({ ...urgency, forensics: false })}; clock began ${clockBegan ?? 'never'}${overdue > 0 ? `; OVERDUE on ${overdue}` : ''}`,
    ),
    ...(forensics ? ['    a compromise is looked for before the patch'] : []),
    ...(estimated.length === 0 ? [] : [`    assumed: ${estimated.join(', ')}`]),
    ...(late.length === 0
      ? []
      : [
          `    too late by its windows: ${late.map((ring) => `${ring.name} (${ring.opensAt ?? 'no window'})`).join(', ')}`,
        ]),
  ];
}
