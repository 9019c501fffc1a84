// `patchline test check|checks`: what people look at before a test counts.

import type { Command } from 'commander';
import type { CheckView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface TickOptions {
  passed?: boolean;
  failed?: boolean;
  note: string;
  json?: boolean;
}

export function checklistCommands(test: Command, shell: Shell): void {
  test
    .command('check <patch> <category> <item>')
    .description('tick an item of the checklist of its newest test; whoever ticks does not approve')
    .option('--passed', 'it is as it should be')
    .option('--failed', 'it is not: the test has failed')
    .requiredOption('--note <text>', 'what you looked at and saw')
    .option('--json', 'print JSON')
    .action(async (patch: string, category: string, item: string, options: TickOptions) => {
      const { passed = false, failed = false, note, json = false } = options;
      if (passed === failed) throw new CliFailure('say either --passed or --failed', exitCodes.usage);
      const body = { category, item, outcome: passed ? 'passed' : 'failed', note };
      const view = await shell.client().post<CheckView>(`/v1/patches/${encodeURIComponent(patch)}/checks`, body);
      show({ json }, view, () =>
        clean(`${view.name} for ${view.category}: ${body.outcome}, ticked by ${view.by ?? ''}`),
      );
    });

  test
    .command('checks')
    .description('items of checklists, newest first')
    .option('--patch <id>', 'only of tests of this patch')
    .option('--category <name>', 'only for this category')
    .option('--waiting', 'only those that somebody is waited for')
    .option('--json', 'print JSON')
    .action(
      async ({
        patch,
        category,
        waiting = false,
        json = false,
      }: {
        patch?: string;
        category?: string;
        waiting?: boolean;
        json?: boolean;
      }) => {
        const query = new URLSearchParams({
          ...(patch === undefined ? {} : { patchId: patch }),
          ...(category === undefined ? {} : { category }),
          ...(waiting ? { waiting: 'true' } : {}),
        });
        const rows = (await shell.client().pages<CheckView[]>(`/v1/checks?${query.toString()}`)).flat();
        show({ json }, rows, () => checksTable(rows));
      },
    );
}

export function checksTable(rows: CheckView[]): string {
  return table(
    ['Item', 'Category', 'For', 'Until', 'Ticked', 'By', 'Note', 'What', 'Run'],
    rows.map((one) => [
      one.name,
      one.category,
      one.person ?? one.role ?? '',
      one.until,
      one.outcome ?? 'not yet',
      one.by ?? '',
      one.note ?? '',
      one.text,
      one.runKey,
    ]),
  );
}
