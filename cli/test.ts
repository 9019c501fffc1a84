// `patchline test`: every test in staging, its verdict, and the evidence of it.

import type { Command } from 'commander';
import type { RetestView, TestDetailView, TestSummary, TestTextView, TestVerdictView } from '../api/contract/index.js';
import { checklistCommands, checksTable } from './checklist.js';
import { isolationCommand } from './isolation.js';
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

  isolationCommand(test, shell);
  checklistCommands(test, shell);

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

  test
    .command('verdict <run> <patch> <verdict>')
    .description('judge a test that said nothing: passed or failed; whoever judges does not approve')
    .requiredOption('--category <name>', 'the category that was tested')
    .requiredOption('--reason <text>', 'what the verdict stands on')
    .option('--json', 'print JSON')
    .action(
      async (
        run: string,
        patch: string,
        verdict: string,
        { category, reason, json = false }: { category: string; reason: string; json?: boolean },
      ) => {
        const path = `/v1/tests/${encodeURIComponent(run)}/${encodeURIComponent(patch)}/verdicts`;
        const view = await shell.client().post<TestVerdictView>(path, { category, verdict, reason });
        show({ json }, view, () =>
          clean(`${patch} for ${category}: judged ${view.verdict} by ${view.by}: ${view.reason}`),
        );
      },
    );

  test
    .command('retry <patch>')
    .description('test a patch again where its last test did not pass')
    .requiredOption('--category <name>', 'the category')
    .requiredOption('--reason <text>', 'why it may pass now')
    .option('--json', 'print JSON')
    .action(
      async (
        patch: string,
        { category, reason, json = false }: { category: string; reason: string; json?: boolean },
      ) => {
        const path = `/v1/patches/${encodeURIComponent(patch)}/tests`;
        const view = await shell.client().post<RetestView>(path, { category, reason });
        show({ json }, view, () =>
          clean(
            `${patch} is tested again by ${view.workflowId}: \`patchline test list --patch ${patch}\` tells what came of it.`,
          ),
        );
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
    ...(view.judged === null ? [] : [clean(`Judged ${view.judged.verdict} by ${view.judged.by} at ${view.judged.at}`)]),
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
    ...soakOf(view),
    ...(view.checks.length === 0 ? [] : ['Checklist', checksTable(view.checks)]),
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

function soakOf({ soak }: TestDetailView): string[] {
  if (soak.length === 0) return [];
  const rows = soak.map((one) => [one.vmName, String(one.number), one.at, one.kind, one.reasons.join('; ')]);
  return ['Probes while they soaked', table(['Machine', 'Probe', 'When', 'Was', 'Why'], rows)];
}
