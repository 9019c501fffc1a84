// `patchline test`: every test in staging, its verdict, and the evidence of it.

import type { Command } from 'commander';
import type { TestDetailView, TestSummary, TestTextView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface ListOptions {
  patch?: string;
  category?: string;
  vm?: string;
  verdict?: string;
  since?: string;
  json?: boolean;
}

export function testCommands(program: Command, shell: Shell): void {
  const test = program.command('test').description('tests of patches in staging: every one that ever was');

  test
    .command('list')
    .description('newest first')
    .option('--patch <id>', 'only of this patch')
    .option('--category <name>', 'only for this category')
    .option('--vm <name>', 'only those that this staging machine took part in')
    .option('--verdict <verdict>', 'passed, failed or inconclusive')
    .option('--since <instant>', 'only since then, e.g. 2026-11-01 or 2026-11-01T08:00:00Z')
    .option('--json', 'print JSON')
    .action(async ({ patch, since, json = false, ...filter }: ListOptions) => {
      const query = new URLSearchParams(filter as Record<string, string>);
      if (patch !== undefined) query.set('patchId', patch);
      if (since !== undefined) query.set('since', /^\d{4}-\d{2}-\d{2}$/.test(since) ? `${since}T00:00:00Z` : since);
      const rows = (await shell.client().pages<TestSummary[]>(`/v1/tests?${query.toString()}`)).flat();
      show({ json }, rows, () => listOf(rows));
    });

  test
    .command('show <run> <patch>')
    .description('one test: its machines, the state that they reached, its evidence')
    .option('--evidence <item>', 'print one text of the evidence; with --vm')
    .option('--vm <name>', 'whose evidence')
    .option('--json', 'print JSON')
    .action(
      async (
        run: string,
        patch: string,
        options: { evidence?: string; vm?: string; json?: boolean },
      ): Promise<void> => {
        const { evidence, vm, json = false } = options;
        const path = `/v1/tests/${encodeURIComponent(run)}/${encodeURIComponent(patch)}`;
        if (evidence === undefined) {
          const view = await shell.client().get<TestDetailView>(path);
          return show({ json }, view, () => describe(view));
        }
        const of = `${encodeURIComponent(vm ?? '')}/${encodeURIComponent(evidence)}`;
        const view = await shell.client().get<TestTextView>(`${path}/evidence/${of}`);
        show({ json }, view, () => view.text.split('\n').map(clean).join('\n'));
      },
    );
}

function listOf(rows: TestSummary[]): string {
  return table(
    ['When', 'Patch', 'Category', 'Verdict', 'Tested together', 'Machines', 'Why', 'Run'],
    rows.map((one) => [
      one.at,
      one.patchId,
      one.category,
      one.verdict,
      one.testedSet.join(', '),
      one.machines.join(', '),
      one.reasons.join('; '),
      one.runKey,
    ]),
  );
}

function describe(view: TestDetailView): string {
  return [
    `${view.patchId} for ${view.category}: ${view.verdict}, ${view.at}`,
    `Run ${view.runKey}; tested together: ${view.testedSet.join(', ')}`,
    `At most ${view.downtimeMinutes} minutes a machine, ${view.reboots} restarts`,
    ...view.reasons.map((reason) => `- ${clean(reason)}`),
    'Machines, and the state that they reached',
    table(
      ['Machine', 'Ended', 'Why', 'System', 'Build', 'On it'],
      view.tested.map((one) => [
        one.vmName,
        one.state,
        one.reason ?? '',
        one.system ?? 'unknown',
        one.build ?? '',
        one.level.join(', '),
      ]),
    ),
    'Evidence',
    table(
      ['Machine', 'What', 'When', 'Characters', 'SHA-256'],
      view.evidence.map((one) => [
        one.vmName,
        one.item,
        one.at,
        `${one.characters}${one.cut ? ', cut' : ''}`,
        one.sha256,
      ]),
    ),
  ].join('\n');
}
