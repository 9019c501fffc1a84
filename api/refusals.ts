// Refusals are history too, but nobody may fill the audit log by being refused: the first of a kind is written, the rest is counted.

import type { FastifyRequest } from 'fastify';
import type { Clock } from '../ports/clock.js';
import type { SignInStore } from '../ports/signIns.js';

export interface Refusals {
  /** `name` null: nobody who is known. */
  note(request: FastifyRequest, name: string | null, why: string): void;
}

/** Of one kind, and of all together, in one period. */
const periodMs = 10 * 60_000;
const eventsMax = 60;

interface Counted {
  since: number;
  more: number;
}

export function createRefusals(store: SignInStore, clock: Clock): Refusals {
  const kinds = new Map<string, Counted>();
  let period = { since: 0, events: 0, unwritten: 0 };

  return {
    note(request, name, why) {
      const now = Date.parse(clock.now());
      if (now - period.since >= periodMs) {
        let { unwritten } = period;
        for (const [kind, { since, more }] of kinds) {
          if (now - since < periodMs) continue;
          kinds.delete(kind);
          unwritten += more;
        }
        period = { since: now, events: 0, unwritten };
      }
      // Without a name anybody could make up kinds: the address is all that tells them apart.
      const place = `${request.method} ${request.routeOptions.url ?? '?'}`;
      const kind = name === null ? `from ${request.ip}` : `${name} ${place}`;
      const held = kinds.get(kind);
      if (period.events >= eventsMax) {
        period.unwritten += 1;
        return;
      }
      if (held !== undefined && now - held.since < periodMs) {
        held.more += 1;
        return;
      }
      const unwritten = period.unwritten + (held?.more ?? 0);
      const before = unwritten === 0 ? [] : [`${unwritten} refusals before it were only counted`];
      kinds.set(kind, { since: now, more: 0 });
      period = { ...period, events: period.events + 1, unwritten: 0 };
      const what = `refused: ${place} from ${request.ip}`;
      const told = { who: name ?? 'nobody', what, why: [why, ...before].join('; '), at: clock.now() };
      void store.noteRefused(told).catch((failure: unknown) => request.log.error(failure));
    },
  };
}
