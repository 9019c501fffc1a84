// `patchline equivalence`: which staging machines stand for production, how well, and where nothing does.

import type { Command } from 'commander';
import type { EquivalenceView, MatchView, SignedEquivalenceView } from '../api/contract/index.js';
import type { Shell } from './shell.js';
import { clean, show, table } from './print.js';

export function equivalenceCommand(program: Command, shell: Shell): void {
  program
    .command('equivalence <category>')
    .description('which staging machines stand for production, how well, and where nothing does')
    .option('--vm <name>', 'of one production machine: every staging machine beside it')
    .option('--json', 'print JSON')
    .action(async (category: string, { vm, json = false }: { vm?: string; json?: boolean }) => {
      const query = vm === undefined ? '' : `?vm=${encodeURIComponent(vm)}`;
      const path = `/v1/categories/${encodeURIComponent(category)}/equivalence${query}`;
      const view = await shell.client().get<EquivalenceView>(path);
      show({ json }, view, () => (vm === undefined ? describe(view) : describeOne(vm, view)));
    });
}

function describe(view: EquivalenceView): string {
  return [
    clean(
      `${view.category}: ${view.production} production machines, ${view.staging.length} in staging (${view.staging.join(', ') || 'none'}); a test counts from a score of ${view.threshold} on.`,
    ),
    table(
      ['Machines', 'Twin', 'Score', 'Counts', 'Differences'],
      view.groups.map(({ machines, best }) => [
        shortened(machines.map((one) => one.name)),
        ...(best === null ? ['none', '', 'no', ''] : [best.twin, String(best.score), counts(best), differences(best)]),
      ]),
    ),
    ...view.gaps.flatMap(({ line, remedies }) => [clean(line), ...remedies.map((one) => clean(`  ${one}`))]),
  ].join('\n');
}

function describeOne(vm: string, { threshold, candidates }: EquivalenceView): string {
  return [
    clean(`${vm}: a test counts from a score of ${threshold} on.`),
    table(
      ['Staging', 'Score', 'Counts', 'Differences', 'To make it alike'],
      candidates.map((one) => [
        one.twin,
        String(one.score),
        counts(one),
        differences(one),
        one.differences.map(({ remedy }) => remedy).join('; '),
      ]),
    ),
  ].join('\n');
}

function counts({ stands }: MatchView): string {
  return stands ? 'yes' : 'no';
}

function differences(match: MatchView): string {
  return match.differences
    .map(({ dimension, words, rulesOut }) => `${dimension}: ${words}${rulesOut ? ' (rules out)' : ''}`)
    .join('; ');
}

const shownMax = 5;

function shortened(names: string[]): string {
  const more = names.length > shownMax ? ` and ${names.length - shownMax} more` : '';
  return `${names.slice(0, shownMax).join(', ')}${more}`;
}

/** In a request: who stood for whom, and who is left out. */
export function equivalenceLines(equivalence: SignedEquivalenceView | null): string[] {
  if (equivalence === null) return [];
  const twins = equivalence.groups.map(
    ({ twin, score, machines, differences: told }) =>
      `${twin} stands for ${machines} with ${score}${told.length === 0 ? '' : ` (${told.join('; ')})`}`,
  );
  return [
    ...twins,
    ...equivalence.without.map(({ machines, words }) => `left out, no equivalent in staging: ${machines}: ${words}`),
  ];
}
