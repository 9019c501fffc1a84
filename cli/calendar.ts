// `patchline calendar`: what is coming for a category, and an address for calendar programs.

import type { Command } from 'commander';
import type { z } from 'zod';
import type { CalendarEntryView, NewSubscriptionView, SubscriptionView } from '../api/contract/calendar.js';
import { CliFailure, exitCodes } from './client.js';
import { show, table } from './print.js';
import type { Shell } from './shell.js';

interface Options {
  category?: string;
  days: string;
  subscribe?: boolean;
  subscriptions?: boolean;
  revoke?: string;
  json?: boolean;
}

export function calendarCommand(program: Command, shell: Shell): void {
  program
    .command('calendar')
    .description('windows, freezes and planned maintenance of a category')
    .option('--category <name>', 'of this category')
    .option('--days <number>', 'how far ahead', '60')
    .option('--subscribe', 'make an address that a calendar program can read')
    .option('--subscriptions', 'your subscriptions; an administrator sees everybody’s')
    .option('--revoke <id>', 'end a subscription')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      if (options.subscriptions) return list(shell, options);
      if (options.revoke !== undefined) return revoke(shell, options, options.revoke);
      if (options.category === undefined) throw new CliFailure('--category says of which category', exitCodes.usage);
      return options.subscribe
        ? subscribe(shell, options, options.category)
        : entries(shell, options, options.category);
    });
}

async function entries(shell: Shell, { days, json = false }: Options, category: string): Promise<void> {
  const query = new URLSearchParams({ category, days });
  const found = await shell.client().get<z.infer<typeof CalendarEntryView>[]>(`/v1/calendar?${query.toString()}`);
  show({ json }, found, () =>
    table(
      ['From', 'Until', 'What', 'Details', 'Status'],
      found.map((one) => [one.start, one.end, one.title, one.lines.join('; '), one.status]),
    ),
  );
}

async function subscribe(shell: Shell, { json = false }: Options, category: string): Promise<void> {
  const made = await shell
    .client()
    .post<z.infer<typeof NewSubscriptionView>>('/v1/calendar/subscriptions', { category });
  const url = `${shell.url()}${made.path}`;
  show({ json }, { ...made, url }, () =>
    [
      `Subscribe to ${url}`,
      `Whoever has the address may read it. \`patchline calendar --revoke ${made.subscriptionId}\` ends it.`,
    ].join('\n'),
  );
}

async function list(shell: Shell, { json = false }: Options): Promise<void> {
  const found = await shell.client().get<z.infer<typeof SubscriptionView>[]>('/v1/calendar/subscriptions');
  show({ json }, found, () =>
    table(
      ['Id', 'Category', 'Whose', 'Since', 'Revoked'],
      found.map((one) => [one.subscriptionId, one.category, one.person, one.createdAt, one.revokedAt ?? '—']),
    ),
  );
}

async function revoke(shell: Shell, { json = false }: Options, id: string): Promise<void> {
  const path = `/v1/calendar/subscriptions/${encodeURIComponent(id)}/revoke`;
  const ended = await shell.client().post<z.infer<typeof SubscriptionView>>(path, {});
  show({ json }, ended, () => `The subscription of ${ended.person} to ${ended.category} has ended.`);
}
