// `patchline today`: what needs you, what runs, what comes next.

import type { Command } from 'commander';
import type { RunShort, TodayView } from '../api/contract/today.js';
import { watchView } from './live.js';
import { countWords, show, table } from './print.js';
import type { Shell } from './shell.js';

export function todayCommand(program: Command, shell: Shell): void {
  program
    .command('today')
    .description('what needs you, what runs, what comes next, what is late')
    .option('--watch', 'stay, and show it whenever it changes')
    .option('--json', 'print JSON')
    .action(async ({ watch = false, json = false }: { watch?: boolean; json?: boolean }) => {
      const client = shell.client();
      const read = () => client.get<TodayView>('/v1/today');
      if (!watch) {
        const today = await read();
        show({ json }, today, () => wordsOf(today));
        return;
      }
      await watchView({ client, json, read, words: wordsOf, concerns: () => true, isOver: () => false });
    });
}

function wordsOf({ stopped, needs, unread, running, next, due, fleet }: TodayView): string {
  const mine = needs.filter((need) => need.mine);
  return [
    ...(stopped === null ? [] : [`EVERYTHING IS STOPPED by ${stopped.by} since ${stopped.at}: ${stopped.reason}`]),
    mine.length === 0 ? 'Nothing needs you.' : `${mine.length} need you:`,
    ...(mine.length === 0
      ? []
      : [
          table(
            ['What', 'Until', 'Why'],
            mine.map(({ title, until, detail }) => [title, until ?? '', detail]),
          ),
        ]),
    ...(needs.length > mine.length ? [`${needs.length - mine.length} more need somebody else.`] : []),
    ...(unread.length === 0 ? [] : [`Could not be read, so this may be short: ${unread.join(', ')}.`]),
    ...runWords('Running', running),
    ...runWords('Next', next.slice(0, 5)),
    `Late: ${due.overdue} overdue. Machines: ${fleet.machines}, ${fleet.lacking} lack something, ${fleet.unknown} unknown.`,
  ].join('\n');
}

function runWords(title: string, runs: RunShort[]): string[] {
  if (runs.length === 0) return [`${title}: nothing.`];
  return [
    `${title}:`,
    table(
      ['Run', 'Opens', 'Closes', 'Rows'],
      runs.map(({ runKey, opensAt, closesAt, counts }) => [
        runKey,
        opensAt,
        closesAt,
        countWords(Object.entries(counts)),
      ]),
    ),
  ];
}
