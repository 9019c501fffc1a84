// The `patchline` command line: the calls of the API from a terminal, and the commands that need no running system.

import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { approvalCommands } from './approval.js';
import { auditCommands } from './audit.js';
import { baselineCommands } from './baseline.js';
import { calendarCommand } from './calendar.js';
import { changeCommands } from './change.js';
import { channelCommands } from './channel.js';
import { CliFailure, createClient, exitCodes } from './client.js';
import { decideCommands } from './decide.js';
import { decisionCommands } from './decision.js';
import { delegationCommands } from './delegation.js';
import { definitionCommands } from './definition.js';
import { emergencyCommands } from './emergency.js';
import { equivalenceCommand } from './equivalence.js';
import { evidenceCommands } from './evidencePack.js';
import { exceptionCommands } from './exception.js';
import { exportCommand } from './export.js';
import { fleetCommands } from './fleet.js';
import { forensicCommands } from './forensics.js';
import { impactCommands } from './impact.js';
import { inventoryCommands } from './inventory.js';
import { knownIssueCommands } from './knownIssue.js';
import { maintenanceCommands } from './maintenance.js';
import { noticeCommands } from './notice.js';
import { patchCommands } from './patch.js';
import { incidentCommands } from './patchHistory.js';
import { policyCommands } from './policy.js';
import { testCommands } from './test.js';
import { accountCommands } from './account.js';
import { completionCommand } from './completion.js';
import type { Shell } from './shell.js';
import { todayCommand } from './today.js';
import { tokenCommands } from './token.js';
import { twinCommands } from './twin.js';
import { waiverCommands } from './waiver.js';
import { watchCommand } from './watch.js';

function buildProgram(): Command {
  const program = new Command('patchline')
    .description('Patches of a fleet of Azure virtual machines, from the vendor’s notice to a verified fleet.')
    .option('--as <person>', 'act as this local person (embedded system)')
    .option(
      '--url <url>',
      'where the API is',
      process.env['PATCHLINE_URL'] ?? `http://127.0.0.1:${process.env['PATCHLINE_PORT'] ?? '8080'}`,
    )
    .showHelpAfterError('(patchline --help shows what there is)')
    .exitOverride();
  const shell: Shell = {
    dataDir: () => resolve(process.env['PATCHLINE_DATA_DIR'] ?? '.patchline'),
    url: () => program.opts<{ url: string }>().url,
    client: (as) => {
      const options = program.opts<{ as?: string; url: string }>();
      return createClient({
        url: options.url,
        as: as ?? options.as,
        token: as === undefined ? process.env['PATCHLINE_TOKEN'] : undefined,
        dataDir: shell.dataDir(),
      });
    },
    signedIn: () => createClient({ url: shell.url(), as: undefined, token: undefined, dataDir: shell.dataDir() }),
  };
  todayCommand(program, shell);
  watchCommand(program, shell);
  auditCommands(program, shell);
  fleetCommands(program, shell);
  patchCommands(program, shell);
  decideCommands(program, shell);
  forensicCommands(program, shell);
  calendarCommand(program, shell);
  channelCommands(program, shell);
  inventoryCommands(program, shell);
  decisionCommands(program, shell);
  approvalCommands(program, shell);
  delegationCommands(program, shell);
  equivalenceCommand(program, shell);
  exceptionCommands(program, shell);
  twinCommands(program, shell);
  testCommands(program, shell);
  impactCommands(program, shell);
  policyCommands(program, shell);
  baselineCommands(program, shell);
  exportCommand(program, shell);
  incidentCommands(program, shell);
  knownIssueCommands(program, shell);
  waiverCommands(program, shell);
  emergencyCommands(program, shell);
  changeCommands(program, shell);
  definitionCommands(program, shell);
  maintenanceCommands(program, shell);
  noticeCommands(program, shell);
  accountCommands(program, shell);
  tokenCommands(program, shell);
  completionCommand(program);
  program
    .command('up')
    .description('start the whole system and stay until stopped')
    .option('--json', 'print one line of JSON when it is ready')
    .action(async (options: { json?: boolean }) => {
      const { up } = await import('./up.js');
      await up({ json: options.json ?? false });
    });
  program
    .command('demo')
    .description('take a real month through the whole line (embedded system only)')
    .option('--seed <number>', 'seed of the demonstration fleet', '1')
    .option('--bad-kb <kb>', 'the patch that breaks the file servers, e.g. KB5066743')
    .option('--month <id>', 'the vendor’s document', '2025-Oct')
    .option('--json', 'print one JSON document at the end')
    .action(async (options: { seed: string; badKb?: string; month: string; json?: boolean }) => {
      const { demo } = await import('./demo.js');
      const badKb = options.badKb === undefined ? null : options.badKb.replace(/^KB/i, '');
      const seed = Number(options.seed);
      if (!Number.isInteger(seed) || seed < 0)
        throw new CliFailure('--seed must be a whole number, 0 or more', exitCodes.usage);
      if (badKb !== null && !/^\d{6,8}$/.test(badKb))
        throw new CliFailure('--bad-kb must be a KB number such as KB5066743', exitCodes.usage);
      await demo(shell, { seed, badKb, month: options.month, json: options.json ?? false });
    });
  evidenceCommands(program, shell);
  program
    .command('ingest <channel> <file>')
    .description(
      'read a document from a file: msrc (.xml, .json), csaf, osv, usn (.json), kev (.json, .csv), epss (.csv), vulnrichment (.json, .ndjson), nvd (.json), also with .gz; needs no running system',
    )
    .option('--store', 'take the facts of risk into the running system')
    .option('--json', 'print JSON')
    .action(async (channel: string, file: string, options: { json?: boolean; store?: boolean }) => {
      const { ingest } = await import('./ingestCommand.js');
      await ingest(channel, file, { json: options.json ?? false }, options.store ? shell.client() : null);
    });
  return program;
}

/** Failures whose message says what to do: a stack would only hide it. */
const explained = new Set(['DataDirectoryTaken', 'SettingsError', 'PolicyError']);

// Whoever reads a list through `head` has what they wanted.
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code === 'EPIPE') process.exit(0);
  throw failure;
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (failure) {
  if (failure instanceof CommanderError) process.exitCode = failure.exitCode === 0 ? 0 : exitCodes.usage;
  else if (failure instanceof CliFailure) {
    process.stderr.write(`${failure.message}\n`);
    process.exitCode = failure.exitCode;
  } else if (failure instanceof Error && explained.has(failure.name)) {
    process.stderr.write(`${failure.message}\n`);
    process.exitCode = exitCodes.failed;
  } else {
    process.stderr.write(`${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}\n`);
    process.exitCode = exitCodes.failed;
  }
}
