// `patchline policy`: what governs, planned and applied like any other change; `check` and `schema` need no running system.

import { relative } from 'node:path';
import type { Command } from 'commander';
import { readSources, PolicyError, parseSources } from '../adapters/policy/loadPolicy.js';
import { policyJsonSchema } from '../adapters/policy/schema.js';
import type { PolicyPlan, PolicyText, PolicyVersionView } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface Json {
  json?: boolean;
}

export function policyCommands(program: Command, shell: Shell): void {
  const policy = program.command('policy').description('the rules in force, and their changes');
  offlineCommands(policy);

  policy
    .command('plan <path>')
    .description('what a policy file, or a folder of them, would change; exit code 0 in any case that is valid')
    .option('--json', 'print JSON')
    .action(async (path: string, options: Json) => {
      const plan = await planOf(shell, path);
      show({ json: options.json ?? false }, plan, () => describePlan(plan));
      if (plan.problems.length > 0) process.exitCode = exitCodes.failed;
    });

  policy
    .command('apply <path>')
    .description('make it so; a guarded change then awaits a second person')
    .requiredOption('--reason <text>', 'why')
    .option('--json', 'print JSON')
    .action(async (path: string, options: Json & { reason: string }) => {
      const plan = await planOf(shell, path);
      if (plan.problems.length > 0) throw new CliFailure(describePlan(plan), exitCodes.failed);
      const made = await shell.client().post<PolicyVersionView>('/v1/policy/versions', {
        sources: await sourcesOf(path),
        basedOn: plan.basedOn,
        reason: options.reason,
      });
      show({ json: options.json ?? false }, made, () => `${describePlan(plan)}\n${standing(made)}`);
    });

  for (const [verb, accept] of [
    ['accept', true],
    ['reject', false],
  ] as const) {
    policy
      .command(`${verb} <seq>`)
      .description(`${verb} a proposed policy, as the second person`)
      .requiredOption('--reason <text>', 'why')
      .option('--json', 'print JSON')
      .action(async (seq: string, options: Json & { reason: string }) => {
        const path = `/v1/policy/versions/${encodeURIComponent(seq)}/settlement`;
        const settled = await shell.client().post<PolicyVersionView>(path, { accept, reason: options.reason });
        show({ json: options.json ?? false }, settled, () => standing(settled));
      });
  }

  policy
    .command('versions')
    .description('every policy that was proposed, newest first')
    .option('--json', 'print JSON')
    .action(async (options: Json) => {
      const versions = await shell.client().get<PolicyVersionView[]>('/v1/policy/versions');
      show({ json: options.json ?? false }, versions, () =>
        table(
          ['#', 'Status', 'Author', 'When', 'Why', 'Guarded', 'Second person'],
          versions.map((one) => [
            String(one.seq),
            one.status,
            one.author,
            one.at,
            one.reason,
            one.guarded.join(', '),
            one.secondBy === null ? '' : `${one.secondBy}: ${one.secondReason ?? ''}`,
          ]),
        ),
      );
    });

  policy
    .command('show [seq]')
    .description('the policy in force, or an earlier one, as it was written')
    .option('--json', 'print JSON')
    .action(async (seq: string | undefined, options: Json) => {
      const path = seq === undefined ? '/v1/policy' : `/v1/policy/versions/${encodeURIComponent(seq)}`;
      const held = await shell.client().get<PolicyText>(path);
      show({ json: options.json ?? false }, held, () => held.sources.map((one) => one.text).join('\n'));
    });
}

function offlineCommands(policy: Command): void {
  policy
    .command('check <path>')
    .description('is it valid? needs no running system: for pipelines')
    .option('--json', 'print JSON')
    .action(async (path: string, options: Json) => {
      const problems = await readSources(path)
        .then((sources) => {
          parseSources(sources);
          return [];
        })
        .catch((failure: unknown) => {
          if (failure instanceof PolicyError) return failure.problems;
          throw failure;
        });
      show({ json: options.json ?? false }, { valid: problems.length === 0, problems }, () =>
        problems.length === 0 ? `${path} is valid.` : problems.map(place).join('\n'),
      );
      if (problems.length > 0) process.exitCode = exitCodes.failed;
    });

  policy
    .command('schema')
    .description('the JSON Schema of a policy, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    });
}

/** Places are told as whoever calls would write them. */
async function sourcesOf(path: string): Promise<{ file: string; text: string }[]> {
  const sources = await readSources(path).catch((failure: unknown) => {
    if (failure instanceof PolicyError) throw new CliFailure(failure.message, exitCodes.failed);
    throw failure;
  });
  return sources.map(({ file, text }) => ({ file: relative(process.cwd(), file) || file, text }));
}

async function planOf(shell: Shell, path: string): Promise<PolicyPlan> {
  return shell.client().post<PolicyPlan>('/v1/policy/plan', { sources: await sourcesOf(path) });
}

function place({ file, line, path, message }: PolicyPlan['problems'][number]): string {
  return clean(`${file}:${line}: ${path}: ${message}`);
}

const signs = { added: '+', removed: '-', changed: '~' };

function describePlan(plan: PolicyPlan): string {
  if (plan.problems.length > 0) return plan.problems.map(place).join('\n');
  if (plan.changes.length === 0) return `Nothing changes: version ${plan.basedOn}, which is in force, says the same.`;
  const guarded = plan.changes.filter((change) => change.guarded !== null).length;
  return [
    ...plan.changes.map((change) => {
      const values =
        change.kind === 'changed'
          ? `${told(change.before)} → ${told(change.after)}`
          : told(change.kind === 'added' ? change.after : change.before);
      return clean(
        `${signs[change.kind]} ${change.path}: ${values}${change.guarded === null ? '' : `  [second person: ${change.guarded}]`}`,
      );
    }),
    ...plan.moved.map((one) => clean(`! ${one.name} moves from ${one.before} to ${one.after}`)),
    ...plan.empty.map((name) => clean(`! category ${name} catches no machine`)),
    `${plan.changes.length} changes to version ${plan.basedOn}, ${plan.moved.length} machines move; ${guarded === 0 ? 'one person may apply it' : `${guarded} of them need a second person`}.`,
  ].join('\n');
}

function told(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function standing({ seq, status, guarded }: PolicyVersionView): string {
  if (status === 'applied') return `Policy ${seq} is in force.`;
  if (status === 'rejected') return `Policy ${seq} is rejected.`;
  return `Policy ${seq} awaits a second person (${guarded.join(', ')}): \`patchline policy accept ${seq} --reason …\`.`;
}
