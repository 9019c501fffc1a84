// `patchline waiver`: a machine or a category lacks a patch until a date, asked for by one person and approved by another.

import type { Command } from 'commander';
import type { WaiverView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface GrantOptions {
  vm?: string;
  category?: string;
  until: string;
  reason: string;
  control: string;
  owner: string;
  json?: boolean;
}

interface ListOptions {
  patch?: string;
  vm?: string;
  category?: string;
  status?: string;
  expired?: boolean;
  within?: string;
  json?: boolean;
}

export function waiverCommands(program: Command, shell: Shell): void {
  const waiver = program
    .command('waiver')
    .description('patches that a machine or a category may lack until a date; nothing is rejected by one');
  askCommands(waiver, shell);
  decisionCommands(waiver, shell);

  waiver
    .command('list')
    .description('waivers, the earliest end first')
    .option('--patch <id>', 'of this patch')
    .option('--vm <name>', 'of this machine')
    .option('--category <name>', 'of this category and its machines')
    .option('--status <status>', 'asked, approved, rejected, revoked, expired or replaced')
    .option('--expired', 'only expired ones')
    .option('--within <span>', 'only those that count and end within e.g. 48h or 7d')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const rows = (await shell.client().pages<WaiverView[]>(`/v1/waivers?${queryOf(options)}`)).flat();
      show({ json: options.json ?? false }, rows, () => waiverTable(rows));
    });

  waiver
    .command('show <id>')
    .description('one waiver with everything that was said of it')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const held = await shell.client().get<WaiverView>(pathOf(id));
      show({ json }, held, () => describeWaiver(held));
    });
}

function askCommands(waiver: Command, shell: Shell): void {
  waiver
    .command('grant <patch>')
    .description('ask for one: it counts when somebody else who decides for the category has approved it')
    .option('--vm <name>', 'for this machine')
    .option('--category <name>', 'for every machine of this category')
    .requiredOption('--until <instant>', 'until when, e.g. 2027-01-31 or 2027-01-31T18:00:00+01:00')
    .requiredOption('--reason <text>', 'why it cannot be installed: at least ten characters')
    .requiredOption('--control <text>', 'what protects the machines meanwhile: at least ten characters')
    .requiredOption('--owner <who>', 'who answers for it: a person or a mail address')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { json = false, ...options }: GrantOptions) => {
      const { vm = null, category = null, until, reason, control, owner } = options;
      const body = { patchId, vm, category, until: instantOf(until), reason, control, owner };
      const made = await shell.client().post<WaiverView>('/v1/waivers', body);
      show({ json }, made, () => askedWords(made));
    });

  waiver
    .command('renew <id>')
    .description('ask for a longer one: the old one counts until its end, or until the new one is approved')
    .requiredOption('--until <instant>', 'until when')
    .requiredOption('--reason <text>', 'why it is needed still: at least ten characters')
    .option('--control <text>', 'what protects the machines meanwhile; as before when left out')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { until: string; reason: string; control?: string; json?: boolean }) => {
      const { until, reason, control = null, json = false } = options;
      const body = { until: instantOf(until), reason, control };
      const made = await shell.client().post<WaiverView>(`${pathOf(id)}/renewal`, body);
      show({ json }, made, () => askedWords(made));
    });
}

function decisionCommands(waiver: Command, shell: Shell): void {
  for (const verdict of ['approve', 'reject'] as const) {
    waiver
      .command(`${verdict} <id>`)
      .description(`${verdict} a waiver that somebody else asked for and owns`)
      .requiredOption('--justification <text>', 'why: at least ten characters')
      .option('--json', 'print JSON')
      .action(async (id: string, { justification, json = false }: { justification: string; json?: boolean }) => {
        const after = await shell.client().post<WaiverView>(`${pathOf(id)}/decision`, { verdict, justification });
        show({ json }, after, () => `${placeOf(after)}: ${after.status}`);
      });
  }

  waiver
    .command('revoke <id>')
    .description('end it now: the patch is due again')
    .requiredOption('--reason <text>', 'why: at least ten characters')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const after = await shell.client().post<WaiverView>(`${pathOf(id)}/revocation`, { reason });
      show({ json }, after, () => `${placeOf(after)}: ${after.status}; the patch is due again`);
    });
}

function pathOf(id: string): string {
  return `/v1/waivers/${encodeURIComponent(id)}`;
}

function queryOf({ patch, vm, category, status, expired, within }: ListOptions): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ patch, vm, category, status }))
    if (value !== undefined) query.set(key, value);
  if (expired) query.set('status', 'expired');
  if (within !== undefined) query.set('withinHours', String(hoursOf(within)));
  return query.toString();
}

function hoursOf(span: string): number {
  const match = /^(\d{1,5})(h|d)$/.exec(span);
  if (match === null) throw new CliFailure('--within must be hours or days such as 48h or 7d', exitCodes.usage);
  return Number(match[1]) * (match[2] === 'd' ? 24 : 1);
}

/** A bare date is its beginning, UTC. */
function instantOf(text: string): string {
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const isInstant = /^\d{4}-\d{2}-\d{2}T/.test(whole) && !Number.isNaN(Date.parse(whole));
  if (isInstant) return new Date(whole).toISOString();
  throw new CliFailure('--until must be a date such as 2027-01-31, or an instant with its offset', exitCodes.usage);
}

function placeOf({ patchId, vmName, category }: WaiverView): string {
  return clean(`${patchId} for ${vmName ?? category}`);
}

function askedWords(made: WaiverView): string {
  return `${placeOf(made)}: asked for as ${made.waiverId}. It counts when somebody else who decides for ${made.category} has approved it, until ${made.askedUntil}: patchline waiver approve ${made.waiverId}`;
}

const effects = { none: '', waived: 'waived', leftOut: 'MISSING: revised since, renew or revoke it' };

export function waiverTable(waivers: WaiverView[]): string {
  return table(
    ['Id', 'Patch', 'For', 'Until', 'Status', 'Effect', 'Owner', 'Asked by', 'Decided by', 'Reason', 'Control'],
    waivers.map((one) => [
      one.waiverId,
      one.patchId,
      one.vmName === null ? `category ${one.category}` : one.vmName,
      one.until,
      one.status,
      effects[one.effect],
      one.owner,
      one.requestedBy,
      one.decidedBy ?? '',
      one.reason,
      one.control,
    ]),
  );
}

function describeWaiver(held: WaiverView): string {
  const lines = [
    `${placeOf(held)}${held.vmName === null ? ' (category)' : `, ${held.category}`}: ${held.status}${effects[held.effect] === '' ? '' : `, ${effects[held.effect]}`}`,
    `Until ${held.until}; owner ${held.owner}`,
    `Reason: ${held.reason}`,
    `Control: ${held.control}`,
    `Asked for by ${held.requestedBy} at ${held.requestedAt}${held.renews === null ? '' : `, renewing ${held.renews}`}`,
    held.decidedBy === null
      ? `To be decided by ${held.askedUntil}`
      : `Decided by ${held.decidedBy} at ${held.decidedAt ?? ''}: ${held.justification ?? ''}`,
    ...(held.endedBy === null ? [] : [`Ended by ${held.endedBy} at ${held.endedAt ?? ''}: ${held.endReason ?? ''}`]),
  ];
  return lines.map(clean).join('\n');
}
