// `patchline decide`: one decision over everything of a category that waits, with exceptions.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { BundleView, WaitingBundle } from '../api/contract/decisionBundles.js';
import { CliFailure, exitCodes } from './client.js';
import { deferOptions, deferralIn, type DeferOptions } from './deferral.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

interface DecideOptions extends DeferOptions {
  justification?: string;
  except: string[];
  month?: string;
  for?: string;
  dryRun?: boolean;
  json?: boolean;
}

const verdicts = ['approve', 'defer', 'reject'];

export function decideCommands(program: Command, shell: Shell): void {
  const command = program
    .command('decide <category> [verdict]')
    .description(
      'approve, defer or reject everything of a category that waits, as one decision; without a verdict: show what waits',
    )
    .option('--justification <text>', 'why: at least ten characters')
    .option(
      '--except <exception>',
      'KB5070884=reject:why, KB5070884=defer@2026-12-01T00:00:00Z:why or KB5070884=leave (again for each); in place of the date also revision or knownIssue:ID, incident:ID, freeze:ID',
      (one: string, before: string[]) => [...before, one],
      [],
    )
    .option('--month <id>', 'only patches of this document of the vendor, such as 2025-Oct')
    .option('--for <person>', 'give the word of somebody who delegated it to you')
    .option('--dry-run', 'show exactly what would be signed; nothing is')
    .option('--json', 'print JSON')
    .action(async (category: string, verdict: string | undefined, options: DecideOptions) => {
      const json = options.json ?? false;
      const waiting = await waitingOf(shell, category, options.month);
      if (verdict === undefined) return show({ json }, waiting, () => describeWaiting(waiting));
      if (!verdicts.includes(verdict))
        throw new CliFailure(`the verdict must be ${verdicts.join(', ')}`, exitCodes.usage);
      if (waiting.requests.length === 0)
        throw new CliFailure(`Nothing of ${category} awaits a decision.`, exitCodes.failed);
      const bundle = await decide(shell, waiting, verdict, options);
      show({ json }, bundle, () => describeBundle(bundle));
      if (bundle.signature !== null && bundle.entries.some((entry) => entry.standing !== 'counts'))
        process.exitCode = exitCodes.failed;
    });

  deferOptions(command, 'with defer: ');

  program
    .command('bundle <id>')
    .description('a decision over many: what was signed, and which rollouts took it')
    .option('--send', 'tell the rollouts that have not heard of it (by whoever signed it)')
    .option('--json', 'print JSON')
    .action(async (id: string, { send = false, json = false }: { send?: boolean; json?: boolean }) => {
      const path = `/v1/decisions/bundles/${encodeURIComponent(id)}`;
      const client = shell.client();
      const bundle = await (send ? client.post<BundleView>(`${path}/sending`, {}) : client.get<BundleView>(path));
      show({ json }, bundle, () => describeBundle(bundle));
    });
}

function waitingOf(shell: Shell, category: string, month: string | undefined): Promise<WaitingBundle> {
  const query = new URLSearchParams({ category, ...(month === undefined ? {} : { month }) });
  return shell.client().get<WaitingBundle>(`/v1/decisions/waiting?${query.toString()}`);
}

async function decide(
  shell: Shell,
  waiting: WaitingBundle,
  verdict: string,
  options: DecideOptions,
): Promise<BundleView> {
  const bundleId = randomUUID();
  const path = `/v1/categories/${encodeURIComponent(waiting.category)}/decisions`;
  const order = {
    verdict,
    justification: options.justification ?? '',
    ...(verdict === 'defer' ? deferralIn(options) : {}),
    bundleDigest: waiting.bundleDigest,
    requests: waiting.requests.map(({ requestId, patchId, digest }) => ({ requestId, patchId, digest })),
    except: options.except.map(exceptionOf),
    ...(options.month === undefined ? {} : { month: options.month }),
    onBehalfOf: options.for ?? null,
    bundleId,
    dryRun: options.dryRun ?? false,
  };
  try {
    return await shell.client().post<BundleView>(path, order);
  } catch (failure) {
    // What was signed is kept: nobody signs it a second time because an answer was lost.
    if (failure instanceof CliFailure && failure.exitCode === exitCodes.unreachable && !order.dryRun)
      throw new CliFailure(`${failure.message} Later: patchline bundle ${bundleId} --send`, failure.exitCode);
    throw failure;
  }
}

