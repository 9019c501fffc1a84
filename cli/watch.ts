// `patchline watch`: every change as it happens.

import type { Command } from 'commander';
import pc from 'picocolors';
import { changesOf, untilInterrupted, type Change } from './live.js';
import { clean } from './print.js';
import type { Shell } from './shell.js';

interface WatchOptions {
  patch?: string;
  run?: string;
  words?: string;
  json?: boolean;
}

export function watchCommand(program: Command, shell: Shell): void {
  program
    .command('watch')
    .description('every change as it happens, until Ctrl-C')
    .option('--patch <id>', 'only of this patch')
    .option('--run <key>', 'only of this run')
    .option('--words <text>', 'only what contains this')
    .option('--json', 'print one line of JSON for each')
    .action(async (options: WatchOptions) => {
      for await (const changes of changesOf(shell.client(), untilInterrupted()))
        if (changes === null)
          console.error('More was missed than is told again: `patchline audit list` has all of it.');
        else
          for (const change of changes.filter((one) => isWanted(one, options)))
            process.stdout.write(`${options.json ? JSON.stringify(change) : lineOf(change)}\n`);
    });
}

function isWanted(change: Change, { patch, run, words }: WatchOptions): boolean {
  return (
    (patch === undefined || change.patchId === patch) &&
    (run === undefined || change.runKey === run) &&
    (words === undefined || change.what.toLowerCase().includes(words.toLowerCase()))
  );
}

function lineOf({ at, who, what }: Change): string {
  return `${pc.dim(at)}  ${pc.cyan(clean(who))}: ${clean(what)}`;
}
