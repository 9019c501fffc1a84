// Approval by a rule of policy: evaluated when somebody would be asked, recorded as what it is, and looked at again wherever an approval is asked for (I1, I5).

import {
  automaticVerdict,
  ruleProofProblems,
  ruleWords,
  type AutomaticFacts,
  type RuleProof,
} from '../domain/automaticApproval.js';
import { canonical } from '../domain/canonical.js';
import type { Policy } from '../domain/policy.js';
import type { DecisionRequest, RecordedDecision, StandingApproval } from '../ports/decisions.js';
import { tellApprovers } from './concerned.js';
import type { Ports } from './ports.js';

type RulePorts = Pick<Ports, 'inventory' | 'policy' | 'clock' | 'digests'>;

const testsMax = 1000;

async function automaticFacts(
  { inventory }: Pick<Ports, 'inventory'>,
  request: DecisionRequest,
): Promise<AutomaticFacts> {
  const { patchId, category, subject } = request;
  const record = await inventory.patches.patch(patchId);
  const tests = await inventory.stageTests.tests({ patchId, category, limit: testsMax });
  const judged = new Set((await inventory.stageTests.verdicts({ patchId, category })).map((one) => one.runKey));
  const issues = await inventory.knownIssues.issues({ patchIds: [patchId], open: true });
  const emergencies = await inventory.emergencies.emergencies({ patchIds: [patchId], category, status: 'open' });
  const said = await inventory.decisions.decisions({ patchId, category, accepted: true });
  return {
    patch: record === null ? null : ruledPatch(record.patch),
    subject,
    tests: tests.map(({ runKey, verdict }) => ({ runKey, verdict, byPerson: judged.has(runKey) })),
    knownIssues: issues.length,
    emergencies: emergencies.length,
    words: said.filter((one) => (one.byRule ?? null) === null || one.withdrawalId !== null).length,
  };
}

/** Only what a rule reads: a patch may name a thousand products. */
function ruledPatch(patch: NonNullable<AutomaticFacts['patch']>): NonNullable<AutomaticFacts['patch']> {
  const { patchId, classification, kind, severity, severityByProduct, released, exploited, disclosed, knownIssue } =
    patch;
  return { patchId, classification, kind, severity, severityByProduct, released, exploited, disclosed, knownIssue };
}

/** The decision by a rule of policy where one takes the request; null: people decide. It is asked of a request that waits and that nobody has said anything on. */
export async function approveByRule(ports: Ports, request: DecisionRequest): Promise<RecordedDecision | null> {
  if (request.status !== 'waiting') return null;
  const { inventory, clock } = ports;
  const policy = await ports.policy.current();
  if (policy.approvals.automatic.rules.length === 0) return null;
  const facts = await automaticFacts(ports, request);
  const at = clock.now();
  const verdict = automaticVerdict(policy.approvals.automatic, facts, at);
  const policySeq = await seqOf(ports, policy);
  if (verdict.kind === 'notApproved' || policySeq === null) return null;
  const { subject: _subject, ...kept } = facts;
  const byRule: RuleProof = { rule: verdict.rule, policySeq, policyVersion: policy.version, facts: kept, at };
  const { requestId, patchId, category, digest } = request;
  const recorded = await inventory.decisions.recordDecision(
    {
      decisionId: `${requestId}/rule`,
      patchId,
      category,
      verdict: 'approve',
      justification: `by ${ruleWords(byRule)}: ${proofWords(byRule)}`,
      deferUntil: null,
      digest,
      by: ruleWords(byRule),
      at,
      // Nobody signed it: its proof is the rule and what was known.
      signature: '',
    },
    ({ request: held, votes, alreadyUsed }) => {
      const isFirst = held?.requestId === requestId && held.status === 'waiting' && votes.length === 0 && !alreadyUsed;
      const reasons = isFirst ? [] : ['people had a word on it meanwhile: they decide'];
      const judged = { accepted: isFirst, reasons, complete: isFirst, step: null, claims: null };
      return { ...judged, policyVersion: policy.version, byRule };
    },
    at,
  );
  return recorded.accepted ? recorded : null;
}

async function seqOf({ inventory }: Pick<Ports, 'inventory'>, { version }: Policy): Promise<number | null> {
  const applied = await inventory.policies.versions({ status: 'applied' });
  return applied.find((one) => one.version === version)?.seq ?? null;
}

function proofWords({ rule, facts }: RuleProof): string {
  const { patch, tests } = facts;
  return `${patch?.classification ?? ''} ${patch?.kind ?? ''} of severity ${patch?.severity ?? ''}, at most ${rule.severityAtMost}; out since ${patch?.released ?? ''}, at least ${rule.releasedHoursMin} hours; ${tests.length} clean tests; no known issue, exception or emergency`;
}

/** Those who decide are told, so that somebody may speak against it. */
export async function tellApprovedByRule(
  ports: Ports,
  { requestId, patchId, category, digest, subject }: DecisionRequest,
  { by, justification }: RecordedDecision,
): Promise<void> {
  await tellApprovers(ports, {
    kind: 'approvedByRule',
    patchId,
    category,
    subject: `Approved by ${by}: ${patchId} for ${category}`,
    lines: [
      `Nobody was asked. It was approved ${justification}.`,
      `${subject.vmIds.length} production machines, tested with ${subject.testedSet.join(', ')}.`,
      `What was decided: patchline decision show ${patchId} --category ${category}`,
      `To take it back: patchline patch withdraw ${patchId} ${category} --reason "…"; people decide then. Rules: approvals.automatic of policy.`,
      `Digest ${digest}`,
    ],
    occasion: `${requestId}/byRule`,
  });
}

export interface Standing {
  approval: StandingApproval | null;
  /** Why an approval by rule stands no longer; empty: it stands, or there is none. */
  problems: string[];
}

/** I1: the one place where activities ask for an approval. One by rule stands while its rule would approve still. */
export async function standingOrWhy(ports: RulePorts, patchId: string, category: string): Promise<Standing> {
  const approval = await ports.inventory.decisions.approval(patchId, category);
  const byRule = approval?.decision.byRule ?? null;
  if (approval === null || byRule === null) return { approval, problems: [] };
  const { approvals } = await ports.policy.current();
  const facts = await automaticFacts(ports, approval.request);
  const problems = ruleProofProblems(byRule, approvals.automatic, facts, ports.clock.now());
  if (ports.digests.sha256(canonical(approval.request.subject)) !== approval.request.digest)
    problems.push('what was decided on is not what its digest covers');
  return problems.length === 0 ? { approval, problems } : { approval: null, problems };
}

export async function standingApproval(
  ports: RulePorts,
  patchId: string,
  category: string,
): Promise<StandingApproval | null> {
  return (await standingOrWhy(ports, patchId, category)).approval;
}
