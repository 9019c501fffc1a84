// `patchline baseline`: what machines should be, and whether they are.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type { AdviceView, BaselineView, ComplianceView, CycleView, DifferenceView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';
import { restorationCommands } from './restoration.js';
import { untilEnded } from './waiting.js';

interface Json {
  json?: boolean;
}

export function baselineCommands(program: Command, shell: Shell): void {
  const baseline = program.command('baseline').description('what machines should be, and whether they are');
  writingCommands(baseline, shell);
  readingCommands(baseline, shell);
  restorationCommands(baseline, shell);
}

function writingCommands(baseline: Command, shell: Shell): void {
  const draft = async (name: string, body: object, options: Json): Promise<void> => {
    const made = await shell.client().post<BaselineView>('/v1/baselines', { name, ...body });
    show({ json: options.json ?? false }, made, () => `${made.name} ${made.version} is a draft.\n${describe(made)}`);
  };

  baseline
    .command('capture <name>')
    .description('a draft from golden machines, one for each operating system')
    .requiredOption('--from <machines...>', 'the golden machines')
    .requiredOption('--reason <text>', 'why')
    .option('--category <name>', 'whose baseline; every category’s when left out')
    .option('--json', 'print JSON')
    .action(async (name: string, options: Json & { from: string[]; reason: string; category?: string }) =>
      draft(name, { from: options.from, reason: options.reason, category: options.category ?? null }, options),
    );

  baseline
    .command('write <name> <file>')
    .description(
      'a draft written by hand, in YAML: systems, software, forbiddenSoftware, requiredPatches, forbiddenPatches',
    )
    .requiredOption('--reason <text>', 'why')
    .option('--category <name>', 'whose baseline; every category’s when left out')
    .option('--json', 'print JSON')
    .action(async (name: string, file: string, options: Json & { reason: string; category?: string }) =>
      draft(
        name,
        { content: await contentOf(file), reason: options.reason, category: options.category ?? null },
        options,
      ),
    );

  for (const [verb, to] of [
    ['tested', 'tested'],
    ['approve', 'approved'],
    ['retire', 'retired'],
  ] as const) {
    baseline
      .command(`${verb} <name> <version>`)
      .description(`a version becomes ${to}`)
      .requiredOption('--reason <text>', 'why')
      .option('--json', 'print JSON')
      .action(async (name: string, version: string, options: Json & { reason: string }) => {
        const path = `/v1/baselines/${encodeURIComponent(name)}/${encodeURIComponent(version)}/status`;
        const after = await shell.client().post<BaselineView>(path, { to, reason: options.reason });
        show({ json: options.json ?? false }, after, () => `${after.name} ${after.version} is ${after.status}.`);
      });
  }
}

function readingCommands(baseline: Command, shell: Shell): void {
  baseline
    .command('show [name]')
    .description('baselines and their versions')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, options: Json) => {
      const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
      const all = await shell.client().get<BaselineView[]>(`/v1/baselines${query}`);
      show({ json: options.json ?? false }, all, () => all.map(describe).join('\n\n') || 'There is no baseline.');
    });

  baseline
    .command('diff <name> <from> <to>')
    .description('what differs between two versions')
    .option('--json', 'print JSON')
    .action(async (name: string, from: string, to: string, options: Json) => {
      const query = new URLSearchParams({ from, to }).toString();
      const path = `/v1/baselines/${encodeURIComponent(name)}/differences?${query}`;
      const rows = await shell.client().get<DifferenceView[]>(path);
      show(
        { json: options.json ?? false },
        rows,
        () =>
          rows
            .map((row) => clean(`${row.part}: ${row.before ?? 'not said'} → ${row.after ?? 'not said'}`))
            .join('\n') || 'Nothing differs.',
      );
    });

  baseline
    .command('advise')
    .description('does one baseline fit the fleet, or one per category?')
    .option('--json', 'print JSON')
    .action(async (options: Json) => {
      const advice = await shell.client().get<AdviceView>('/v1/baselines/advice');
      show({ json: options.json ?? false }, advice, () => describeAdvice(advice));
    });

  baseline
    .command('compliance')
    .description('each machine against its baseline, item by item, and what drifted since the audit before')
    .option('--category <name>', 'only of this category')
    .option('--environment <name>', 'production or staging')
    .option('--vm <name>', 'only this machine')
    .option('--audit', 'audit the fleet first')
    .option('--all', 'also items that comply')
    .option('--json', 'print JSON')
    .action(async (options: ComplianceOptions) => {
      if (options.audit) await auditNow(shell);
      const query = new URLSearchParams();
      for (const key of ['category', 'environment', 'vm'] as const) {
        const value = options[key];
        if (value !== undefined) query.set(key, value);
      }
      const rows = (await shell.client().pages<ComplianceView[]>(`/v1/compliance?${query.toString()}`)).flat();
      show({ json: options.json ?? false }, rows, () => describeCompliance(rows, options.all ?? false));
    });
}

