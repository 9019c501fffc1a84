// `patchline vm`, `patchline cycle`, `patchline status`, `patchline stop-all`.

import type { Command } from 'commander';
import type { CycleView, Status, VmDetail, VmSummary } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { factTable, machineCommands } from './inventory.js';
import { describeStanding } from './notice.js';
import { securityIssueCommands } from './securityIssues.js';
import type { Shell } from './shell.js';
import { clean, show, table } from './print.js';
import { untilEnded } from './waiting.js';

export function fleetCommands(program: Command, shell: Shell): void {
  program
    .command('status')
    .description('how things stand')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const status = await shell.client().get<Status>('/v1/status');
      show({ json: options.json ?? false }, status, () => describeStatus(status));
    });

  vmCommands(program, shell);
  cycleCommands(program, shell);

  program
    .command('stop-all')
    .description('stop every new installation until lifted (--lift)')
    .requiredOption('--reason <text>', 'why')
    .option('--lift', 'lift the standing stop')
    .option('--json', 'print JSON')
    .action(async (options: { reason: string; lift?: boolean; json?: boolean }) => {
      const answer = await shell
        .client()
        .post<{ stopped: boolean }>(options.lift ? '/v1/stop-all/lift' : '/v1/stop-all', { reason: options.reason });
      show({ json: options.json ?? false }, answer, () =>
        answer.stopped
          ? 'Stopped: no gate opens until the stop is lifted. Machines under way finish.'
          : 'The stop is lifted.',
      );
    });
}

function vmCommands(program: Command, shell: Shell): void {
  const vm = program.command('vm').description('machines');

  machineCommands(vm, shell);
  securityIssueCommands(vm, shell);

  vm.command('list')
    .description('every machine')
    .option('--environment <name>', 'production or staging')
    .option('--category <name>', 'one category')
    .option('--json', 'print JSON')
    .action(async (options: { environment?: string; category?: string; json?: boolean }) => {
      const query = new URLSearchParams();
      if (options.environment !== undefined) query.set('environment', options.environment);
      if (options.category !== undefined) query.set('category', options.category);
      const vms = (await shell.client().pages<VmSummary[]>(`/v1/vms?${query.toString()}`)).flat();
      show({ json: options.json ?? false }, vms, () =>
        table(
          ['Machine', 'Environment', 'Category', 'OS', 'Build', 'Needs', 'Due'],
          vms.map((one) => [
            one.name,
            one.environment,
            one.category ?? '—',
            one.osName ?? '?',
            one.build ?? '?',
            [...one.needed, ...one.waived.map(({ patchId, until }) => `${patchId} (waived until ${until})`)].join(', '),
            one.deadline === null ? '' : `${one.deadline} ${one.tier ?? ''}`,
          ]),
        ),
      );
    });

  vm.command('show <name>')
    .description('one machine: facts, sessions, history')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const one = await shell.client().get<VmDetail>(`/v1/vms/${encodeURIComponent(name)}`);
      show({ json: options.json ?? false }, one, () => describeVm(one));
    });
}

function cycleCommands(program: Command, shell: Shell): void {
  const cycle = program.command('cycle').description('patch cycles');
  cycle
    .command('start')
    .description('assess the fleet, start a lifecycle for each needed patch')
    .option('--month <id>', 'read this month of the MSRC first, e.g. 2026-Jun; without it what channels brought counts')
    .option('--wait', 'wait until the lifecycles are started')
    .option('--json', 'print JSON')
    .action(async (options: { month?: string; wait?: boolean; json?: boolean }) => {
      const client = shell.client();
      const asked = await client.post<CycleView>('/v1/cycles', { month: options.month ?? null });
      const view = options.wait ? await untilEnded(client, '/v1/cycles', asked) : asked;
      show({ json: options.json ?? false }, view, () => `${view.workflowId}: ${view.status}`);
      if (view.status !== 'RUNNING' && view.status !== 'COMPLETED')
        throw new CliFailure(
          `the cycle ended as ${view.status}: ${view.problem ?? 'its history tells why'}`,
          exitCodes.failed,
        );
    });
}

function describeStatus(status: Status): string {
  const stages = Object.entries(status.patches).map(([stage, count]) => `${count} ${stage}`);
  return [
    status.stopped === null
      ? 'Nothing is stopped.'
      : `STOPPED by ${status.stopped.by} at ${status.stopped.at}: ${clean(status.stopped.reason)}`,
    `${status.machines.production} production and ${status.machines.staging} staging machines, ${status.machines.uncategorised} in no category`,
    `Patches: ${stages.join(', ') || 'none known'}`,
    `${status.due.overdue === 0 ? 'Nothing is overdue' : `OVERDUE: ${status.due.overduePatches} patches, ${status.due.overdue} times on production machines`}; ${status.due.inDanger} near their deadline, the next at ${status.due.next ?? 'no date'} (patch due)`,
    `${status.awaitingDecision} decisions are awaited; ${status.runs.open} runs open, ${status.runs.planned} under way`,
    ...Object.entries(status.troubledChannels).map(([name, reason]) => clean(`Channel ${name}: ${reason}`)),
    ...describeStanding(status.notices),
    status.you === null ? '' : `You are ${status.you.name} (${status.you.roles.join(', ')}).`,
  ].join('\n');
}

function describeVm(vm: VmDetail): string {
  return [
    `${vm.name}, ${vm.environment} (${clean(vm.environmentReason)}), ${vm.category ?? 'no category'} (${clean(vm.categoryReason)})`,
    `${vm.osName ?? 'unknown OS'}, build ${vm.build ?? 'unknown'}, ${vm.power}; seen ${vm.seenAt}, guest asked ${vm.guestSeenAt ?? 'never'}`,
    `Needs: ${vm.needed.join(', ') || 'nothing'}${vm.deadline === null ? '' : `, the first due ${vm.deadline} (${vm.tier ?? ''})`}${vm.waived.map((one) => clean(`; ${one.patchId} waived until ${one.until}, by ${one.by ?? '?'}: ${one.reason}`)).join('')}; services ${vm.services.map((one) => `${one.name} ${one.running ? 'up' : 'DOWN'}`).join(', ') || 'never asked'}`,
    `Made from ${vm.image ?? 'a disk of its own'}, known since ${vm.firstSeenAt}${vm.joinedAt === null ? ', NEW: it goes last until it has caught up' : ''}; staging twins: ${vm.twins.join(', ') || 'NONE'}`,
    `Open CVEs: ${vm.openCves.length}${vm.openCves.length === 0 ? '' : ` (${vm.openCves.slice(0, 10).join(', ')}${vm.openCves.length > 10 ? ', …' : ''})`}`,
    ...vm.securityIssues.map((one) =>
      clean(`Security issue, ${one.severity}: ${one.title} (${one.foundBy}, ${one.foundAt})`),
    ),
    `Local administrators: ${clean(vm.administrators.join(', ')) || 'not known'}`,
    table(
      ['Role', 'Who', 'On', 'Since'],
      vm.access.map((one) => [one.role, `${one.principalType} ${one.principalId}`, one.scope, one.firstSeenAt]),
    ),
    factTable(vm.facts),
    'Sessions',
    table(
      ['Started', 'Run', 'Outcome', 'Detail'],
      vm.sessions.map((one) => [one.startedAt, one.runKey, one.outcome ?? 'running', one.detail]),
    ),
    'History',
    table(
      ['Patch', 'Run', 'State', 'Why'],
      vm.history.map((row) => [row.patchId, row.runKey, row.state, row.reason ?? '']),
    ),
  ].join('\n');
}
