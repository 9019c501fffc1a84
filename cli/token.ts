// `patchline token`: tokens of pipelines.

import type { Command } from 'commander';
import type { ServiceTokenMade, ServiceTokenView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

interface CreateOptions {
  scope: string;
  days: string;
  reason: string;
  json?: boolean;
}

export function tokenCommands(program: Command, shell: Shell): void {
  const token = program
    .command('token')
    .description('tokens of pipelines: for some permissions, until they expire; they never decide');

  token
    .command('create <name>')
    .description('make one; it is shown this once')
    .requiredOption('--scope <permissions>', 'what it is for, e.g. read,schedule')
    .option('--days <number>', 'after which it expires, 366 at most', '90')
    .requiredOption('--reason <text>', 'which pipeline, and why')
    .option('--json', 'print JSON')
    .action(async (name: string, { scope, days, reason, json = false }: CreateOptions) => {
      if (!/^\d{1,3}$/.test(days)) throw new CliFailure('--days must be a whole number from 1 to 366', exitCodes.usage);
      const asked = { name, scope: scope.split(',').map((one) => one.trim()), days: Number(days), reason };
      const made = await shell.client().post<ServiceTokenMade>('/v1/service-tokens', asked);
      show({ json }, made, () =>
        [
          made.token,
          `For ${made.scope.join(', ')}, until ${made.expiresAt}. It is not shown again: put it where the pipeline keeps its secrets, as PATCHLINE_TOKEN.`,
        ].join('\n'),
      );
    });

  token
    .command('list')
    .description('all that were made, newest first')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const rows = await shell.client().get<ServiceTokenView[]>('/v1/service-tokens');
      show({ json }, rows, () =>
        table(
          ['Id', 'Name', 'For', 'Made by', 'Expires', 'Last used', 'Revoked'],
          rows.map((one) => [
            one.tokenId,
            one.name,
            one.scope.join(', '),
            one.createdBy,
            one.expiresAt,
            one.lastUsedAt ?? 'never',
            one.revokedAt ?? '',
          ]),
        ),
      );
    });

  token
    .command('revoke <id>')
    .description('it opens nothing from now on')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const path = `/v1/service-tokens/${encodeURIComponent(id)}/revoke`;
      const revoked = await shell.client().post<ServiceTokenView>(path, { reason });
      show({ json }, revoked, () => `Token ${revoked.name} is revoked.`);
    });
}
