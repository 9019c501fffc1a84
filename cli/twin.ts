// `patchline twin`: a copy of a production machine in staging, where nothing there stands for it.

import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { TwinView } from '../api/contract/index.js';
import { CliFailure, exitCodes, type ApiClient } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface ProposeOptions {
  reason: string;
  fresh?: boolean;
  json?: boolean;
}

export function twinCommands(program: Command, shell: Shell): void {
  const twin = program
    .command('twin')
    .description('copies of production machines in staging, where nothing there stands for them');

  twin
    .command('propose <vm>')
    .description('propose a twin of it, or of a machine that is alike: shows what it would be, cost and close')
    .option('--reason <text>', 'why', 'nothing in staging stands for it')
    .option('--fresh', 'of a restore point that is taken for it')
    .option('--json', 'print JSON')
    .action(async (vm: string, { reason, fresh = false, json = false }: ProposeOptions) => {
      const made = await shell.client().post<TwinView>('/v1/twins', { vm, reason, fresh });
      show({ json }, made, () => describe(made));
    });

  for (const verdict of ['approve', 'refuse'] as const) {
    twin
      .command(`${verdict} <id>`)
      .description(`${verdict} a proposed twin as it is shown; whoever proposed it does not decide`)
      .requiredOption('--reason <text>', 'why: at least ten characters')
      .option('--wait', 'wait until it is built, or has failed')
      .option('--json', 'print JSON')
      .action(
        async (id: string, { reason, wait, json = false }: { reason: string; wait?: boolean; json?: boolean }) => {
          const client = shell.client();
          const { digest } = await client.get<TwinView>(pathOf(id));
          const decided = await client.post<TwinView>(`${pathOf(id)}/decision`, { verdict, digest, reason });
          const after = wait ? await untilBuilt(client, decided) : decided;
          show({ json }, after, () => describe(after));
          if (after.status === 'failed') throw new CliFailure(clean(after.detail), exitCodes.failed);
        },
      );
  }

  twin
    .command('retire <id>')
    .description('remove it before its life is over')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const asked = await shell.client().post<TwinView>(`${pathOf(id)}/retirement`, { reason });
      show({ json }, asked, () => clean(`${asked.subject.name} is removed as soon as nothing works on it.`));
    });

  twin
    .command('show <id>')
    .description('what it is, who decided it, and how it stands')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const view = await shell.client().get<TwinView>(pathOf(id));
      show({ json }, view, () => describe(view));
    });

  twin
    .command('list')
    .description('newest first')
    .option('--vm <name>', 'of this machine')
    .option('--category <name>', 'of this category')
    .option('--status <status>', 'proposed, approved, refused, expired, building, built, failed or retired')
    .option('--json', 'print JSON')
    .action(
      async ({ json = false, ...filter }: { json?: boolean; vm?: string; category?: string; status?: string }) => {
        const query = new URLSearchParams(Object.entries(filter)).toString();
        const rows = (await shell.client().pages<TwinView[]>(`/v1/twins?${query}`)).flat();
        show({ json }, rows, () =>
          table(
            ['Id', 'Twin', 'Of', 'Category', 'Status', 'Score', 'Stands for', 'Until', 'Proposed by', 'Decided by'],
            rows.map((one) => [
              one.twinId,
              one.subject.name,
              one.subject.source.name,
              one.subject.category,
              one.status,
              String(one.score ?? ''),
              String(one.standsFor ?? ''),
              one.retiresAt ?? '',
              one.proposedBy,
              one.decidedBy ?? '',
            ]),
          ),
        );
      },
    );
}

function pathOf(id: string): string {
  return `/v1/twins/${encodeURIComponent(id)}`;
}

async function untilBuilt(client: ApiClient, decided: TwinView): Promise<TwinView> {
  let view = decided;
  while (view.status === 'approved' || view.status === 'building') {
    await pause(1000);
    view = await client.get<TwinView>(pathOf(decided.twinId));
  }
  return view;
}

function machines(count: number): string {
  return count === 1 ? '1 production machine' : `${count} production machines`;
}

const namesMax = 5;

function describe(view: TwinView): string {
  const { twinId, status, subject, digest, proposedBy, reason, decidedBy, justification, detail } = view;
  const { source, restorePoint, standsFor } = subject;
  const more = standsFor.length > namesMax ? ` and ${standsFor.length - namesMax} more` : '';
  const from =
    restorePoint === null ? 'a restore point that is taken of it' : `its restore point of ${restorePoint.takenAt}`;
  const lines = [
    `Twin ${twinId}: ${status}`,
    `${subject.name}, a copy of ${source.name} from ${from}`,
    `in ${subject.resourceGroup} of ${subject.subscriptionId} (${subject.region}), ${subject.size}, for ${subject.lifeDays} days; subnet ${subject.subnet}, no public address`,
    `expected to score ${subject.expectedScore}, and to stand for ${machines(standsFor.length)} of ${subject.category}: ${standsFor.slice(0, namesMax).join(', ')}${more}`,
    ...subject.cautions.map((one) => `Caution: ${one}`),
    `Proposed by ${proposedBy}: ${reason}`,
    ...(decidedBy === null ? [] : [`Decided by ${decidedBy}: ${justification ?? ''}`]),
    ...(view.score === null
      ? []
      : [`Scores ${view.score}, stands for ${machines(view.standsFor ?? 0)}, removed at ${view.retiresAt ?? ''}`]),
    ...(detail === '' ? [] : [detail]),
    ...(status === 'proposed'
      ? [
          `Awaits a decision until ${view.expiresAt} on digest ${digest.slice(0, 12)}: twin approve ${twinId} --reason …`,
        ]
      : []),
  ];
  return lines.map((line) => clean(line)).join('\n');
}
