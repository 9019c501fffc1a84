// Delivering what was told: what is due, one attempt, and what the administrators hear of what cannot be delivered.

import { afterAttempt } from '../domain/noticeRetry.js';
import { noticeProblems, type NoticeProblem } from '../domain/noticeProblems.js';
import type { Way } from '../domain/notice.js';
import { routingFacts } from './noticeFacts.js';
import type { Ports } from './ports.js';

export interface DueDeliveries {
  due: { deliveryId: string; recipient: string; way: Way }[];
  /** When the next of the others is due; null: there is none. */
  nextAt: string | null;
}

export interface AttemptResult {
  state: 'delivered' | 'waiting' | 'undeliverable' | 'notDue';
  /** What the receiver answered, or what went wrong. */
  detail: string;
}

/** A worker that dies while it sends is made good for after this long; longer than any attempt takes. */
const staleSeconds = 120;

/** Deliveries overdue by more than this have lost their workflow. */
const overdueSeconds = 180;

export function createDeliverActivities(ports: Ports) {
  const { notices } = ports.inventory;

  return {
    async dueDeliveries(input: { noticeId: string; round: number }): Promise<DueDeliveries> {
      const { due, nextAt } = await notices.due(input.noticeId, input.round, ports.clock.now());
      return { due: due.map(({ deliveryId, recipient, way }) => ({ deliveryId, recipient, way })), nextAt };
    },

    /** One attempt. Claimed first, so that a crash between sending and writing down repeats at most this one, with the same Message-ID. */
    async deliver(input: { deliveryId: string }): Promise<AttemptResult> {
      const claimed = await notices.claim(input.deliveryId, ports.clock.now(), staleSeconds);
      if (claimed === null) return { state: 'notDue', detail: 'it is closed, or under way' };
      const answer = await ports.delivery.send(claimed);
      const { notices: rules } = await ports.policy.current();
      const attempts = Math.max(...claimed.deliveries.map((one) => one.attempts));
      // Whoever tests wants to know at once.
      const isTest = claimed.notices[0]?.kind === 'test';
      const at = ports.clock.now();
      const after = afterAttempt(answer, attempts, isTest ? { ...rules.delivery, attemptsMax: 1 } : rules.delivery, at);
      await notices.attempted(
        claimed.deliveries.map((one) => one.deliveryId),
        after,
        at,
      );
      return { state: after.state, detail: after.state === 'delivered' ? after.answer : after.problem };
    },

    /** Once per recipient, way and day, and never about a notice of this kind itself: nothing can tell of itself for ever. */
    async tellUndeliverable(input: { noticeId: string; round: number }): Promise<{ undeliverable: number }> {
      const notice = await notices.notice(input.noticeId);
      const failed = await notices.undeliverable(input.noticeId, input.round);
      if (notice === null || notice.kind === 'noticeUndeliverable' || notice.kind === 'test')
        return { undeliverable: failed.length };
      const administrators = (await ports.policy.people()).filter((person) => person.roles.includes('administrator'));
      for (const { recipient, way, problem } of failed) {
        await ports.notices.tell({
          kind: 'noticeUndeliverable',
          urgency: 'routine',
          to: administrators.map((person) => person.mail).filter((mail) => mail !== recipient),
          subject: `Notices do not reach ${recipient} by ${way}`,
          lines: [
            `Not delivered: ${notice.subject}`,
            `Why: ${problem ?? 'nobody knows'}`,
            '',
            'Once it is mended: patchline notice retry ID. This is told once a day.',
          ],
          occasion: `undeliverable/${way}/${recipient}/${ports.clock.now().slice(0, 10)}`,
          patchId: null,
          category: null,
        });
      }
      return { undeliverable: failed.length };
    },

    /** Rows without a workflow get one again, and what keeps notices from being delivered is written down. */
    async attendNotices(): Promise<{ deliveries: number; pages: number; problems: number }> {
      const now = ports.clock.now();
      const found = await notices.unattended(new Date(Date.parse(now) - overdueSeconds * 1000).toISOString());
      for (const { noticeId, round } of found.deliveries) await ports.engine.startDelivery(noticeId, round);
      for (const noticeId of found.pages) await ports.engine.startPage(noticeId);
      const problems = await savedProblems(ports);
      return { deliveries: found.deliveries.length, pages: found.pages.length, problems: problems.length };
    },
  };
}

/** What is wrong with targets and rules now, written down where people look. */
export async function savedProblems(ports: Ports): Promise<NoticeProblem[]> {
  const facts = await routingFacts(ports);
  const { changes } = await ports.policy.current();
  const targets = [...facts.notices.targets, ...changes.webhooks];
  const problems = [...noticeProblems(facts), ...(await ports.delivery.problems(targets))];
  await ports.inventory.notices.saveProblems(problems, ports.clock.now());
  return problems;
}
