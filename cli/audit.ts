// `patchline audit`: read the log, prove that it is whole, keep checkpoints elsewhere.

import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { EventView, SignedCheckpoint, VerificationView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

export function auditCommands(program: Command, shell: Shell): void {
  const audit = program.command('audit').description('the log of every change, and proof that it is whole');

  audit
    .command('list')
    .description('what changed, by whom and why')
    .option('--patch <id>', 'only of this patch')
    .option('--run <key>', 'only of this maintenance run')
    .option('--after <seq>', 'only after this event', '0')
    .option('--limit <n>', 'at most so many', '200')
    .option('--json', 'print JSON')
    .action(async (options: { patch?: string; run?: string; after: string; limit: string; json?: boolean }) => {
      const query = new URLSearchParams({ after: options.after, limit: options.limit });
      if (options.patch !== undefined) query.set('patchId', options.patch);
      if (options.run !== undefined) query.set('runKey', options.run);
      const events = await shell.client().get<EventView[]>(`/v1/events?${query.toString()}`);
      show({ json: options.json ?? false }, events, () =>
        table(
          ['#', 'When', 'Who', 'What', 'Why'],
          events.map((event) => [String(event.seq), event.at, event.who, event.what, event.why.slice(0, 160)]),
        ),
      );
    });

  audit
    .command('verify')
    .description('prove that no event was changed, dropped, moved, inserted or cut')
    .option('--checkpoint <file...>', 'checkpoints that were kept elsewhere: they also show a log rewritten as a whole')
    .option('--json', 'print JSON')
    .action(async (options: { checkpoint?: string[]; json?: boolean }) => {
      const checkpoints = await Promise.all((options.checkpoint ?? []).map(readCheckpoint));
      const report = await shell.client().post<VerificationView>('/v1/audit/verification', { checkpoints });
      show({ json: options.json ?? false }, report, () => describe(report));
      if (!report.intact) process.exitCode = exitCodes.failed;
    });

  audit
    .command('checkpoint')
    .description('sign where the log ends now, to be kept outside of the database')
    .option('-o, --output <file>', 'where to write it; standard output when left out')
    .option('--json', 'print JSON')
    .action(async (options: { output?: string; json?: boolean }) => {
      const checkpoint = await shell.client().post<SignedCheckpoint>('/v1/audit/checkpoints', {});
      if (options.output !== undefined) await writeFile(options.output, `${JSON.stringify(checkpoint)}\n`);
      show(
        { json: options.json ?? options.output === undefined },
        checkpoint,
        () =>
          `Event ${checkpoint.seq} is kept in ${options.output ?? ''}: hold it where the database’s administrators cannot write.`,
      );
    });
}

function describe({ intact, events, last, checkpoints, findings, seconds }: VerificationView): string {
  const measure = `${events} events in ${seconds.toFixed(2)} s, up to ${last.seq} (${last.hash.slice(0, 16)}…)`;
  if (intact) return `Whole: ${measure}${checkpoints === 0 ? '' : `, held against ${checkpoints} checkpoints`}.`;
  return `NOT whole: ${measure}.\n${findings.map(({ kind, seq, detail }) => `  ${kind} at ${seq}: ${detail}`).join('\n')}`;
}

async function readCheckpoint(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new CliFailure(`${file} is no checkpoint that can be read: ${why}`, exitCodes.usage);
  }
}
