// `patchline decision`: what was decided, by whom, and exactly what was signed.

import type { Command } from 'commander';
import type { DecisionProofView, VoteView, WithdrawalView } from '../api/contract/index.js';
import { arrivalTable } from './arrival.js';
import { CliFailure, exitCodes } from './client.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

export function decisionCommands(program: Command, shell: Shell): void {
  const decision = program.command('decision').description('decisions, with what was signed');
  const read = (patchId: string, query: Record<string, string>) =>
    shell
      .client()
      .get<DecisionProofView[]>(
        `/v1/patches/${encodeURIComponent(patchId)}/decisions?${new URLSearchParams(query).toString()}`,
      );

  decision
    .command('list <patch>')
    .description('every request of a patch, the newest first, and what became of it')
    .option('--category <name>', 'only for this category')
    .option('--json', 'print JSON')
    .action(async (patch: string, { category, json = false }: { category?: string; json?: boolean }) => {
      const proofs = await read(patch, category === undefined ? {} : { category });
      show({ json }, proofs, () =>
        table(
          ['Request', 'Category', 'Asked', 'Status', 'Words', 'Proof'],
          proofs.map((one) => [
            one.requestId,
            one.category,
            one.requestedAt,
            one.status,
            one.votes
              .map(
                (vote) =>
                  `${vote.verdict} by ${vote.by}${vote.onBehalfOf === null ? '' : ` for ${vote.onBehalfOf}`}${vote.accepted ? '' : ' (refused)'}`,
              )
              .join('; '),
            holds(one) ? 'holds' : 'DOES NOT HOLD',
          ]),
        ),
      );
    });

  decision
    .command('show <patch>')
    .description(
      'one request: the words on it, who could decide, and what was signed; exit code 1 when it does not verify',
    )
    .requiredOption('--category <name>', 'the category')
    .option('--request <id>', 'this request; otherwise the newest')
    .option('--json', 'print JSON')
    .action(async (patch: string, options: { category: string; request?: string; json?: boolean }): Promise<void> => {
      const { category, request, json = false } = options;
      const [proof] = await read(patch, { category, ...(request === undefined ? {} : { requestId: request }) });
      if (proof === undefined) throw new CliFailure(`Nothing was asked of ${patch} for ${category}.`, exitCodes.failed);
      show({ json }, proof, () => describe(proof));
      if (!holds(proof)) throw new CliFailure('What is stored is not what was signed.', exitCodes.failed);
    });
}

/** Words that were refused may be forged: they count for nothing. */
function holds({ digestHolds, votes, withdrawals }: DecisionProofView): boolean {
  return digestHolds && [...votes, ...withdrawals].every((word) => !word.accepted || word.signatureHolds);
}

function describe(proof: DecisionProofView): string {
  return [
    `${proof.patchId} for ${proof.category}: ${proof.status}; asked ${proof.requestedAt} by ${proof.requestedBy.join(', ')}, until ${proof.expiresAt}`,
    `Request ${proof.requestId}`,
    `Digest ${proof.digest} ${proof.digestHolds ? 'holds' : 'DOES NOT HOLD'}; policy ${proof.policyVersion ?? 'not kept'}`,
    ...(proof.shortened === null ? [] : [proof.shortened]),
    proof.arrivals.words ?? 'Nobody joins: what is signed lets no machine that comes later join',
    ...proof.steps.map((step) => `Step ${step.name}: ${step.quorum} of ${step.eligible.join(', ') || 'nobody'}`),
    table(['When', 'Word', 'By', 'As', 'Counts', 'Why', 'Signature'], proof.votes.map(rowOf)),
    ...(proof.withdrawals.length === 0
      ? []
      : [
          'Withdrawals',
          table(
            ['When', 'What', 'By', 'Counts', 'Why', 'What came of it', 'Signature'],
            proof.withdrawals.map(withdrawalRow),
          ),
        ]),
    ...arrivalTable(proof.arrivals.machines),
    'Signed:',
    JSON.stringify(JSON.parse(proof.signed), null, 2),
  ]
    .map((line) => line.split('\n').map(clean).join('\n'))
    .join('\n');
}

function claimWords({ roles, onBehalfOf }: NonNullable<VoteView['claims']>): string {
  return onBehalfOf === undefined
    ? roles.join(', ')
    : `${roles.join(', ')}; by delegation ${onBehalfOf.delegationId} ${onBehalfOf.roles.join(', ')}`;
}

function rowOf(vote: VoteView): string[] {
  const { claims } = vote;
  const taken = vote.withdrawalId === null ? '' : ', withdrawn';
  const counts = vote.accepted
    ? vote.complete
      ? 'decides'
      : `one of several${vote.step === null ? '' : `: ${vote.step}`}`
    : 'refused';
  return [
    vote.at,
    vote.deferred === null ? vote.verdict : `${vote.verdict} ${vote.deferred}`,
    vote.onBehalfOf === null ? vote.by : `${vote.by} for ${vote.onBehalfOf}`,
    vote.byRule !== null
      ? 'a rule of policy: no person was asked'
      : claims === null
        ? 'not kept'
        : `${claimWords(claims)}, signed in by ${claims.signedInBy ?? 'not said'}`,
    `${counts}${taken}`,
    vote.accepted ? vote.justification : vote.reasons.join('; '),
    vote.signatureHolds ? 'holds' : 'DOES NOT HOLD',
  ];
}

function withdrawalRow(word: WithdrawalView): string[] {
  return [
    word.at,
    word.kind ?? 'nothing',
    word.by,
    word.accepted ? 'yes' : 'refused',
    word.accepted ? word.reason : word.reasons.join('; '),
    word.line,
    word.signatureHolds ? 'holds' : 'DOES NOT HOLD',
  ];
}
