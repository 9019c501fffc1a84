// `patchline patch`: look at patches and decide on them.

import type { Command } from 'commander';
import type {
  ChainView,
  DecisionReply,
  DecisionView,
  PatchDetail,
  PatchSummary,
  PriorityView,
  RequestView,
  WithdrawalReply,
} from '../api/contract/index.js';
import { changeTable } from './change.js';
import { CliFailure, exitCodes } from './client.js';
import { deferOptions, deferralIn, type DeferOptions } from './deferral.js';
import { dueCommands, urgencyLines } from './due.js';
import { equivalenceLines } from './equivalence.js';
import { patchHistoryCommands } from './patchHistory.js';
import type { Shell } from './shell.js';
import { describeChain, describeLife, listNeverNeeded, listUnknown, patchLifeCommands } from './patchLife.js';
import { clean, show, table } from './print.js';
import { waiverTable } from './waiver.js';

interface DecideOptions extends DeferOptions {
  category?: string;
  justification?: string;
  digest?: string;
  for?: string;
}

export function patchCommands(program: Command, shell: Shell): void {
  const patch = program.command('patch').description('patches and decisions');

  patch
    .command('list')
    .description('every patch that is needed or under way (--all: every known one)')
    .option('--all', 'also patches that no machine needs')
    .option('--never-needed', 'patches that no machine ever needed')
    .option('--unknown', 'what machines need and no channel announced, with the machines')
    .option('--json', 'print JSON')
    .action(async (options: { all?: boolean; neverNeeded?: boolean; unknown?: boolean; json?: boolean }) => {
      if (options.neverNeeded) return listNeverNeeded(shell, options.json ?? false);
      if (options.unknown) return listUnknown(shell, options.json ?? false);
      const all = (await shell.client().pages<PatchSummary[]>('/v1/patches')).flat();
      const patches = options.all ? all : all.filter((one) => one.needed + one.waived > 0 || one.stage !== 'known');
      show({ json: options.json ?? false }, patches, () =>
        table(
          ['Patch', 'Severity', 'Tier', 'Due', 'Stage', 'Machines', 'Detail'],
          patches.map((one) => [
            one.patchId,
            one.severity,
            one.tier ?? '',
            dueCell(one),
            one.stage,
            `${one.needed}${one.waived > 0 ? ` (${one.waived} waived)` : ''}`,
            one.stageDetail.slice(0, 100),
          ]),
        ),
      );
    });

  patch
    .command('show <patch>')
    .description('one patch: tests, requests, decisions, machines')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: { json?: boolean }) => {
      const detail = await shell.client().get<PatchDetail>(`/v1/patches/${encodeURIComponent(patchId)}`);
      show({ json: options.json ?? false }, detail, () => describe(detail));
    });

  patch
    .command('priority <patch>')
    .description('how urgent it is for each machine that needs it, until when, and which fact says so')
    .option('--vm <name>', 'for this machine, with all reasons')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { vm, json = false }: { vm?: string; json?: boolean }) => {
      const query = vm === undefined ? '' : `?vm=${encodeURIComponent(vm)}`;
      const rows = await shell
        .client()
        .get<PriorityView[]>(`/v1/patches/${encodeURIComponent(patchId)}/priority${query}`);
      show({ json }, rows, () => (vm === undefined ? priorityTable(rows) : rows.map(describePriority).join('\n')));
    });

  patch
    .command('chain <patch>')
    .description('what it contains and what contains it, product by product, and where each stands')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { json = false }: { json?: boolean }) => {
      const chains = await shell.client().get<ChainView[]>(`/v1/patches/${encodeURIComponent(patchId)}/chain`);
      show({ json }, chains, () => chains.map((chain) => describeChain(chain, patchId)).join('\n'));
    });

  patchHistoryCommands(patch, shell);
  patchLifeCommands(patch, shell);
  dueCommands(patch, shell);
  withdrawCommand(patch, shell);

  for (const verdict of ['approve', 'defer', 'reject'] as const) {
    const command = patch
      .command(`${verdict} <patch>`)
      .description(`${verdict} a patch for a category (all waiting ones without --category)`)
      .option('--category <name>', 'the category to decide for')
      .option('--justification <text>', 'why: at least ten characters')
      .option('--digest <digest>', 'the digest that you looked at; the waiting one is taken when left out')
      .option('--for <person>', 'give the word of somebody who delegated it to you')
      .option('--json', 'print JSON')
      .action(async (patchId: string, options: DecideOptions & { json?: boolean }) => {
        const replies = await decide(shell, patchId, verdict, options);
        show({ json: options.json ?? false }, replies, () =>
          replies
            .map(
              (reply) =>
                `${reply.category}: ${reply.accepted ? `${verdict} recorded${deferredWords(reply)}${missingWords(reply)}` : `refused: ${reply.reasons.join('; ')}`}`,
            )
            .join('\n'),
        );
        if (replies.some((reply) => !reply.accepted)) process.exitCode = exitCodes.failed;
      });
    if (verdict === 'defer') deferOptions(command);
  }
}

