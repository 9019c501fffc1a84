// `patchline emergency`: one patch for one category outside of its window, in a freeze, or decided by fewer people, signed for by others, and reviewed afterwards.

import type { Command } from 'commander';
import type { EmergencyView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface RequestOptions {
  category: string;
  reason: string;
  windowOverride?: boolean;
  freezeOverride: string[];
  quorumOverride?: string;
  soakMinutes?: string;
  json?: boolean;
}

interface NamedOptions {
  window?: boolean;
  freeze?: string;
  quorum?: string;
  reason: string;
  json?: boolean;
}

interface ListOptions {
  patch?: string;
  category?: string;
  open?: boolean;
  unreviewed?: boolean;
  json?: boolean;
}

export function emergencyCommands(program: Command, shell: Shell): void {
  const emergency = program
    .command('emergency')
    .description('deadlines in hours: exactly what is named and signed is overridden, until it expires');
  askCommand(emergency, shell);
  signCommands(emergency, shell);
  endCommands(emergency, shell);

  emergency
    .command('list')
    .description('newest first')
    .option('--patch <id>', 'of this patch')
    .option('--category <name>', 'of this category')
    .option('--open', 'only open ones')
    .option('--unreviewed', 'only those that nobody has reviewed yet')
    .option('--json', 'print JSON')
    .action(async ({ patch, category, open, unreviewed, json = false }: ListOptions) => {
      const query = new URLSearchParams();
      if (patch !== undefined) query.set('patch', patch);
      if (category !== undefined) query.set('category', category);
      if (open) query.set('status', 'open');
      if (unreviewed) query.set('unreviewed', 'true');
      const rows = (await shell.client().pages<EmergencyView[]>(`/v1/emergencies?${query.toString()}`)).flat();
      show({ json }, rows, () => emergencyTable(rows));
    });

  emergency
    .command('show <id>')
    .description('one emergency with what was signed, which runs went on by it, and its review')
    .option('--json', 'print JSON')
    .action(async (id: string, { json = false }: { json?: boolean }) => {
      const held = await shell.client().get<EmergencyView>(pathOf(id));
      show({ json }, held, () => described(held));
    });
}

function askCommand(emergency: Command, shell: Shell): void {
  emergency
    .command('request <patch>')
    .description('ask for one: test and decision are never skipped, and nothing is overridden before it is signed')
    .requiredOption('--category <name>', 'for this category')
    .requiredOption('--reason <text>', 'why it cannot wait: at least ten characters')
    .option('--window-override', 'install outside of its window')
    .option('--freeze-override <freeze>', 'install in this freeze; may be given again', collected, [])
    .option('--quorum-override <rule>', 'decide by this rule of approval for emergencies (policy approvals.rules)')
    .option('--soak-minutes <number>', 'soak no longer than this in staging')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { json = false, ...options }: RequestOptions) => {
      const { category, reason, windowOverride = false, freezeOverride: freezeOverrides } = options;
      const { quorumOverride = null, soakMinutes } = options;
      const soak = soakMinutes === undefined ? null : Number(soakMinutes);
      if (soak !== null && !(soak > 0))
        throw new CliFailure('--soak-minutes must be more than nothing', exitCodes.usage);
      const overrides = { windowOverride, freezeOverrides, quorumOverride };
      const body = { patchId, category, reason, ...overrides, soakMinutes: soak };
      const made = await shell.client().post<EmergencyView>('/v1/emergencies', body);
      show({ json }, made, () => described(made));
    });
}

function collected(value: string, before: string[]): string[] {
  return [...before, value];
}

function signCommands(emergency: Command, shell: Shell): void {
  const words = {
    sign: ['sign for exactly one override that it was asked for', 'overrides'],
    revoke: ['take one override back: what has not begun by it does not begin', 'overrides/revocation'],
  } as const;
  for (const [verb, [description, path]] of Object.entries(words))
    emergency
      .command(`${verb} <id>`)
      .description(description)
      .option('--window', 'of the window')
      .option('--freeze <freeze>', 'of this freeze')
      .option('--quorum <rule>', 'of the quorum, by this rule of approval')
      .requiredOption('--reason <text>', 'why: at least ten characters')
      .option('--json', 'print JSON')
      .action(async (id: string, { reason, json = false, ...named }: NamedOptions) => {
        const body = { ...namedIn(named), reason };
        const after = await shell.client().post<EmergencyView>(`${pathOf(id)}/${path}`, body);
        show({ json }, after, () => described(after));
      });
}

