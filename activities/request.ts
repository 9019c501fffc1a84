// Asking a person: the request is opened, reminded of, and expires. Silence approves nothing (I5).

import { approvalPath } from '../domain/approvalPath.js';
import type { StepMoment } from '../domain/approvalRules.js';
import { canonical } from '../domain/canonical.js';
import { gapLine, nothingEquivalent } from '../domain/equivalenceReport.js';
import type { DecisionRequest } from '../ports/decisions.js';
import { impactLines } from '../domain/impactSigned.js';
import { shortenedLine } from '../domain/shortenedQuorum.js';
import { exceptionLine } from '../domain/testException.js';
import { approveByRule, tellApprovedByRule } from './automatic.js';
import { categoryRule, tellApprovers } from './concerned.js';
import { deferralLines } from './deferral.js';
import { editorsOf } from './editors.js';
import type { Ports } from './ports.js';
import { everywhereWaived } from './waived.js';
import { dueWords, urgencyLines, urgencyShown } from './requestUrgency.js';
import { lifeToAskWith } from './review.js';
import { sinceLines } from './subjectChange.js';
import { subjectOf, testedMachines } from './subject.js';
import { approvalAsked, mailsOf, progressOf, ruleNow, turnMails, votingGround, type VotingGround } from './voting.js';

export interface DecisionAsked {
  requestId: string;
  digest: string;
  expiresAt: string;
  remindEverySeconds: number;
  /** Whether a deferral keeps later tiers waiting. */
  deferralBlocks: boolean;
  machines: number;
  /** When somebody is told, or may decide as well, because nobody has; null: never. Left out of requests of before. */
  nextAt?: string | null;
  /** A rule of policy approved it, and nobody is waited for; left out: people decide. */
  byRule?: string;
}