function withdrawCommand(patch: Command, shell: Shell): void {
  patch
    .command('withdraw <patch> <category>')
    .description(
      'take a decision back: nothing more is installed by an approval, a deferral is asked again, an own vote counts no longer',
    )
    .requiredOption('--reason <text>', 'why: at least ten characters')
    .option('--decision <id>', 'the decision that you looked at; otherwise whichever stands')
    .option('--json', 'print JSON')
    .action(
      async (patchId: string, category: string, options: { reason: string; decision?: string; json?: boolean }) => {
        const body = { category, reason: options.reason, decisionId: options.decision ?? null };
        const reply = await shell
          .client()
          .post<WithdrawalReply>(`/v1/patches/${encodeURIComponent(patchId)}/withdrawals`, body);
        show({ json: options.json ?? false }, reply, () =>
          reply.accepted ? `withdrawn: ${reply.line}` : `refused: ${reply.reasons.join('; ')}`,
        );
        if (!reply.accepted) process.exitCode = exitCodes.failed;
      },
    );
}

async function decide(
  shell: Shell,
  patchId: string,
  verdict: 'approve' | 'defer' | 'reject',
  options: DecideOptions,
): Promise<(DecisionReply & { category: string })[]> {
  const deferral = verdict === 'defer' ? deferralIn(options) : {};
  const detail = await shell.client().get<PatchDetail>(`/v1/patches/${encodeURIComponent(patchId)}`);
  const waiting = detail.requests.filter(
    (request) =>
      request.status === 'waiting' && (options.category === undefined || request.category === options.category),
  );
  if (waiting.length === 0) {
    throw new CliFailure(
      `${patchId} awaits no decision${options.category === undefined ? '' : ` for ${options.category}`}: it is ${detail.stage}.`,
      exitCodes.failed,
    );
  }
  const replies: (DecisionReply & { category: string })[] = [];
  for (const request of waiting) {
    const body = {
      category: request.category,
      verdict,
      justification: options.justification ?? '',
      digest: options.digest ?? request.digest,
      ...deferral,
      onBehalfOf: options.for ?? null,
    };
    const reply = await shell
      .client()
      .post<DecisionReply>(`/v1/patches/${encodeURIComponent(patchId)}/decisions`, body);
    replies.push({ ...reply, category: request.category });
  }
  return replies;
}

function speakerOf({ by, onBehalfOf }: DecisionView): string {
  return (onBehalfOf ?? null) === null ? by : `${by} for ${onBehalfOf}`;
}

function deferredWords({ deferred }: DecisionReply): string {
  return deferred === undefined ? '' : ` ${clean(deferred)}`;
}

function missingWords({ complete = true, left = [] }: DecisionReply): string {
  return complete ? '' : `; missing still: ${left.join('; ')}`;
}

function countsWords({ accepted, complete, step, reasons }: DecisionView): string {
  if (!accepted) return `no: ${reasons.join('; ')}`;
  return complete ? 'yes' : `one of several, ${step ?? ''}`;
}

