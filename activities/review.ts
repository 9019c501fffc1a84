// Looks again at a patch that is under way: by its successor, by what the vendor changed, by its known issues. Applied here, told in news.ts.

import { canonical } from '../domain/canonical.js';
import type { DecisionSubject } from '../domain/decision.js';
import { unseenEdits } from '../domain/impactSigned.js';
import { toldIssue } from '../domain/knownIssue.js';
import type { LifeFacts } from '../domain/patchLife.js';
import { shortenedLine } from '../domain/shortenedQuorum.js';
import { supersedenceVerdict, type LifePhase } from '../domain/succession.js';
import { approversOf } from './concerned.js';
import { lifeFactsOf } from './patchLife.js';
import type { Ports } from './ports.js';
import { groundOf, ruleNow } from './voting.js';
import { waivedOf } from './waived.js';

/** What a lifecycle or a rollout has to do: go on, end, have it tested again, or ask again. */
export type Review =
  | { kind: 'goesOn' }
  | { kind: 'superseded' | 'revised'; detail: string }
  | { kind: 'askAgain'; detail: string };

export function createReviewActivities(ports: Ports) {
  return {
    /**
     * Before a stage of the whole patch. `revisedAt`: the newest change of its content that the story knows of, as an earlier review told it;
     * left out by the first.
     */
    async reviewLifecycle(input: {
      patchId: string;
      phase: 'inTest' | 'awaiting';
      revisedAt?: string | null;
    }): Promise<{ review: Review; revisedAt: string | null }> {
      const { supersedence } = await ports.policy.current();
      const facts = await factsFor(ports, input.patchId, '', input.phase);
      const { revisedAt } = facts;
      const verdict = supersedenceVerdict(facts, supersedence);
      if (verdict.kind === 'replaced') {
        await withdrawReplaced(ports, input.patchId);
        return { review: { kind: 'superseded', detail: verdict.reason }, revisedAt };
      }
      if (input.revisedAt !== undefined && revisedAt !== null && revisedAt !== input.revisedAt)
        return { review: { kind: 'revised', detail: `the vendor changed its content at ${revisedAt}` }, revisedAt };
      return { review: { kind: 'goesOn' }, revisedAt };
    },

    /** A ring that a known issue holds has an owner: whoever decides for the category is reminded daily (I10). */
    async remindOfHold(input: {
      patchId: string;
      category: string;
      ring: string;
      days: number;
      why: string;
    }): Promise<void> {
      const { patchId, category, ring, days, why } = input;
      await ports.notices.tell({
        kind: 'knownIssue',
        urgency: 'routine',
        occasion: `hold/${patchId}/${category}/${ring}/${ports.clock.now().slice(0, 10)}`,
        to: await approversOf(ports, [category], null),
        subject: `${patchId} for ${category} is held for ${days} days`,
        lines: [
          why,
          `Ring ${ring} begins when that is over: patchline known-issue list --patch ${patchId}, change list --patch ${patchId}`,
        ],
        patchId,
        category,
      });
    },

    /** Between two steps of a category's rollout. What ends or is asked again takes its waiting request with it. */
    async reviewRollout(input: {
      patchId: string;
      category: string;
      phase: 'awaiting' | 'deploying';
    }): Promise<Review> {
      const review = await judge(input.patchId, input.category, input.phase);
      if (review.kind === 'goesOn') return review;
      const { decisions } = ports.inventory;
      const request = await decisions.request(input.patchId, input.category);
      if (request?.status === 'waiting') await decisions.closeRequest(request.requestId, 'superseded', review.detail);
      return review;
    },
  };

  async function judge(patchId: string, category: string, phase: 'awaiting' | 'deploying'): Promise<Review> {
    const { supersedence } = await ports.policy.current();
    const facts = await factsFor(ports, patchId, category, phase);
    const verdict = supersedenceVerdict(facts, supersedence);
    if (verdict.kind === 'replaced') return { kind: 'superseded', detail: verdict.reason };
    const { askedAt, revisedAt } = facts;
    if (askedAt === null) return { kind: 'goesOn' };
    if (revisedAt !== null && revisedAt > askedAt)
      return { kind: 'revised', detail: `the vendor changed its content at ${revisedAt}` };
    if (phase === 'deploying') return { kind: 'goesOn' };
    const unseen = [
      ...(await unseenIn(patchId, facts, askedAt)),
      ...(await waivedIn(ports, patchId, category)),
      ...(await editedIn(ports, patchId, category)),
      ...(await quorumIn(ports, patchId, category)),
    ];
    return unseen.length === 0 ? { kind: 'goesOn' } : { kind: 'askAgain', detail: unseen.join('; ') };
  }

  /** What whoever decides has not been shown. */
  async function unseenIn(patchId: string, facts: LifeFacts, askedAt: string): Promise<string[]> {
    const revisions = await ports.inventory.revisions.revisions({ patchId, since: askedAt });
    const { successor, decidedKnowing } = facts;
    return [
      ...(successor !== null && !decidedKnowing ? [`${successor} supersedes it, and it goes on nevertheless`] : []),
      ...facts.issues
        .filter((issue) => !facts.shown.includes(issue.issueId))
        .map((issue) => `a known issue was opened: ${toldIssue(issue)}`),
      ...revisions.filter((one) => one.weight !== 'wording').flatMap((one) => one.changes),
    ];
  }
}

