// `patchline inventory` and what one machine has, had, and why it is where it is.

import type { Command } from 'commander';
import type {
  CategoryView,
  ComparisonView,
  CycleView,
  FactView,
  InventoryView,
  VmHistoryView,
  VmSoftwareView,
} from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';
import { untilEnded } from './waiting.js';

export function inventoryCommands(program: Command, shell: Shell): void {
  const inventory = program.command('inventory').description('the fleet, and when it was last looked at');

  inventory
    .command('list', { isDefault: true })
    .description('machines of an environment, or both side by side')
    .option('--environment <which>', 'production, staging or compare')
    .option('--json', 'print JSON')
    .action(async (options: { environment?: string; json?: boolean }) => {
      const { environment } = options;
      const output = { json: options.json ?? false };
      if (environment === 'compare') {
        const view = await shell.client().get<ComparisonView>('/v1/inventory/comparison');
        show(output, view, () => describeComparison(view));
        return;
      }
      if (environment !== undefined && environment !== 'production' && environment !== 'staging')
        throw new CliFailure('--environment must be production, staging or compare', exitCodes.usage);
      const query = environment === undefined ? '' : `?environment=${environment}`;
      const pages = await shell.client().pages<InventoryView>(`/v1/inventory${query}`);
      const view = {
        refreshedAt: oldest(pages.map((page) => page.refreshedAt)),
        collectedAt: oldest(pages.map((page) => page.collectedAt)),
        machines: pages.flatMap((page) => page.machines),
      };
      show(output, view, () => describeInventory(view));
    });

  inventory
    .command('sync')
    .description('list the fleet and ask every guest now')
    .option('--wait', 'wait until all were asked')
    .option('--json', 'print JSON')
    .action(async (options: { wait?: boolean; json?: boolean }) => {
      const client = shell.client();
      const path = '/v1/inventory/synchronisations';
      const asked = await client.post<CycleView>(path, {});
      const view = options.wait ? await untilEnded(client, path, asked) : asked;
      show(
        { json: options.json ?? false },
        view,
        () => `${view.workflowId}: ${view.status} ${JSON.stringify(view.result)}`,
      );
      if (view.status !== 'RUNNING' && view.status !== 'COMPLETED')
        throw new CliFailure(`the inventory ended as ${view.status}: ${view.problem ?? '?'}`, exitCodes.failed);
    });
}

function oldest(instants: (string | null)[]): string | null {
  return instants.filter((one) => one !== null).sort()[0] ?? null;
}

/** Beside `vm list` and `vm show`. */
export function machineCommands(vm: Command, shell: Shell): void {
  vm.command('history <name>')
    .description('every patch since it was provisioned, whoever applied it; rollbacks; changes of the machine')
    .option('--after <place>', 'read on: the `next` of an earlier answer')
    .option('--limit <n>', 'at most so many patches', '200')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { after?: string; limit: string; json?: boolean }) => {
      const query = new URLSearchParams({ limit: options.limit });
      if (options.after !== undefined) query.set('after', options.after);
      const path = `/v1/vms/${encodeURIComponent(name)}/history?${query.toString()}`;
      const view = await shell.client().get<VmHistoryView>(path);
      show({ json: options.json ?? false }, view, () => describeHistory(view));
    });

  vm.command('software <name>')
    .description('what is installed in it')
    .option('--gone', 'also what is no longer there')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { gone?: boolean; json?: boolean }) => {
      const path = `/v1/vms/${encodeURIComponent(name)}/software?gone=${options.gone ?? false}`;
      const view = await shell.client().get<VmSoftwareView>(path);
      show({ json: options.json ?? false }, view, () => describeSoftware(view));
    });

  vm.command('why-category <name>')
    .description('why it is in its category and environment: every rule with every condition')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const view = await shell.client().get<CategoryView>(`/v1/vms/${encodeURIComponent(name)}/category`);
      show({ json: options.json ?? false }, view, () => describeCategory(view));
    });

  vm.command('set <name> <fact> [value]')
    .description(
      'say what a machine is: owner, role, function, businessCriticality, securityLevel; no value takes it back',
    )
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(
      async (name: string, fact: string, value: string | undefined, options: { reason: string; json?: boolean }) => {
        const body = { name: fact, value: value ?? null, reason: options.reason };
        const facts = await shell.client().post<FactView[]>(`/v1/vms/${encodeURIComponent(name)}/facts`, body);
        show({ json: options.json ?? false }, facts, () => factTable(facts));
      },
    );
}

