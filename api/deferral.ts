// What somebody who defers waits for: it must be there and not over, and gets a limit where none was named (I10). Whoever ends it hastens those who wait.

import type { FastifyBaseLogger } from 'fastify';
import {
  endingNamed,
  eventStanding,
  limitAfter,
  type DeferEvent,
  type Deferral,
  type EventFacts,
} from '../domain/deferral.js';
import { newsSignal } from '../workflows/messages.js';
import type { ApiParts } from './parts.js';
import { ApiProblem } from './problem.js';

type Parts = Pick<ApiParts, 'inventory' | 'policy' | 'clock'>;
type Ended = Exclude<DeferEvent, { kind: 'revision' }>;

/** As it is signed. A date that nobody named is left to policy. */
export async function deferralOf(
  parts: Parts,
  { deferUntil, deferEvent = null }: Deferral,
): Promise<{ deferUntil: string | null; deferEvent: DeferEvent | null }> {
  if (deferEvent === null) return { deferUntil, deferEvent };
  if (deferEvent.kind !== 'revision') await requireAhead(parts, deferEvent);
  const { approvals } = await parts.policy.current();
  return { deferEvent, deferUntil: deferUntil ?? limitAfter(parts.clock.now(), approvals.deferralDays) };
}

const lists = { knownIssue: 'known-issue list', incident: 'incident list', freeze: 'policy show' };

async function requireAhead(parts: Parts, event: Ended): Promise<void> {
  const standing = eventStanding(await factsOf(parts, event), parts.clock.now());
  if (standing.kind === 'unknown')
    throw new ApiProblem(
      400,
      'Unknown event',
      `There is no ${endingNamed(event)} to wait for: \`${lists[event.kind]}\` shows them.`,
    );
  if (standing.kind === 'over')
    throw new ApiProblem(
      409,
      'Over already',
      `There is nothing to wait for: ${endingNamed(event)}, ${standing.detail}. Decide now, or defer until a date.`,
    );
}

async function factsOf({ inventory, policy }: Parts, event: Ended): Promise<EventFacts> {
  if (event.kind !== 'freeze')
    return { kind: 'closing', found: await inventory.deferrals.closing(event.kind, event.id) };
  const { freezes } = await policy.current();
  return { kind: 'freeze', found: freezes.find((one) => one.id === event.id) ?? null };
}

/** A rollout that does not hear of it looks by itself within a day. */
export async function tellWaiting(
  { inventory, client }: Pick<ApiParts, 'inventory' | 'client'>,
  event: Ended,
  log: FastifyBaseLogger,
): Promise<void> {
  for (const { patchId, category } of await inventory.deferrals.waitingFor(event)) {
    try {
      await client.workflow.getHandle(`rollout/${patchId}/${category}`).signal(newsSignal);
    } catch (failure) {
      log.error(failure, `${patchId} for ${category} waits for ${endingNamed(event)} and could not be told yet`);
    }
  }
}
