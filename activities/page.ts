// A page's rounds: who is told next, and whether somebody has acknowledged it meanwhile.

import type { RoundReason } from '../domain/notice.js';
import {
  everybodyOf,
  escalationSteps,
  isMailAddress,
  stepRecipients,
  type Recipient,
} from '../domain/noticeRouting.js';
import { pageRounds, type PageRound } from '../domain/paging.js';
import type { NewDelivery, ToldNotice } from '../ports/noticeLog.js';
import { givenUp } from './failures.js';
import { routingFacts } from './noticeFacts.js';
import type { Ports } from './ports.js';

export interface PagePlan {
  subject: string;
  rounds: PageRound[];
}

export function createPageActivities(ports: Ports) {
  const { notices } = ports.inventory;

  async function required(noticeId: string): Promise<ToldNotice> {
    const notice = await notices.notice(noticeId);
    if (notice === null) throw givenUp(`notice ${noticeId} is not in the inventory`);
    return notice;
  }

  return {
    async planPage(input: { noticeId: string }): Promise<PagePlan> {
      const notice = await required(input.noticeId);
      const facts = await routingFacts(ports);
      const told = { to: notice.concerned, category: notice.category };
      const steps = escalationSteps(notice.category, facts.notices).map((_, step) => ({
        step,
        reaches: stepRecipients(step, told, facts).length,
      }));
      return { subject: notice.subject, rounds: pageRounds(steps, facts.notices.pages) };
    },

    async pageAcknowledgement(input: { noticeId: string }): Promise<{ acknowledgedBy: string | null }> {
      return { acknowledgedBy: (await required(input.noticeId)).acknowledgedBy };
    },

    /** Writes the round down and has it delivered, unless somebody has acknowledged. Round 0 was told with the page itself. */
    async tellRound(input: {
      noticeId: string;
      round: number;
      step: number | null;
      reason: RoundReason;
    }): Promise<{ acknowledgedBy: string | null }> {
      const notice = await required(input.noticeId);
      const facts = await routingFacts(ports);
      const told = { to: notice.concerned, category: notice.category };
      const reached = input.step === null ? everybodyOf(told, facts) : stepRecipients(input.step, told, facts);
      const { noticeId, round, reason } = input;
      const answer = await notices.tellRound(
        noticeId,
        { round, reason, last: input.step === null },
        round === 0 ? [] : reached.map(newDelivery),
        ports.clock.now(),
      );
      if (answer.acknowledgedBy === null && round > 0) await ports.engine.startDelivery(noticeId, round);
      return answer;
    },
  };
}

function newDelivery({ recipient, way }: Recipient): NewDelivery {
  const problem = way !== 'mail' || isMailAddress(recipient) ? null : 'this is not a mail address';
  return { recipient, way, heldUntil: null, problem };
}
