// `patchline patch history|failed-tests|fixed-later` and `patchline incident`: what became of patches.

import type { Command } from 'commander';
import type { FixedLaterView, IncidentView, NeverAppliedView, PatchHistoryView } from '../api/contract/index.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

export function patchHistoryCommands(patch: Command, shell: Shell): void {
  patch
    .command('history <patch>')
    .description('the life of one patch: tests, decisions, outcomes, incidents, every change')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: { json?: boolean }) => {
      const view = await shell.client().get<PatchHistoryView>(`/v1/patches/${encodeURIComponent(patchId)}/history`);
      show({ json: options.json ?? false }, view, () => describe(view));
    });

  patch
    .command('failed-tests')
    .description('patches that failed for a category and were never applied there')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const rows = await shell.client().get<NeverAppliedView[]>('/v1/reports/failed-tests');
      show({ json: options.json ?? false }, rows, () =>
        table(
          ['Patch', 'Category', 'Failed', 'When', 'Why', 'Stage'],
          rows.map((row) => {
            const last = row.failures.at(-1);
            return [
              row.patchId,
              row.category,
              `${row.failures.length}×`,
              last?.at ?? '',
              last?.reasons.join('; ') ?? '',
              row.stage,
            ];
          }),
        ),
      );
    });

  patch
    .command('fixed-later')
    .description('patches that failed, then were fixed and applied: why, how, when')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const rows = await shell.client().get<FixedLaterView[]>('/v1/reports/fixed-later');
      show({ json: options.json ?? false }, rows, () =>
        table(
          ['Patch', 'Category', 'Failed', 'Why', 'Fixed by', 'How', 'Applied', 'Machines'],
          rows.map((row) => [
            row.patchId,
            row.category,
            row.failures.at(-1)?.at ?? '',
            row.failures.at(-1)?.reasons.join('; ') ?? '',
            row.fix,
            row.how,
            row.appliedAt,
            String(row.machines),
          ]),
        ),
      );
    });
}

function describe(view: PatchHistoryView): string {
  return [
    `${view.patchId}  ${clean(view.title)}`,
    `${view.classification}, ${view.severity}${view.exploited ? ', exploited' : ''}, ${view.cves.length} CVEs; restart ${view.restart}; ${view.uninstall}`,
    `From ${view.source.channel} ${view.source.document} (revision ${view.source.revision}), first seen ${view.firstSeenAt}; needed by ${view.needed} machines now`,
    `Supersedes ${view.supersedes.join(', ') || 'nothing'}; superseded by ${view.supersededBy.join(', ') || 'nothing'}`,
    `Stage ${view.stage}: ${clean(view.stageDetail)}`,
    'Categories',
    table(
      ['Category', 'Test', 'Authorization', 'By', 'Why', 'Production'],
      view.categories.map((one) => [
        one.category,
        one.test === null ? 'none' : `${one.test.verdict} ${one.test.at}`,
        one.authorization,
        one.decidedBy ?? '',
        one.justification?.slice(0, 120) ?? '',
        Object.entries(one.outcomes)
          .map(([state, machines]) => `${machines} ${state}`)
          .join(', '),
      ]),
    ),
    'Rollbacks',
    table(
      ['Machine', 'When', 'Cause', 'Why', 'How'],
      view.rollbacks.map((one) => [one.vmName, one.at, one.cause ?? '', one.why, one.how]),
    ),
    'Incidents',
    incidentTable(view.incidents),
    'Every change',
    table(
      ['When', 'Who', 'What', 'Why'],
      view.timeline.map((event) => [event.at, event.who, event.what, event.why.slice(0, 120)]),
    ),
  ].join('\n');
}

interface AddOptions {
  patch?: string;
  vm?: string;
  provider: string;
  number: string;
  title: string;
  opened?: string;
  note?: string;
  link?: string[];
  json?: boolean;
}

export function incidentCommands(program: Command, shell: Shell): void {
  const incident = program.command('incident').description('cases with the vendor or another provider');

  incident
    .command('add')
    .description('write down a case that was opened')
    .requiredOption('--number <text>', 'the provider’s number of the case')
    .requiredOption('--title <text>', 'what it is about')
    .option('--patch <id>', 'the patch that it is about')
    .option('--vm <name>', 'the machine that it is about')
    .option('--provider <name>', 'with whom', 'Microsoft')
    .option('--opened <instant>', 'when; now when left out')
    .option('--note <text>', 'a first note')
    .option('--link <url...>', 'where more is written')
    .option('--json', 'print JSON')
    .action(async (options: AddOptions) => {
      const made = await shell.client().post<IncidentView>('/v1/incidents', {
        patchId: options.patch ?? null,
        vm: options.vm ?? null,
        provider: options.provider,
        number: options.number,
        title: options.title,
        openedAt: options.opened ?? null,
        note: options.note ?? null,
        links: options.link ?? [],
      });
      show({ json: options.json ?? false }, made, () => `${made.incidentId}: ${made.provider} ${made.number} is open.`);
    });

  incident
    .command('list')
    .description('cases, newest first')
    .option('--patch <id>', 'only of this patch')
    .option('--open', 'only open ones')
    .option('--json', 'print JSON')
    .action(async (options: { patch?: string; open?: boolean; json?: boolean }) => {
      const query = new URLSearchParams();
      if (options.patch !== undefined) query.set('patchId', options.patch);
      if (options.open) query.set('open', 'true');
      const rows = (await shell.client().pages<IncidentView[]>(`/v1/incidents?${query.toString()}`)).flat();
      show({ json: options.json ?? false }, rows, () => incidentTable(rows));
    });

  incident
    .command('note <id> <text>')
    .description('add to a case')
    .option('--json', 'print JSON')
    .action(async (id: string, text: string, options: { json?: boolean }) => {
      const path = `/v1/incidents/${encodeURIComponent(id)}/notes`;
      const after = await shell.client().post<IncidentView>(path, { text });
      show({ json: options.json ?? false }, after, () => `${after.number}: ${after.notes.length} notes.`);
    });

  incident
    .command('close <id>')
    .description('close a case with its outcome')
    .requiredOption('--outcome <text>', 'how it ended')
    .option('--fix <kind>', 'what made the patch usable: rerelease, workaround, configuration, newerPatch')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { outcome: string; fix?: string; json?: boolean }) => {
      const body = { outcome: options.outcome, fix: options.fix ?? null };
      const after = await shell.client().post<IncidentView>(`/v1/incidents/${encodeURIComponent(id)}/closing`, body);
      show({ json: options.json ?? false }, after, () => `${after.number} is closed.`);
    });
}

function incidentTable(incidents: IncidentView[]): string {
  return table(
    ['Id', 'Provider', 'Number', 'Patch', 'Title', 'Opened', 'Closed', 'Outcome', 'Fix'],
    incidents.map((one) => [
      one.incidentId,
      one.provider,
      one.number,
      one.patchId ?? '',
      one.title,
      one.openedAt,
      one.closedAt ?? 'open',
      one.outcome ?? '',
      one.fix ?? '',
    ]),
  );
}
