// `patchline definition`: how new the definitions of the machines' scanners are. They are never decided on.

import type { Command } from 'commander';
import type { DefinitionView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

const verdicts: readonly string[] = ['fresh', 'late', 'unknown', 'ignored'];

export function definitionCommands(program: Command, shell: Shell): void {
  program
    .command('definition')
    .description('definition updates of scanners: the platform installs them, late ones are shown')
    .command('list')
    .description('every machine with the age of its definitions')
    .option('--verdict <verdict>', 'fresh, late, unknown or ignored')
    .option('--json', 'print JSON')
    .action(async ({ verdict, json = false }: { verdict?: string; json?: boolean }) => {
      if (verdict !== undefined && !verdicts.includes(verdict))
        throw new CliFailure(`--verdict must be one of ${verdicts.join(', ')}`, exitCodes.usage);
      const rows = await shell
        .client()
        .get<DefinitionView[]>(`/v1/definitions${verdict === undefined ? '' : `?verdict=${verdict}`}`);
      show({ json }, rows, () =>
        table(
          ['Machine', 'Category', 'Definitions', 'Version', 'Why', 'Offered'],
          rows.map((one) => [
            one.vmName,
            one.category ?? '—',
            one.verdict,
            one.version ?? '',
            one.reason,
            one.offered.join('; '),
          ]),
        ),
      );
    });
}