const exceptionForm =
  /^([^=\s]+)=(defer|reject|leave)(?:@(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?|revision|[A-Za-z]+:[^:\s]+))?(?::(.*))?$/s;

function exceptionOf(text: string) {
  const [, patchId, verdict, until, justification = ''] = exceptionForm.exec(text) ?? [];
  if (patchId === undefined || verdict === undefined)
    throw new CliFailure(
      `--except ${clean(text)} must be KB…=reject:why, KB…=defer@2026-12-01T00:00:00Z:why or KB…=leave`,
      exitCodes.usage,
    );
  return { patchId, verdict, justification, ...(until === undefined ? {} : deferralIn(optionsOf(until))) };
}

function optionsOf(until: string): DeferOptions {
  if (until === 'revision') return { untilRevision: true };
  return /^\d/.test(until) ? { until } : { untilEvent: until };
}

function describeWaiting(waiting: WaitingBundle): string {
  const { downtimeMinutes: minutes } = waiting;
  return [
    table(
      [
        'Patch',
        'Title',
        'Tier',
        'Due',
        'Decide by',
        'Machines',
        'Minutes',
        'Restarts',
        'Known issues',
        'Since the last request',
      ],
      waiting.requests.map((one) => [
        one.patchId,
        one.title.slice(0, 60),
        one.tier ?? '',
        one.deadline ?? 'no date',
        one.expiresAt,
        String(one.machines),
        String(one.downtimeMinutes),
        String(one.reboots),
        String(one.knownIssues),
        one.since ?? '',
      ]),
    ),
    `${waiting.requests.length} requests, ${waiting.machines} machines, ${waiting.installations} installations; about ${minutes.longest} minutes where all go at once, ${minutes.sum} one after the other; interrupts ${waiting.services.map(clean).join(', ') || 'nothing known'}`,
    ...[...new Set(waiting.requests.flatMap(({ arrivals }) => arrivals ?? []))].map(clean),
    `The first is due ${waiting.deadline ?? 'at no date'}; decide by ${waiting.decideBy ?? 'any time'}. Digest ${waiting.bundleDigest}`,
  ].join('\n');
}

const standingWords = { counts: 'counts', refused: 'REFUSED', notSent: 'not sent' };

function describeBundle(bundle: BundleView): string {
  const isSigned = bundle.signature !== null;
  return [
    isSigned
      ? `Signed by ${bundle.by}${bundle.onBehalfOf === null ? '' : ` for ${bundle.onBehalfOf}`} at ${bundle.at} as ${bundle.bundleId}, SHA-256 ${bundle.digest}`
      : 'Nothing was signed. This would be:',
    table(
      ['Patch', 'Verdict', 'Deferred', 'Why', ...(isSigned ? ['Standing'] : []), 'Digest'],
      bundle.entries.map((one) => [
        one.patchId,
        one.verdict,
        one.deferred ?? '',
        one.justification.slice(0, 120),
        ...(isSigned ? [[standingWords[one.standing], ...one.reasons].join(': ')] : []),
        one.digest.slice(0, 12),
      ]),
    ),
    ...(isSigned ? [] : [`Text: ${clean(bundle.text)}`]),
    ...(isSigned && bundle.entries.some((one) => one.standing === 'notSent')
      ? [`Not all rollouts could be told: patchline bundle ${bundle.bundleId} --send`]
      : []),
  ].join('\n');
}
