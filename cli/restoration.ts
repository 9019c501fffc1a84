// `patchline baseline restore`: a machine back to its baseline, asked for, decided by another person, verified.

import { setTimeout as pause } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { RestorationView } from '../api/contract/index.js';
import { CliFailure, exitCodes, type ApiClient } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface RestoreOptions {
  by: string;
  session?: string;
  reason: string;
  wait?: boolean;
  json?: boolean;
}

export function restorationCommands(baseline: Command, shell: Shell): void {
  baseline
    .command('restore <machine>')
    .description('shows what differs, and asks for a decision to bring the machine back to its baseline')
    .addOption(
      new Option('--by <way>', 'its restore point, or the patches that are missing, through its maintenance')
        .choices(['restorePoint', 'reinstall'])
        .makeOptionMandatory(),
    )
    .option('--session <id>', 'the session whose restore point it goes back to; the newest otherwise')
    .requiredOption('--reason <text>', 'why')
    .option('--wait', 'wait for its end')
    .option('--json', 'print JSON')
    .action(async (machine: string, { by, session, reason, wait, json = false }: RestoreOptions) => {
      const client = shell.client();
      const body = { way: by, session: session ?? null, reason };
      const asked = await client.post<RestorationView>(`/v1/vms/${encodeURIComponent(machine)}/restorations`, body);
      if (!wait) return show({ json }, asked, () => describe(asked));
      if (!json) console.log(describe(asked));
      const ended = await untilDone(client, asked);
      show({ json }, ended, () => `${ended.outcome ?? ended.status}: ${clean(ended.detail)}`);
      if (ended.outcome !== 'restored')
        throw new CliFailure(`${machine} was not restored: ${ended.outcome ?? ended.status}`, exitCodes.failed);
    });

  for (const [verb, verdict] of [
    ['restore-approve', 'approve'],
    ['restore-reject', 'reject'],
  ] as const) {
    baseline
      .command(`${verb} <id>`)
      .description(`${verdict} a restoration as it is shown`)
      .requiredOption('--justification <text>', 'why')
      .option('--json', 'print JSON')
      .action(async (id: string, { justification, json = false }: { justification: string; json?: boolean }) => {
        const client = shell.client();
        const path = `/v1/restorations/${encodeURIComponent(id)}`;
        const { digest } = await client.get<RestorationView>(path);
        const after = await client.post<RestorationView>(`${path}/decision`, { verdict, digest, justification });
        show({ json }, after, () => `${after.subject.vmName}: ${after.status}.`);
      });
  }

  baseline
    .command('restorations')
    .description('machines that were brought back, or are to be')
    .option('--vm <name>', 'only of this machine')
    .option('--json', 'print JSON')
    .action(async ({ vm, json = false }: { vm?: string; json?: boolean }) => {
      const query = vm === undefined ? '' : `?vm=${encodeURIComponent(vm)}`;
      const rows = await shell.client().get<RestorationView[]>(`/v1/restorations${query}`);
      show({ json }, rows, () =>
        table(
          ['Id', 'Machine', 'Baseline', 'By', 'Status', 'Outcome', 'Asked by', 'Decided by', 'Differs', 'After'],
          rows.map((one) => [
            one.restorationId,
            one.subject.vmName,
            `${one.subject.baseline} ${one.subject.version}`,
            one.subject.way.kind,
            one.status,
            one.outcome ?? '',
            one.requestedBy,
            one.decidedBy ?? '',
            String(one.subject.differences.length),
            one.differencesAfter === null ? '' : String(one.differencesAfter.length),
          ]),
        ),
      );
    });
}

async function untilDone(client: ApiClient, asked: RestorationView): Promise<RestorationView> {
  let view = asked;
  while (view.status === 'waiting' || view.status === 'approved') {
    await pause(1000);
    view = await client.get<RestorationView>(`/v1/restorations/${encodeURIComponent(asked.restorationId)}`);
  }
  return view;
}

function describe({ restorationId, subject, digest, expiresAt }: RestorationView): string {
  const { vmName, environment, category, baseline, version, differences, way, left } = subject;
  return [
    clean(`${vmName} (${environment}, ${category}) against baseline ${baseline} ${version}:`),
    table(
      ['Item', 'Verdict', 'Wanted', 'Found'],
      differences.map((item) => [`${item.kind} ${item.name}`, item.verdict, item.wanted, item.found ?? '']),
    ),
    clean(
      way.kind === 'restorePoint'
        ? `Back to the restore point of ${way.takenAt}: what came to the OS disk since then is lost, and with it ${way.undoes.join(', ') || 'no patch'}.`
        : `${way.patches.map((one) => one.patchId).join(', ')} will be installed again in its next maintenance.`,
    ),
    ...left.map(({ name, why }) => clean(`  stays: ${name}: ${why}`)),
    `Awaits a decision until ${expiresAt} on digest ${digest.slice(0, 12)}: baseline restore-approve ${restorationId} --justification …`,
  ].join('\n');
}