function namedIn({ window, freeze, quorum }: Omit<NamedOptions, 'reason' | 'json'>): {
  kind: EmergencyView['wanted'][number]['kind'];
  names: string | null;
} {
  const named = [
    ...(window === true ? [{ kind: 'window' as const, names: null }] : []),
    ...(freeze === undefined ? [] : [{ kind: 'freeze' as const, names: freeze }]),
    ...(quorum === undefined ? [] : [{ kind: 'quorum' as const, names: quorum }]),
  ];
  const [one, another] = named;
  if (one === undefined || another !== undefined)
    throw new CliFailure('name one of --window, --freeze FREEZE and --quorum RULE', exitCodes.usage);
  return one;
}

function endCommands(emergency: Command, shell: Shell): void {
  emergency
    .command('end <id>')
    .description('end it now: nothing more begins by it, and it is reviewed')
    .requiredOption('--reason <text>', 'why: at least ten characters')
    .option('--json', 'print JSON')
    .action(async (id: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const after = await shell.client().post<EmergencyView>(`${pathOf(id)}/end`, { reason });
      show({ json }, after, () => described(after));
    });

  emergency
    .command('review <id>')
    .description('close its review; not by whoever asked for it, signed or approved')
    .requiredOption('--outcome <text>', 'what came of looking at it: at least ten characters')
    .option('--json', 'print JSON')
    .action(async (id: string, { outcome, json = false }: { outcome: string; json?: boolean }) => {
      const after = await shell.client().post<EmergencyView>(`${pathOf(id)}/review`, { outcome });
      show({ json }, after, () => described(after));
    });
}

function pathOf(id: string): string {
  return `/v1/emergencies/${encodeURIComponent(id)}`;
}

function wantedWords({ wanted }: EmergencyView): string {
  return wanted.map((one) => `${one.kind} ${one.names}: ${one.signedBy ?? 'NOT SIGNED'}`).join(', ');
}

function reviewWords({ reviewDueAt, reviewedBy, reviewedAt }: EmergencyView): string {
  if (reviewedBy !== null) return `by ${reviewedBy} at ${reviewedAt ?? ''}`;
  return reviewDueAt === null ? '' : `until ${reviewDueAt}`;
}

function emergencyTable(rows: EmergencyView[]): string {
  return table(
    ['Id', 'Patch', 'Category', 'Status', 'Expires', 'Overrides', 'Asked by', 'Review', 'Reason'],
    rows.map((one) => [
      one.emergencyId,
      one.patchId,
      one.category,
      one.status,
      one.expiresAt,
      wantedWords(one),
      one.requestedBy,
      reviewWords(one),
      one.reason,
    ]),
  );
}

function described(held: EmergencyView): string {
  const { emergencyId, soakSeconds } = held;
  const unsigned = held.status === 'open' ? held.wanted.filter((one) => one.signedBy === null) : [];
  const lines = [
    `${emergencyId}: ${held.patchId} for ${held.category}: ${held.status}, expires ${held.expiresAt}`,
    `Asked for by ${held.requestedBy} at ${held.requestedAt}: ${held.reason}`,
    `Overrides: ${wantedWords(held) || 'none'}`,
    ...(soakSeconds === null ? [] : [`Soaks ${soakSeconds} seconds in staging`]),
    ...held.overrides.map(
      (one) =>
        `  ${one.kind} ${one.names} signed by ${one.by} at ${one.at}: ${one.reason}${one.revokedBy === null ? '' : `; taken back by ${one.revokedBy}: ${one.revokeReason ?? ''}`}`,
    ),
    ...held.runs.map((run) => `Went on by it: ${run}`),
    ...(held.endedBy === null ? [] : [`Ended by ${held.endedBy} at ${held.endedAt ?? ''}: ${held.endReason ?? ''}`]),
    ...(held.reviewDueAt === null
      ? []
      : [`Review: ${reviewWords(held)}${held.reviewOutcome === null ? '' : `: ${held.reviewOutcome}`}`]),
    ...unsigned.map(
      ({ kind, names }) =>
        `To be signed by somebody else: patchline emergency sign ${emergencyId} --${kind}${kind === 'window' ? '' : ` ${names}`} --reason …`,
    ),
  ];
  return lines.map(clean).join('\n');
}
