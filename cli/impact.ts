// `patchline impact`: what installing a patch costs, as it was computed and as people see it.

import type { Command } from 'commander';
import type { ImpactEditReply, ImpactEditView, ImpactView } from '../api/contract/impact.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface Asked {
  category?: string;
  vm?: string;
  json?: boolean;
}

export function impactCommands(program: Command, shell: Shell): void {
  const impact = program.command('impact').description('what installing a patch costs, by category and machine');

  impact
    .command('show <patch>')
    .description('downtime, restarts, who is interrupted, what stays up, risk and the way back')
    .option('--category <name>', 'only of this category')
    .option('--vm <name>', 'of one machine as well')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { category, vm, json = false }: Asked) => {
      const query = new URLSearchParams();
      if (category !== undefined) query.set('category', category);
      if (vm !== undefined) query.set('vm', vm);
      const path = `/v1/patches/${encodeURIComponent(patchId)}/impact?${query.toString()}`;
      const views = await shell.client().get<ImpactView[]>(path);
      show({ json }, views, () => views.map(describe).join('\n\n'));
    });

  impact
    .command('edit <patch>')
    .description(
      'say what was not computed, or better; whoever edits it does not approve, and what waits is asked again',
    )
    .requiredOption('--category <name>', 'of which category')
    .option('--vm <name>', 'of one machine alone')
    .option('--downtime-minutes <n>', 'how long a machine will be away')
    .option('--note <text>', 'what whoever decides has to know')
    .requiredOption('--reason <text>', 'why it is so')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: EditOptions) => {
      const { category, vm = null, note = null, reason, json = false } = options;
      const body = { category, vm, downtimeMinutes: minutesIn(options.downtimeMinutes), note, reason };
      const path = `/v1/patches/${encodeURIComponent(patchId)}/impact`;
      const reply = await shell.client().post<ImpactEditReply>(path, body);
      show(
        { json },
        reply,
        () => `Noted.${reply.recalled ? ' What waited for a decision is asked again, with it.' : ''}`,
      );
    });
}

interface EditOptions {
  category: string;
  vm?: string;
  downtimeMinutes?: string;
  note?: string;
  reason: string;
  json?: boolean;
}

function minutesIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  const minutes = Number(text);
  if (text.trim() === '' || !Number.isFinite(minutes) || minutes <= 0)
    throw new CliFailure('--downtime-minutes must be a number above 0', exitCodes.usage);
  return minutes;
}

function describe(view: ImpactView): string {
  const { patchId, category, at, measured, machine, capacity, order, risk, rollback } = view;
  return [
    `${patchId} for ${category}, computed ${at}`,
    ...(machine === null ? [] : describeMachine(machine)),
    measured === null
      ? 'Nothing was measured in a test.'
      : `In the test: at most ${measured.minutes} minutes on ${measured.machines} machines, ${measured.restarts} restarts.`,
    table(
      ['System', 'Machines', 'Restart', 'Away for'],
      view.forecast.map((one) => [one.system, String(one.machines), one.restart, one.words]),
    ),
    ...view.edits.map(editLine),
    `Interrupts ${[...view.services, ...view.dependents.map(({ place, since }) => `${place} (needs ${since})`)].join(', ') || 'nothing known'}`,
    ...view.byMachine.map(({ name, dependents }) => `  ${name}: ${dependents.map(({ place }) => place).join(', ')}`),
    ...view.cycles.map((cycle) => `Each needs the other: ${cycle}`),
    ...(view.unknownNames.length === 0 ? [] : [`Tags name what is not there: ${view.unknownNames.join(', ')}`]),
    `Order: tier ${order.tier}, rings ${order.rings.join(' → ') || 'none'}; needs ${order.needs.join(', ') || 'nothing known'}`,
    ...order.problems.map((problem) => `  ${problem}`),
    `Capacity: ${capacity.words}`,
    ringTable(capacity.rings),
    ...capacity.services.map(({ name, up, of }) => `  service ${name}: ${up} of ${of} stay up`),
    `Without it: ${risk.notApplying.words.join('; ')}`,
    `With it: ${risk.applying.words.join('; ')}`,
    ...risk.applying.knownIssues.map(({ text, url }) => `  known issue: ${text} ${url ?? ''}`),
    rollback.impossible === null
      ? `Way back: restore point, ${rollback.words}; lost is ${rollback.lost}`
      : `Way back: ${rollback.impossible}; ${rollback.lost}`,
  ]
    .map((line) => (line.includes('\n') ? line : clean(line)))
    .join('\n');
}

function ringTable(rings: ImpactView['capacity']['rings']): string {
  return table(
    ['Ring', 'Machines', 'Waves', 'Out at once', 'Stay up', 'Smallest set', 'Zones up'],
    rings.map((ring) => [
      ring.ring,
      String(ring.machines),
      String(ring.waves),
      String(ring.outAtOnce),
      `${ring.up} of ${ring.of}`,
      ring.set === null ? '' : `${ring.set.name}: ${ring.set.up} of ${ring.set.of}`,
      ring.zones === null ? '' : `${ring.zones.up} of ${ring.zones.of}`,
    ]),
  );
}

function describeMachine(machine: NonNullable<ImpactView['machine']>): string[] {
  const { name, system, ring, restart, words, said, dependents } = machine;
  return [
    `${name}, ${system}, ring ${ring ?? 'not asked yet'}: restart ${restart}; away for ${words}`,
    ...(said === null ? [] : [editLine(said)]),
    ...(dependents.length === 0 ? [] : [`  needed by ${dependents.map(({ place }) => place).join(', ')}`]),
  ];
}

function editLine({ by, at, vmName, downtimeMinutes, note, reason }: ImpactEditView): string {
  const what = [...(downtimeMinutes === null ? [] : [`${downtimeMinutes} minutes`]), ...(note === null ? [] : [note])];
  return `  ${by} said${vmName === null ? '' : ` of ${vmName}`} at ${at}: ${what.join(', ')} (${reason})`;
}