interface ComplianceOptions extends Json {
  category?: string;
  environment?: string;
  vm?: string;
  audit?: boolean;
  all?: boolean;
}

async function auditNow(shell: Shell): Promise<void> {
  const client = shell.client();
  const path = '/v1/compliance/audits';
  const view = await untilEnded(client, path, await client.post<CycleView>(path, {}));
  if (view.status !== 'COMPLETED')
    throw new CliFailure(`the audit ended as ${view.status}: ${view.problem ?? '?'}`, exitCodes.failed);
}

async function contentOf(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'), { maxAliasCount: 50 }) as unknown;
  } catch (failure) {
    throw new CliFailure(
      `${file} is no YAML that can be read: ${failure instanceof Error ? failure.message : ''}`,
      exitCodes.usage,
    );
  }
}

function describe({ name, version, category, status, author, at, reason, content }: BaselineView): string {
  const systems = Object.entries(content.systems).map(
    ([system, build]) => `${system}${build === null ? '' : ` from ${build}`}`,
  );
  const software = content.software.map(
    (one) =>
      `${one.name} ${one.version === null ? '(any)' : `${one.match === 'exact' ? '=' : '≥'} ${one.version}`}${on(one)}`,
  );
  return clean(
    [
      `${name} ${version}, ${status}, for ${category ?? 'every category'}: ${reason} (${author}, ${at})`,
      `  systems: ${systems.join(', ') || 'any'}`,
      `  software: ${software.join(', ') || 'any'}; forbidden: ${content.forbiddenSoftware.join(', ') || 'none'}`,
      `  patches: ${content.requiredPatches.map((one) => `${one.patchId}${on(one)}`).join(', ') || 'any'}; forbidden: ${content.forbiddenPatches.join(', ') || 'none'}`,
    ].join('\u2028'),
  ).replaceAll('\u2028', '\n');
}

function on({ system }: { system: string | null }): string {
  return system === null ? '' : ` on ${system}`;
}

const advised = {
  one: 'One baseline fits the whole fleet.',
  perCategory: 'One baseline per category fits the fleet better.',
  unknown: 'Nothing can be advised yet.',
};

function describeAdvice({ advise, reasons, categories }: AdviceView): string {
  return [
    advised[advise],
    ...reasons.map((reason) => clean(`  ${reason}`)),
    table(
      ['Category', 'Machines', 'Systems', 'On all of them', 'On some'],
      categories.map((one) => [
        one.category,
        String(one.machines),
        one.systems.join(', '),
        one.common.join(', '),
        one.varying.join(', '),
      ]),
    ),
  ].join('\n');
}

function describeCompliance(rows: ComplianceView[], all: boolean): string {
  const compliant = rows.filter((row) => row.compliant).length;
  return [
    table(
      ['Machine', 'Baseline', 'Item', 'Verdict', 'Wanted', 'Found', 'Was'],
      rows.flatMap((row) =>
        row.items
          .filter((item) => all || item.verdict !== 'compliant')
          .map((item) => [
            row.vmName,
            `${row.baseline} ${row.version}`,
            `${item.kind} ${item.name}`,
            item.waived === undefined ? item.verdict : `${item.verdict}, waived: ${item.waived}`,
            item.wanted,
            item.found ?? '',
            row.drift.find((one) => one.item.kind === item.kind && one.item.name === item.name)?.was ?? '',
          ]),
      ),
    ),
    rows.length === 0
      ? 'Nothing was audited yet: --audit does, once a baseline is approved.'
      : `${compliant} of ${rows.length} machines comply.`,
  ].join('\n');
}