export function factTable(facts: FactView[]): string {
  return table(
    ['Fact', 'Counts', 'Said by'],
    facts.map((fact) => [
      fact.name,
      `${fact.value ?? 'unknown'}${fact.disagree ? ' (DISAGREE)' : ''}`,
      fact.told.map((one) => `${one.by ?? one.source}: ${one.value} (${one.at})`).join('; '),
    ]),
  );
}

function describeInventory({ refreshedAt, collectedAt, machines }: InventoryView): string {
  return [
    table(
      ['Machine', 'Environment', 'Category', 'OS', 'Build', 'Owner', 'Critical', 'Needs', 'Guest told'],
      machines.map((one) => [
        one.name,
        one.environment,
        one.category ?? 'NONE',
        one.osName ?? '?',
        one.build ?? '?',
        one.owner ?? '?',
        one.businessCriticality ?? '?',
        `${one.missing}${one.waived > 0 ? ` (${one.waived} waived)` : ''}`,
        one.stale === null ? (one.collectedAt ?? '') : `STALE: ${one.stale}`,
      ]),
    ),
    `Listed from Azure at ${refreshedAt ?? 'no time'} or later; guests asked at ${collectedAt ?? 'no time'} or later.`,
  ].join('\n');
}

function describeComparison({ refreshedAt, collectedAt, categories }: ComparisonView): string {
  const counts = (held: Record<string, number>) =>
    Object.entries(held)
      .map(([name, machines]) => `${machines}× ${name}`)
      .join(', ');
  return [
    table(
      ['Category', 'Production', 'Staging', 'No twin in staging', 'Software only in production', 'Only in staging'],
      categories.map((one) => [
        one.category ?? 'NONE',
        `${one.production.machines}: ${counts(one.production.builds)}`,
        `${one.staging.machines}: ${counts(one.staging.builds)}`,
        counts(one.withoutTwin),
        one.softwareOnlyInProduction.join(', '),
        one.softwareOnlyInStaging.join(', '),
      ]),
    ),
    `Listed from Azure at ${refreshedAt ?? 'no time'} or later; guests asked at ${collectedAt ?? 'no time'} or later.`,
  ].join('\n');
}

const sources = {
  patchline: 'Patchline',
  outOfBand: 'OUT OF BAND',
  byHand: 'by hand',
  before: 'before Patchline, not tested here',
};

function describeHistory(view: VmHistoryView): string {
  return [
    `${view.name}, known since ${view.firstSeenAt}`,
    table(
      ['When', 'Patch', 'Ended', 'By', 'Test', 'Decided by', 'Why'],
      view.applied.map((row) => [
        row.at,
        row.patchId,
        row.state,
        sources[row.source],
        row.testedAt === null ? '' : `${row.testOutcome ?? ''} ${row.testedAt}`,
        row.decidedBy ?? '',
        row.reason ?? '',
      ]),
    ),
    ...(view.next === null ? [] : [`More: --after ${JSON.stringify(view.next)}`]),
    'Rollbacks',
    table(
      ['When', 'Unwound', 'Cause', 'Why', 'How'],
      view.rollbacks.map((one) => [one.at, one.patches.join(', '), one.cause ?? '', one.why, one.how]),
    ),
    'Changes',
    table(
      ['When', 'Who', 'What', 'Why'],
      view.changes.map((event) => [event.at, event.who, event.what, event.why.slice(0, 120)]),
    ),
  ].join('\n');
}

function describeSoftware(view: VmSoftwareView): string {
  return [
    table(
      ['Software', 'Version', 'From', 'First seen', 'Last seen', 'Gone'],
      view.software.map((one) => [
        one.name,
        one.version,
        one.source,
        one.firstSeenAt,
        one.lastSeenAt,
        one.goneAt ?? '',
      ]),
    ),
    `Administrators: ${clean(view.administrators.join(', ')) || 'none told'}`,
    view.stale === null ? `Asked ${view.collectedAt ?? ''}.` : `STALE: ${clean(view.stale)}`,
  ].join('\n');
}

function describeCategory(view: CategoryView): string {
  return [
    `${view.name}: ${view.environment} (${clean(view.environmentReason)})`,
    `Category ${view.category ?? 'NONE'}: ${clean(view.reason)}`,
    table(
      ['Category', 'Takes it', 'Conditions'],
      view.rules.map((rule) => [
        rule.category,
        rule.takes ? 'yes' : 'no',
        rule.conditions.map((one) => `${one.met ? '✓' : '✗'} ${one.condition}`).join('\n'),
      ]),
    ),
  ].join('\n');
}
