// `patchline known-issue`: what is known to go wrong with a patch, and who let it go on.

import type { Command } from 'commander';
import type { KnownIssueView } from '../api/contract/index.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

export function knownIssueCommands(program: Command, shell: Shell): void {
  const issue = program.command('known-issue').description('known issues of patches: each holds its patch, or informs');

  issue
    .command('add <patch>')
    .description('write one down: those concerned are told, and where policy says so its rings are held')
    .requiredOption('--text <text>', 'what goes wrong')
    .option('--link <url>', 'where it is described')
    .option('--inform', 'show it, hold nothing')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: { text: string; link?: string; inform?: boolean; json?: boolean }) => {
      const { text, link: url = null, inform, json = false } = options;
      const path = `/v1/patches/${encodeURIComponent(patchId)}/known-issues`;
      const body = { text, url, effect: inform ? 'inform' : 'hold' };
      const made = await shell.client().post<KnownIssueView>(path, body);
      show({ json }, made, () => `Opened as ${made.issueId}${made.holds ? `; ${patchId} is held by it` : ''}.`);
    });

  issue
    .command('list')
    .description('newest first')
    .option('--patch <id>', 'only of this patch')
    .option('--open', 'only open ones')
    .option('--json', 'print JSON')
    .action(async ({ patch, open, json = false }: { patch?: string; open?: boolean; json?: boolean }) => {
      const query = new URLSearchParams();
      if (patch !== undefined) query.set('patchId', patch);
      if (open) query.set('open', 'true');
      const rows = (await shell.client().pages<KnownIssueView[]>(`/v1/known-issues?${query.toString()}`)).flat();
      show({ json }, rows, () => issueTable(rows));
    });

  issue
    .command('accept <id>')
    .description('let the patch go on for a category in spite of it; whoever opened it cannot')
    .requiredOption('--category <name>', 'for which category')
    .requiredOption('--reason <text>', 'why it may')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { category: string; reason: string; json?: boolean }) => {
      const { category, reason, json = false } = options;
      const path = `/v1/known-issues/${encodeURIComponent(id)}/accept`;
      const accepted = await shell.client().post<KnownIssueView>(path, { category, reason });
      show({ json }, accepted, () => `${accepted.patchId}: accepted for ${category}.`);
    });

  issue
    .command('close <id>')
    .description('it is over: what it held goes on')
    .requiredOption('--outcome <text>', 'how it ended')
    .option('--json', 'print JSON')
    .action(async (id: string, { outcome, json = false }: { outcome: string; json?: boolean }) => {
      const path = `/v1/known-issues/${encodeURIComponent(id)}/close`;
      const closed = await shell.client().post<KnownIssueView>(path, { outcome });
      show({ json }, closed, () => `${closed.patchId}: closed.`);
    });
}

export function issueTable(issues: KnownIssueView[]): string {
  return table(
    ['Id', 'Patch', 'What', 'Opened', 'By', 'Holds', 'Accepted for', 'Closed'],
    issues.map((one) => [
      one.issueId,
      one.patchId,
      `${one.text}${one.url === null ? '' : ` ${one.url}`}`,
      one.openedAt,
      `${one.openedBy} (${one.source})`,
      one.holds ? 'yes' : 'no',
      one.acceptances.map((acceptance) => acceptance.category).join(', '),
      one.closedAt === null ? '' : `${one.closedAt}: ${one.outcome ?? ''}`,
    ]),
  );
}
