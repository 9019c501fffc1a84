// `patchline exception`: machines that no staging machine stands for, and that get a patch nevertheless: last, one at a time.

import type { Command } from 'commander';
import type { ExceptionView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface GrantOptions {
  patch?: string;
  until: string;
  reason: string;
  json?: boolean;
}

interface ListOptions {
  vm?: string;
  category?: string;
  standing?: boolean;
  json?: boolean;
}

export function exceptionCommands(program: Command, shell: Shell): void {
  const exception = program
    .command('exception')
    .description('machines without an equivalent in staging that may get a patch: last, one at a time');

  exception
    .command('grant <vm>')
    .description(
      'by somebody who decides for its category, and did not ask for the change; requests then show and sign it',
    )
    .option('--patch <id>', 'this patch alone; otherwise every patch until it ends')
    .requiredOption('--until <instant>', 'until when, e.g. 2026-12-24 or 2026-12-24T18:00:00+01:00')
    .requiredOption('--reason <text>', 'why it may do without a test on its like: at least ten characters')
    .option('--json', 'print JSON')
    .action(
      async (
        vm: string,
        { patch = null, until, reason, json = false }: Omit<GrantOptions, 'patch'> & { patch?: string | null },
      ) => {
        const body = {
          vm,
          patchId: patch,
          until: /^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T00:00:00Z` : until,
          reason,
        };
        const made = await shell.client().post<ExceptionView>('/v1/exceptions', body);
        show({ json }, made, () =>
          clean(
            `${made.vmName} may get ${made.patchId ?? 'every patch'} until ${made.until}: the next request for ${made.category} shows it.`,
          ),
        );
      },
    );

  exception
    .command('list')
    .description('newest first')
    .option('--vm <name>', 'of this machine')
    .option('--category <name>', 'of this category')
    .option('--standing', 'only those that count now')
    .option('--json', 'print JSON')
    .action(async ({ json = false, ...filter }: ListOptions) => {
      const given = Object.entries(filter).map(([key, value]): [string, string] => [key, String(value)]);
      const rows = (
        await shell.client().pages<ExceptionView[]>(`/v1/exceptions?${new URLSearchParams(given).toString()}`)
      ).flat();
      show({ json }, rows, () =>
        table(
          ['Id', 'Machine', 'Category', 'Patch', 'Until', 'By', 'Why', 'Status'],
          rows.map((one) => [
            one.exceptionId,
            one.vmName,
            one.category,
            one.patchId ?? 'every',
            one.until,
            one.by,
            one.reason,
            one.revokedBy === null ? one.status : `revoked by ${one.revokedBy}: ${one.revokeReason ?? ''}`,
          ]),
        ),
      );
    });

  exception
    .command('revoke <id>')
    .description('end it now: what is not planned yet leaves the machine out')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const view = await shell
        .client()
        .post<ExceptionView>(`/v1/exceptions/${encodeURIComponent(id)}/revocation`, { reason });
      show({ json }, view, () => clean(`The exception for ${view.vmName} is revoked.`));
    });
}