/** Machines that a waiting request names and that a waiver takes out of it. */
async function waivedIn(ports: Ports, patchId: string, category: string): Promise<string[]> {
  const request = await ports.inventory.decisions.request(patchId, category);
  if (request?.status !== 'waiting') return [];
  const asked = new Set(request.subject.vmIds);
  const vms = await ports.inventory.fleet.vms({ environment: 'production', category, existing: true });
  const waived = await waivedOf(
    ports,
    patchId,
    vms.filter((vm) => asked.has(vm.vmId)),
  );
  return waived.size === 0 ? [] : [`${waived.size} of its machines: ${[...new Set(waived.values())].join('; ')}`];
}

/** What people said of the impact since it was asked for. */
async function editedIn({ inventory }: Ports, patchId: string, category: string): Promise<string[]> {
  const request = await inventory.decisions.request(patchId, category);
  return request === null
    ? []
    : unseenEdits(request.subject.impact, await inventory.impacts.edits({ patchId, category }));
}

/** A waiting request whose quorum an emergency has made shorter since, or makes shorter no longer. */
async function quorumIn(ports: Ports, patchId: string, category: string): Promise<string[]> {
  const request = await ports.inventory.decisions.request(patchId, category);
  if (request?.status !== 'waiting') return [];
  const { shortened } = ruleNow(await groundOf(ports, request), request.urgency?.tier ?? null);
  const asked = request.subject.shortened;
  if (canonical(shortened) === canonical(asked ?? null)) return [];
  if (shortened !== null) return [shortenedLine(shortened)];
  return [`emergency ${asked?.emergencyId ?? ''} makes its quorum shorter no longer`];
}

async function factsFor(ports: Ports, patchId: string, category: string, phase: LifePhase): Promise<LifeFacts> {
  const facts = (await lifeFactsOf(ports, { patchIds: [patchId], category, phase, ring: null })).get(patchId);
  if (facts === undefined) throw new Error(`nothing was found out of ${patchId}`);
  return facts;
}

/** What a request shows of the patch's own life; or why nothing may be asked. */
export async function lifeToAskWith(
  ports: Ports,
  patchId: string,
  category: string,
): Promise<
  | { recalled: 'superseded'; reason: string }
  | { shown: Required<Pick<DecisionSubject, 'knownIssues' | 'successor'>>; revisedAt: string | null; lines: string[] }
> {
  const { supersedence } = await ports.policy.current();
  const facts = await factsFor(ports, patchId, category, 'awaiting');
  const verdict = supersedenceVerdict(facts, supersedence);
  if (verdict.kind === 'replaced') return { recalled: 'superseded', reason: verdict.reason };
  const since =
    facts.askedAt === null ? [] : await ports.inventory.revisions.revisions({ patchId, since: facts.askedAt });
  const changed = since.flatMap((revision) => revision.changes);
  return {
    shown: {
      knownIssues: facts.issues.map(({ issueId, text, url }) => ({ issueId, text, url })),
      successor: facts.successor,
    },
    revisedAt: facts.revisedAt,
    lines: [
      ...(verdict.kind === 'goesOn' ? [`It is ${verdict.reason}.`] : []),
      ...facts.issues.map((issue) => `Known issue, accepted by an approval: ${toldIssue(issue)}.`),
      ...(changed.length === 0 ? [] : [`Changed since it was last asked: ${changed.join('; ')}.`]),
    ],
  };
}

/** Requests that wait and enrolments whose machines have not begun, where policy has the patch replaced (I11). */
export async function withdrawReplaced(ports: Ports, patchId: string): Promise<void> {
  const { decisions, runs } = ports.inventory;
  const policy = await ports.policy.current();
  for (const request of await decisions.requests({ status: 'waiting', patchId })) {
    const verdict = supersedenceVerdict(
      await factsFor(ports, patchId, request.category, 'awaiting'),
      policy.supersedence,
    );
    if (verdict.kind === 'replaced') await decisions.closeRequest(request.requestId, 'superseded', verdict.reason);
  }
  const underWay = [...(await runs.runs({ status: 'open' })), ...(await runs.runs({ status: 'planned' }))];
  for (const run of underWay) {
    const enrolments = await runs.enrolments(run.runKey);
    if (!enrolments.some((enrolment) => enrolment.patchId === patchId)) continue;
    const isTest = run.environment === 'staging';
    const asked = { patchIds: [patchId], category: run.category, ring: run.ring };
    const facts = await lifeFactsOf(ports, { ...asked, phase: isTest ? 'inTest' : 'deploying' });
    const [one] = [...facts.values()];
    const verdict = one === undefined ? null : supersedenceVerdict(one, policy.supersedence);
    if (verdict?.kind !== 'replaced') continue;
    const rule = policy.categories.find((candidate) => candidate.name === run.category);
    // In staging whatever is installed together is the test: a part of it is tested as well.
    await runs.withdraw(run.runKey, patchId, verdict.reason, !isTest && rule?.subsetAllowed !== true);
  }
}
