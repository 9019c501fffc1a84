// `patchline delegation`: for a span, somebody else gives the word that is yours.

import type { Command } from 'commander';
import type { DelegationView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface GrantOptions {
  to: string;
  category?: string;
  from?: string;
  until: string;
  reason: string;
  json?: boolean;
}

interface ListOptions {
  person?: string;
  category?: string;
  standing?: boolean;
  json?: boolean;
}

export function delegationCommands(program: Command, shell: Shell): void {
  const delegation = program
    .command('delegation')
    .description('who decides in whose place, and until when: both count as one person');

  delegation
    .command('grant')
    .description('name somebody who gives your word for a span: `patch approve … --for YOU`')
    .requiredOption('--to <person>', 'who')
    .option('--category <name>', 'for this category alone; otherwise for all that you decide for')
    .option('--from <instant>', 'from when on; otherwise from now on')
    .requiredOption('--until <instant>', 'until when, e.g. 2026-12-24 or 2026-12-24T18:00:00+01:00')
    .requiredOption('--reason <text>', 'why: at least ten characters')
    .option('--json', 'print JSON')
    .action(async ({ to, category = '', from = '', until, reason, json = false }: GrantOptions) => {
      const made = await shell.client().post<DelegationView>('/v1/delegations', {
        delegate: to,
        category: category === '' ? null : category,
        from: from === '' ? null : instantOf(from),
        until: instantOf(until),
        reason,
      });
      show({ json }, made, () =>
        [
          `${made.delegate} may give the word of ${made.delegator} for ${made.category ?? 'every category'} from ${made.from} until ${made.until}: ${made.delegationId}`,
          ...made.barred.map((one) => `Not on ${one.patchId} for ${one.category}: ${one.why}.`),
        ]
          .map(clean)
          .join('\n'),
      );
    });

  delegation
    .command('list')
    .description('newest first')
    .option('--person <name>', 'of or to this person')
    .option('--category <name>', 'that count for this category')
    .option('--standing', 'neither revoked nor over')
    .option('--json', 'print JSON')
    .action(async ({ json = false, ...filter }: ListOptions) => {
      const given = Object.entries(filter).map(([key, value]): [string, string] => [key, String(value)]);
      const rows = (
        await shell.client().pages<DelegationView[]>(`/v1/delegations?${new URLSearchParams(given).toString()}`)
      ).flat();
      show({ json }, rows, () =>
        table(
          ['Id', 'Of', 'To', 'Category', 'From', 'Until', 'Why', 'Status'],
          rows.map((one) => [
            one.delegationId,
            one.delegator,
            one.delegate,
            one.category ?? 'every',
            one.from,
            one.until,
            one.reason,
            statusWords(one),
          ]),
        ),
      );
    });

  delegation
    .command('revoke <id>')
    .description('end it now; what was said by it before stays said')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const path = `/v1/delegations/${encodeURIComponent(id)}/revocation`;
      const ended = await shell.client().post<DelegationView>(path, { reason });
      show({ json }, ended, () => clean(`${ended.delegate} speaks for ${ended.delegator} no longer.`));
    });
}

function statusWords({ status, signatureHolds, revokedBy, revokeReason }: DelegationView): string {
  if (!signatureHolds) return 'NOT SIGNED: counts for nothing';
  return revokedBy === null ? status : `revoked by ${revokedBy}: ${revokeReason ?? ''}`;
}

function instantOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
}
