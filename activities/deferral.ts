// Whether what a deferral waits for has come. Rows say it; news and times are only when to look (I5, I10).

import {
  deferralLook,
  deferralWords,
  eventStanding,
  type DeferEvent,
  type DeferralLook,
  type EventFacts,
} from '../domain/deferral.js';
import { lifeFactsOf } from './patchLife.js';
import type { Ports } from './ports.js';

interface Deferred {
  patchId: string;
  category: string;
  event: DeferEvent;
}

export function createDeferralActivities(ports: Ports) {
  return {
    /** The end of the wait is written down once: the request that follows tells those who decide. */
    async lookAtDeferral(input: Deferred & { requestId: string }): Promise<DeferralLook> {
      const { patchId, category, requestId, event } = input;
      const now = ports.clock.now();
      const look = deferralLook(eventStanding(await factsOf(ports, input), now), now);
      if (look.over)
        await ports.inventory.events.append({
          key: `${requestId}/deferral-over`,
          at: now,
          who: 'rollout',
          what: `the deferral of ${patchId} for ${category} is over`,
          why: `${deferralWords({ deferUntil: null, deferEvent: event })}: ${look.detail}`,
          patchId,
          vmId: null,
          runKey: null,
        });
      return look;
    },
  };
}

/** What whoever is asked again is told of the deferral before; nothing where there was none. */
export async function deferralLines(ports: Ports, patchId: string, category: string): Promise<string[]> {
  const [last] = await ports.inventory.decisions.decisions({ patchId, category, complete: true });
  const event = last?.deferEvent ?? null;
  if (last === undefined || last.withdrawalId !== null || event === null) return [];
  const now = ports.clock.now();
  const look = deferralLook(eventStanding(await factsOf(ports, { patchId, category, event }), now), now);
  const came = look.over ? look.detail : 'that has not come, and its limit has passed';
  return [`Deferred by ${last.by} ${deferralWords(last)}: ${came}.`];
}

async function factsOf(ports: Ports, { patchId, category, event }: Deferred): Promise<EventFacts> {
  if (event.kind === 'freeze') {
    const { freezes } = await ports.policy.current();
    return { kind: 'freeze', found: freezes.find((one) => one.id === event.id) ?? null };
  }
  if (event.kind !== 'revision')
    return { kind: 'closing', found: await ports.inventory.deferrals.closing(event.kind, event.id) };
  const asked = { patchIds: [patchId], category, phase: 'awaiting' as const, ring: null };
  const facts = (await lifeFactsOf(ports, asked)).get(patchId);
  const request = await ports.inventory.decisions.request(patchId, category);
  if (facts === undefined || request === null) throw new Error(`nothing was found out of ${patchId} for ${category}`);
  return {
    kind: 'revision',
    askedAt: request.requestedAt,
    revisedAt: facts.revisedAt,
    successor: facts.successor,
    shownSuccessor: request.subject.successor ?? null,
  };
}
