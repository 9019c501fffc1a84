// `patchline vm issue`: what people know to be unsafe on machines.

import type { Command } from 'commander';
import type { SecurityIssueView } from '../api/contract/index.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

interface AddOptions {
  title: string;
  severity: string;
  cve?: string;
  note: string;
  json?: boolean;
}

export function securityIssueCommands(vm: Command, shell: Shell): void {
  const issue = vm
    .command('issue')
    .description('security issues that people know of, beside the CVEs of missing patches');

  issue
    .command('add <machine>')
    .description('write one down')
    .requiredOption('--title <text>', 'what it is')
    .requiredOption('--severity <level>', 'critical, high, medium or low')
    .option('--cve <id>', 'its CVE')
    .requiredOption('--note <text>', 'how it was found, what it means')
    .option('--json', 'print JSON')
    .action(async (machine: string, { title, severity, cve, note, json = false }: AddOptions) => {
      const path = `/v1/vms/${encodeURIComponent(machine)}/security-issues`;
      const made = await shell.client().post<SecurityIssueView>(path, { title, severity, cve: cve ?? null, note });
      show({ json }, made, () => `Written down as ${made.issueId}.`);
    });

  issue
    .command('list')
    .description('known issues, newest first')
    .option('--vm <name>', 'only of this machine')
    .option('--open', 'only open ones')
    .option('--json', 'print JSON')
    .action(async ({ vm: name, open, json = false }: { vm?: string; open?: boolean; json?: boolean }) => {
      const query = new URLSearchParams();
      if (name !== undefined) query.set('vm', name);
      if (open) query.set('open', 'true');
      const rows = await shell.client().get<SecurityIssueView[]>(`/v1/security-issues?${query.toString()}`);
      show({ json }, rows, () =>
        table(
          ['Id', 'Found', 'By', 'Severity', 'CVE', 'What', 'Closed', 'Outcome'],
          rows.map((one) => [
            one.issueId,
            one.foundAt,
            one.foundBy,
            one.severity,
            one.cve ?? '',
            one.title,
            one.closedAt ?? '',
            one.outcome ?? '',
          ]),
        ),
      );
    });

  issue
    .command('close <id>')
    .description('it is over')
    .requiredOption('--outcome <text>', 'how')
    .option('--json', 'print JSON')
    .action(async (id: string, { outcome, json = false }: { outcome: string; json?: boolean }) => {
      const path = `/v1/security-issues/${encodeURIComponent(id)}/close`;
      const closed = await shell.client().post<SecurityIssueView>(path, { outcome });
      show({ json }, closed, () => `${closed.title}: closed.`);
    });
}
