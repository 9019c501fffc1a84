// The audit log as it grows, for everybody who watches: read once however many watch. Rows decide; what is sent only says where to look.

import type { EventStore } from '../ports/events.js';

type Event = Awaited<ReturnType<EventStore['events']>>[number];

/** Where it is listened to. */
export const streamPath = '/v1/stream';

/** What a watcher is told of an event. */
export type Told = Pick<Event, 'seq' | 'at' | 'who' | 'what' | 'patchId' | 'vmId' | 'runKey'>;

export interface Feed {
  /** `onTold` gets whatever is written from now on, in order. Returns how to stop. */
  watch(onTold: (events: Told[]) => void): Promise<() => void>;
  /** What was written after this event; null: so much that it is better read anew. */
  since(seq: number): Promise<Told[] | null>;
  /** Number of the newest event. */
  head(): Promise<number>;
}

const pollMs = 500;
const pageMax = 1000;
/** Above this a watcher that was away reads its pages anew. */
export const replayMax = 5000;

export function createFeed(events: EventStore): Feed {
  const watchers = new Set<(events: Told[]) => void>();
  let last = 0;
  let timer: NodeJS.Timeout | null = null;

  const head = async () => (await events.head())?.seq ?? 0;

  async function read(after: number): Promise<Told[]> {
    return (await events.events({ after, limit: pageMax })).map(toldOf);
  }

  async function poll(): Promise<void> {
    try {
      for (let page = await read(last); page.length > 0; page = page.length < pageMax ? [] : await read(last)) {
        last = page.at(-1)?.seq ?? last;
        for (const onTold of watchers) onTold(page);
      }
    } catch {
      // The database is away: whoever watches sees no beat of it, and the next look tells everything that was missed.
    }
    timer = watchers.size === 0 ? null : setTimeout(() => void poll(), pollMs);
  }

  return {
    head,

    async watch(onTold) {
      if (watchers.size === 0) last = await head();
      watchers.add(onTold);
      timer ??= setTimeout(() => void poll(), pollMs);
      return () => watchers.delete(onTold);
    },

    async since(seq) {
      const newest = await head();
      if (newest - seq > replayMax || seq > newest) return null;
      const told: Told[] = [];
      for (
        let page = await read(seq);
        page.length > 0;
        page = page.length < pageMax ? [] : await read(told.at(-1)?.seq ?? seq)
      )
        told.push(...page);
      return told;
    },
  };
}

function toldOf({ seq, at, who, what, patchId, vmId, runKey }: Event): Told {
  return { seq, at, who, what, patchId, vmId, runKey };
}
