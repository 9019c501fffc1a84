// `patchline channel`: who tells of patches and dangers, how each is, what it brought and left out.

import type { Command } from 'commander';
import type { z } from 'zod';
import type { ChannelDetailView, ChannelView } from '../api/contract/channels.js';
import type { CycleView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';
import { untilEnded } from './waiting.js';

type Channel = z.infer<typeof ChannelView>;
type Detail = z.infer<typeof ChannelDetailView>;

export function channelCommands(program: Command, shell: Shell): void {
  const channel = program.command('channel').description('channels that announce patches and dangers');

  channel
    .command('list')
    .description('every channel and how it is')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const channels = await shell.client().get<Channel[]>('/v1/channels');
      show({ json }, channels, () =>
        table(
          ['Channel', 'Kind', 'Health', 'Last success', 'Read every', 'Documents', 'Troubled', 'Skipped'],
          channels.map((one) => [
            one.name,
            one.kind,
            one.reason ?? one.health,
            one.succeededAt ?? '—',
            one.everyMinutes === null ? 'on demand' : `${one.everyMinutes} min`,
            String(one.documents),
            String(one.troubled),
            String(one.skipped.reduce((sum, skipped) => sum + skipped.count, 0)),
          ]),
        ),
      );
    });

  channel
    .command('show <name>')
    .description('one channel: its documents, what of them could not be taken and why')
    .option('--troubled', 'only documents that could not be taken')
    .option('--json', 'print JSON')
    .action(async (name: string, { troubled = false, json = false }: { troubled?: boolean; json?: boolean }) => {
      const path = `/v1/channels/${encodeURIComponent(name)}?troubled=${String(troubled)}`;
      const pages = await shell.client().pages<Detail>(path);
      const [first] = pages;
      if (first === undefined) throw new CliFailure(`channel ${name} was not answered`, exitCodes.failed);
      const whole = { channel: first.channel, documents: pages.flatMap((page) => page.documents) };
      show({ json }, whole, () => describe(whole));
    });

  channel
    .command('sync <name>')
    .description('read a channel now')
    .option('--wait', 'wait until it was read, and tell what came of it')
    .option('--json', 'print JSON')
    .action(async (name: string, { wait = false, json = false }: { wait?: boolean; json?: boolean }) => {
      const client = shell.client();
      const path = `/v1/channels/${encodeURIComponent(name)}/visits`;
      const asked = await client.post<CycleView>(path, {});
      const view = wait ? await untilEnded(client, path, asked) : asked;
      show({ json }, view, () => told(name, view));
      const problem = problemOf(view);
      if (problem !== null) throw new CliFailure(clean(`${name}: ${problem}`), exitCodes.failed);
    });
}

interface Visit {
  read: number;
  added: number;
  revised: number;
  risks: number;
  troubled: number;
  problem: string | null;
  health: string;
}

function problemOf(view: CycleView): string | null {
  if (view.problem !== null) return view.problem;
  const visit = view.result as Visit | null;
  return visit === null || visit.health === 'healthy' ? null : visit.health;
}

function told(name: string, view: CycleView): string {
  const visit = view.result as Visit | null;
  if (visit === null) return `${name} is being read: \`patchline channel show ${name}\` tells what came of it.`;
  return clean(
    `${name}: ${visit.read} documents read, ${visit.added} patches new, ${visit.revised} changed, facts of ${visit.risks} CVEs changed` +
      (visit.troubled === 0 ? '' : `; ${visit.troubled} documents could not be taken: ${visit.problem ?? ''}`),
  );
}

const shownMax = 40;

function describe({ channel, documents }: Detail): string {
  const head = [
    `${channel.name} (${channel.kind}): ${channel.reason ?? channel.health}`,
    `Read at ${channel.url}, ${channel.everyMinutes === null ? 'when somebody asks' : `every ${channel.everyMinutes} minutes`}`,
    `Tried ${channel.triedAt ?? 'never'}, succeeded ${channel.succeededAt ?? 'never'}, brought something new ${channel.changedAt ?? 'never'}`,
    ...channel.skipped.map((one) => `Left out ${one.count}: ${one.reason}, e.g. ${one.examples.join(', ')}`),
  ];
  const rows = documents.map((one) => [
    one.id,
    one.readAt ?? 'never',
    String(one.weight),
    String(one.patches),
    one.skipped.map((skipped) => `${skipped.count} ${skipped.reason}`).join('; ') || '—',
    one.problem ?? '',
  ]);
  return [
    ...head.map(clean),
    table(['Document', 'Read', 'Holds', 'Patches', 'Skipped', 'Problem'], rows.slice(0, shownMax)),
    ...(rows.length > shownMax ? [`and ${rows.length - shownMax} more: --json tells all`] : []),
  ].join('\n');
}
