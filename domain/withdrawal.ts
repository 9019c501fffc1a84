// Taking a decision back: an approval while it can still keep something from happening, a deferral before its end, a vote before its quorum. Only a
// signed word counts, and it opens nothing (I1, I5, I9).

import { machineCount } from './machineCount.js';
import type { Place } from './approvalRules.js';
import { canonical } from './canonical.js';
import { decisionText, type SignedDecision } from './decision.js';
import { justificationProblem } from './justification.js';
import { freshnessProblem, nameIn, textIn } from './received.js';
import { closedManifestStates, type ManifestRow } from './run.js';
import { closed, open, type Verdict } from './verdict.js';

/** What the API sends to the rollout on a person's behalf. */
export interface SignedWithdrawal {
  withdrawalId: string;
  patchId: string;
  category: string;
  /** The decision that is taken back. */
  decisionId: string;
  /** SHA-256 of the text that was signed for it. */
  decisionDigest: string;
  by: string;
  reason: string;
  /** ISO instant. */
  at: string;
  /** How the person had signed in at the API, e.g. by token. */
  signedInBy: string;
  signature: string;
}

const needed = [
  'withdrawalId',
  'patchId',
  'category',
  'decisionId',
  'decisionDigest',
  'by',
  'at',
  'signature',
] as const;

/** A withdrawal as it came from outside, null when it has not the shape of one. */
export function readWithdrawal(received: unknown): SignedWithdrawal | null {
  const held = (name: string) => nameIn(received, name);
  const reason = textIn(received, 'reason');
  if (needed.some((name) => held(name) === '') || reason.includes('\u0000')) return null;
  if (Number.isNaN(Date.parse(held('at')))) return null;
  return {
    withdrawalId: held('withdrawalId'),
    patchId: held('patchId'),
    category: held('category'),
    decisionId: held('decisionId'),
    decisionDigest: held('decisionDigest'),
    by: held('by'),
    reason,
    at: held('at'),
    signedInBy: held('signedInBy'),
    signature: held('signature'),
  };
}

/** The text that the API signs. No decision has such a text. */
export function withdrawalText(withdrawal: Omit<SignedWithdrawal, 'signature'>): string {
  const { withdrawalId, patchId, category, decisionId, decisionDigest, by, reason, at, signedInBy } = withdrawal;
  return canonical({
    withdrawal: { withdrawalId, patchId, category, decisionId, decisionDigest, by, reason, at, signedInBy },
  });
}

/** `sha256`: of a text, in hexadecimal digits. */
export function decisionDigestOf(decision: SignedDecision, sha256: (text: string) => string): string {
  return sha256(decisionText(decision));
}

/** What is taken back: the whole answer to a request, or one of several votes before there were enough of them. */
export type Withdrawn = 'approval' | 'deferral' | 'vote';

export interface WithdrawalFacts {
  /** The rollout that it came to. */
  patchId: string;
  category: string;
  signatureValid: boolean;
  /** The decision that it names, of the newest request; null: that request has none of this name. */
  decision: {
    digest: string;
    verdict: SignedDecision['verdict'];
    by: string;
    /** Whose word a delegate gave; null: their own. */
    onBehalfOf: string | null;
    /** It answered its request. */
    complete: boolean;
    /** It was taken back before. */
    withdrawn: boolean;
  } | null;
  /** Whether it is theirs to end what was decided, by role and duties. */
  place: Place;
  /** It was taken or refused before, of another request. */
  alreadyUsed: boolean;
}

/** May this withdrawal stand? The reasons say all that speaks against it. */
export function judgeWithdrawal(withdrawal: SignedWithdrawal, facts: WithdrawalFacts, now: string): Verdict {
  if (!facts.signatureValid)
    return closed('the withdrawal is not signed by the API: it may have been sent straight to the engine');
  const reasons: string[] = [];
  if (withdrawal.patchId !== facts.patchId || withdrawal.category !== facts.category)
    reasons.push('the withdrawal names another rollout');
  if (facts.alreadyUsed) reasons.push('this withdrawal was already used');
  reasons.push(...decisionProblems(withdrawal, facts));
  const stale = freshnessProblem(withdrawal.at, now);
  if (stale !== null) reasons.push(stale);
  const problem = justificationProblem(withdrawal.reason);
  if (problem !== null) reasons.push(problem);
  return reasons.length === 0 ? open : closed(...reasons);
}

function decisionProblems(withdrawal: SignedWithdrawal, { decision, place }: WithdrawalFacts): string[] {
  if (decision === null)
    return ['the decision that it names does not stand: something else was asked or decided since'];
  const reasons: string[] = [];
  if (decision.digest !== withdrawal.decisionDigest) reasons.push('it was signed for another decision');
  if (decision.withdrawn) reasons.push('the decision was withdrawn already');
  if (decision.complete && decision.verdict === 'reject')
    reasons.push('a rejection has ended its rollout: the next cycle asks again');
  if (!decision.complete && ![decision.by, decision.onBehalfOf].includes(withdrawal.by))
    reasons.push(`one of several approvals is taken back by whoever gave it, ${decision.by}`);
  // Whoever may reject it may end it.
  if (decision.complete && place.kind === 'refused') reasons.push(...place.reasons);
  return reasons;
}

export function withdrawnKind(decision: { verdict: SignedDecision['verdict']; complete: boolean }): Withdrawn {
  if (!decision.complete) return 'vote';
  return decision.verdict === 'defer' ? 'deferral' : 'approval';
}

/** Of the machines that were approved, when the approval was withdrawn. */
export interface WithdrawnMachines {
  all: number;
  /** They have the patch: nothing is taken from them. */
  had: number;
  /** Azure installs there now: each finishes or unwinds. */
  underWay: number;
  /** They do not get it by this approval. */
  spared: number;
}

/** `rows`: of this patch in production runs of the category, after what had not begun was revoked. */
export function withdrawnMachines(vmIds: string[], rows: ManifestRow[]): WithdrawnMachines {
  const of = (wanted: (row: ManifestRow) => boolean) => new Set(rows.filter(wanted).map((row) => row.vmId));
  const had = of((row) => row.state === 'installed');
  const open = of((row) => !closedManifestStates.has(row.state));
  const count = (is: (vmId: string) => boolean) => vmIds.filter(is).length;
  const counts = { had: count((vmId) => had.has(vmId)), underWay: count((vmId) => !had.has(vmId) && open.has(vmId)) };
  return { all: vmIds.length, ...counts, spared: vmIds.length - counts.had - counts.underWay };
}

/** What came of a withdrawal, in a line. */
export function withdrawalLine(kind: Withdrawn | null, machines: WithdrawnMachines | null): string {
  if (kind === 'vote') return 'the approval counts no longer';
  if (kind === 'deferral') return 'a decision is asked for again';
  return machines === null ? 'nothing was withdrawn' : withdrawnWords(machines);
}

export function withdrawnWords({ had, underWay, spared }: WithdrawnMachines): string {
  const now =
    underWay === 0
      ? ''
      : `${machineCount(underWay)} ${underWay === 1 ? 'is' : 'are'} installing it and finish or unwind, `;
  return `${machineCount(had)} had it already, ${now}${spared} will not get it`;
}