export function createRequestActivities(ports: Ports) {
  const { patches, decisions, tests } = ports.inventory;

  return {
    /** Opens the request for one category; null when nothing there may be decided on, with the reason. */
    async requestDecision(input: {
      patchId: string;
      category: string;
      requestedBy: string[];
      occasion: string;
    }): Promise<{ asked: DecisionAsked | null; reason: string; recalled?: 'superseded' | 'revised' | 'waived' }> {
      const { policy, rule } = await categoryRule(ports, input.category);
      const life = await lifeToAskWith(ports, input.patchId, input.category);
      if ('recalled' in life) return { asked: null, ...life };
      const [test] = await tests.testResults({ patchId: input.patchId, category: input.category });
      if (test === undefined || test.verdict !== 'passed')
        return { asked: null, reason: `its staging test ${test === undefined ? 'is missing' : test.verdict}` };
      if (life.revisedAt !== null && life.revisedAt > test.at)
        return {
          asked: null,
          reason: `the vendor changed its content at ${life.revisedAt}, after its test`,
          recalled: 'revised',
        };
      const requestedBy = [
        ...new Set([
          ...input.requestedBy,
          ...(await editorsOf(ports, input.patchId, input.category)).map(({ name }) => name),
        ]),
      ];
      const tested = await testedMachines(ports, input.patchId, input.category, test, requestedBy);
      const { machines, equivalence, exceptions } = tested;
      const waived = machines.length === 0 ? await everywhereWaived(ports, input.patchId, input.category) : null;
      if (waived !== null) return { asked: null, reason: waived, recalled: 'waived' };
      if (machines.length === 0) return { asked: null, reason: nothingEquivalent(equivalence) };
      const { patchId, category } = input;
      const plain = { ...(await subjectOf(ports, patchId, rule, test, tested)), ...life.shown };
      const at = ports.clock.now();
      const urgency = await urgencyShown(ports, plain, machines);
      const { expireAfterMinutes } = approvalPath(policy.approvals, rule.approverRole, urgency?.tier ?? null);
      const asked = { patchId, category, requestId: null, vmIds: plain.vmIds };
      const ground = withoutTheirWord(await votingGround(ports, asked), requestedBy);
      const { shortened } = ruleNow(ground, urgency?.tier ?? null);
      const subject = shortened === null ? plain : { ...plain, shortened };
      const digest = ports.digests.sha256(canonical(subject));
      const expiresAt = new Date(Date.parse(at) + expireAfterMinutes * 60_000).toISOString();
      // The occasion is the workflow's round: asked again by a retry it is the same request and stands as first asked; after a deferral it is a new one.
      const requestId = `${input.patchId}/${input.category}/${input.occasion}`;
      const stored = await decisions.openRequest({
        requestId,
        patchId: input.patchId,
        category: input.category,
        digest,
        subject,
        requestedBy,
        requestedAt: at,
        expiresAt,
        urgency,
        approval: approvalAsked(ground, urgency?.tier ?? null, requestedBy),
      });
      const byRule = await approveByRule(ports, stored);
      const progress = await progressOf(ports, stored);
      const tier = stored.urgency?.tier ?? null;
      if (byRule !== null) await tellApprovedByRule(ports, stored, byRule);
      await patches.setStage(input.patchId, 'awaitingDecision', input.category);
      if (byRule === null)
        await tellApprovers(ports, {
          kind: 'decisionNeeded',
          patchId: input.patchId,
          category: input.category,
          subject: `Decision needed${dueWords(stored.urgency)}: ${input.patchId} for ${input.category}`,
          lines: [
            ...urgencyLines(stored.urgency),
            `${machines.length} production machines, tested with ${subject.testedSet.join(', ')}.`,
            ...impactLines(subject.impact),
            ...equivalence.without.map(gapLine),
            ...exceptions.map(exceptionLine),
            ...(subject.arrivals === undefined ? [] : [`${subject.arrivals.words}.`]),
            ...life.lines,
            ...(shortened === null ? [] : [shortenedLine(shortened)]),
            ...(await deferralLines(ports, patchId, category)),
            ...(progress.left.length > 1 ? progress.left.map((line) => `Needed: ${line}.`) : []),
            ...(await sinceLines(ports, stored)),
            `Decide by ${stored.expiresAt}: patchline patch show ${input.patchId}`,
            `Digest ${stored.digest}`,
          ],
          occasion: `${requestId}/asked`,
          to: await turnMails(ports, stored),
        });
      return {
        asked: {
          requestId,
          digest: stored.digest,
          expiresAt: stored.expiresAt,
          deferralBlocks: policy.approvals.deferBlocksLaterTiers,
          remindEverySeconds: approvalPath(policy.approvals, rule.approverRole, tier).remindAfterMinutes * 60,
          machines: stored.subject.vmIds.length,
          nextAt: progress.nextAt,
          ...(byRule === null ? {} : { byRule: byRule.by }),
        },
        reason: '',
      };
    },

    async remindApprovers(input: {
      patchId: string;
      category: string;
      requestId: string;
      count: number;
    }): Promise<void> {
      const request = await decisions.request(input.patchId, input.category);
      const urgency = request?.requestId === input.requestId ? request.urgency : null;
      await tellApprovers(ports, {
        kind: 'decisionReminder',
        patchId: input.patchId,
        category: input.category,
        subject: `Reminder ${input.count}: ${input.patchId} for ${input.category} awaits a decision${dueWords(urgency)}`,
        lines: [...urgencyLines(urgency), 'Silence approves nothing.'],
        occasion: `${input.requestId}/reminder-${input.count}`,
        ...(request?.requestId === input.requestId ? { to: await turnMails(ports, request) } : {}),
      });
    },

    /** A step waits too long: the next group is told, or may decide from now on. Says when to look again; null: not by this. */
    async attendRequest(input: {
      patchId: string;
      category: string;
      requestId: string;
    }): Promise<{ nextAt: string | null }> {
      const request = await decisions.request(input.patchId, input.category);
      if (request?.requestId !== input.requestId || request.status !== 'waiting') return { nextAt: null };
      const { due, left, nextAt } = await progressOf(ports, request);
      for (const moment of due) await tellMoment(ports, request, moment, left);
      return { nextAt };
    },

    /** `decided` when somebody's decision was recorded in the same moment: that one stands. */
    async expireRequest(input: {
      requestId: string;
      patchId: string;
      category: string;
    }): Promise<'expired' | 'decided'> {
      await decisions.closeRequest(input.requestId, 'expired');
      const request = await decisions.request(input.patchId, input.category);
      if (request?.requestId === input.requestId && request.status === 'decided') return 'decided';
      return 'expired';
    },
  };
}

/** I6: a quorum that one of those who requested this has signed to be shorter is as long as ever. */
function withoutTheirWord(ground: VotingGround, requestedBy: string[]): VotingGround {
  return { ...ground, shortened: ground.shortened.filter((one) => !requestedBy.includes(one.signedBy)) };
}

async function tellMoment(
  ports: Ports,
  request: DecisionRequest,
  { kind, step, group, at }: StepMoment,
  left: string[],
): Promise<void> {
  const { patchId, category, requestId, expiresAt, digest } = request;
  const words =
    kind === 'escalation'
      ? `Nobody has completed step ${step} until ${at}: you are told so that somebody does.`
      : `Nobody has completed step ${step} until ${at}: you may decide as well from now on.`;
  await tellApprovers(ports, {
    kind: 'decisionReminder',
    patchId,
    category,
    subject: `${kind === 'escalation' ? 'Escalation' : 'You may decide'}: ${patchId} for ${category} awaits a decision`,
    lines: [
      words,
      ...left.map((line) => `Missing still: ${line}.`),
      `Decide by ${expiresAt}; silence approves nothing: patchline patch show ${patchId}`,
      `Digest ${digest}`,
    ],
    occasion: `${requestId}/${kind}/${step}`,
    to: await mailsOf(ports, request, [group]),
  });
}