function describe(detail: PatchDetail): string {
  const lines = [
    `${detail.patchId}  ${clean(detail.title)}`,
    `Severity ${detail.severity}, ${detail.cves} CVEs${detail.exploited ? ', exploited' : ''}; restart: ${detail.restart}; supersedes ${detail.supersedes.join(', ') || 'nothing'}`,
    `Stage ${detail.stage}: ${clean(detail.stageDetail)}`,
    `Due ${dueCell(detail) || 'at no date'}${detail.tier === null ? '' : `, ${detail.tier}`}`,
    ...describeLife(detail),
    ...(detail.waivers.length === 0 ? [] : ['Waivers', waiverTable(detail.waivers)]),
    ...(detail.changes.length === 0 ? [] : ['Changes', changeTable(detail.changes)]),
    '',
    'Tests',
    table(
      ['Category', 'Verdict', 'Set', 'Why'],
      detail.tests.map((test) => [test.category, test.verdict, test.testedSet.join(' + '), test.reasons.join('; ')]),
    ),
    'Requests',
    ...detail.requests.map(describeRequest),
    'Decisions',
    table(
      ['Category', 'Verdict', 'By', 'Counts', 'Why'],
      detail.decisions.map((one) => [
        one.category,
        one.verdict,
        speakerOf(one),
        countsWords(one),
        one.justification.slice(0, 120),
      ]),
    ),
    'Machines',
    table(
      ['Machine', 'Run', 'State', 'Why'],
      detail.machines.map((row) => [row.vmName, row.runKey, row.state, row.reason ?? '']),
    ),
  ];
  return lines.join('\n');
}

function describeRequest(request: RequestView): string {
  return [
    `  ${request.category}: ${request.status}, ${request.machines} machines, tested with ${request.testedSet.join(' + ')}`,
    ...urgencyLines(request.urgency),
    `    rings ${request.rings.map((ring) => `${ring.name} ${ring.machines} (budget ${ring.failureBudget})`).join(' → ')}; window ${request.windowRule}; unwinding: ${request.unwind}`,
    `    interrupts ${request.services.join(', ') || 'nothing known'} for about ${request.downtimeMinutes} minutes, ${request.reboots} restarts in the test`,
    ...request.impact.lines.map((line) => `    ${clean(line)}`),
    ...equivalenceLines(request.equivalence).map((line) => `    ${clean(line)}`),
    ...request.exceptions.map(({ vmName, by, until, reason }) =>
      clean(`    by exception, last and alone: ${vmName} (${by}, until ${until}: ${reason})`),
    ),
    ...(request.arrivals === null ? [] : [clean(`    ${request.arrivals}`)]),
    ...request.knownIssues.map(
      (one) => `    known issue, accepted by an approval: ${clean(one.text)} ${one.url ?? ''}`,
    ),
    ...(request.since === null ? [] : [`    ${clean(request.since.line)}`]),
    ...(request.successor === null ? [] : [`    superseded by ${request.successor} when it was asked`]),
    `    requested by ${request.requestedBy.join(', ')}, expires ${request.expiresAt}, digest ${request.digest}`,
  ].join('\n');
}

function dueCell({ deadline, overdue }: Pick<PatchSummary, 'deadline' | 'overdue'>): string {
  return `${deadline ?? ''}${overdue > 0 ? ` OVERDUE on ${overdue}` : ''}`;
}

function priorityTable(rows: PriorityView[]): string {
  return table(
    ['Machine', 'Category', 'Tier', 'Due', 'Because', 'Assumed'],
    rows.map((row) => [
      row.vmName,
      row.category ?? '—',
      row.tier,
      `${row.deadline ?? 'unknown'}${row.overdue ? ' OVERDUE' : ''}`,
      `${row.reasons[0]?.fact ?? ''} ${row.reasons[0]?.cve ?? ''}`.trim(),
      row.estimated.length === 0 ? '' : `${row.estimated.length} inputs`,
    ]),
  );
}

function describePriority(row: PriorityView): string {
  return [
    `${row.vmName}: ${row.tier}, due ${row.deadline ?? 'unknown'}${row.overdue ? ', OVERDUE' : ''}; ${row.exposed ? 'the internet reaches it' : 'internal'}`,
    ...(row.forensics ? ['A compromise is looked for before the patch (BOD 26-04).'] : []),
    table(
      ['Due', 'Rule', 'Fact', 'CVE', 'Clock began'],
      row.reasons.map((one) => [one.deadline, one.rule, one.fact, one.cve ?? '', one.clockBegan]),
    ),
    ...(row.stored === null || row.stored.deadline === row.deadline
      ? []
      : [`Lists still say ${row.stored.deadline ?? 'no date'}, as of ${row.stored.computedAt}.`]),
    ...(row.estimated.length === 0 ? [] : [`Assumed, since nobody said: ${row.estimated.join(', ')}`]),
    ...row.external.map(({ cve, dueOn }) => `${cve}: CISA wants it by ${dueOn}`),
  ].join('\n');
}
