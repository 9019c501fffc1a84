// The story as events, and the standing stop. Events are only ever added (I8).

import { and, asc, desc, eq, gt, isNull } from 'drizzle-orm';
import type { EventStore, StopStore } from '../../ports/inventory.js';
import type { Database } from './database.js';
import { event, stop } from './schema.js';

export function createEventStore(db: Database): EventStore {
  return {
    async append(entry) {
      await db.insert(event).values(entry).onConflictDoNothing({ target: event.key });
    },

    async events({ after, patchId, vmId, runKey, limit }) {
      return db
        .select()
        .from(event)
        .where(
          and(
            after === undefined ? undefined : gt(event.seq, after),
            patchId === undefined ? undefined : eq(event.patchId, patchId),
            vmId === undefined ? undefined : eq(event.vmId, vmId),
            runKey === undefined ? undefined : eq(event.runKey, runKey),
          ),
        )
        .orderBy(asc(event.seq))
        .limit(limit ?? 1000);
    },
  };
}

export function createStopStore(db: Database): StopStore {
  return {
    async stopAll(by, reason, at) {
      await db.insert(stop).values({ by, reason, at });
    },

    async liftStop(by, reason, at) {
      await db.update(stop).set({ liftedBy: by, liftedReason: reason, liftedAt: at }).where(isNull(stop.liftedAt));
    },

    async standingStop() {
      const [held] = await db.select().from(stop).where(isNull(stop.liftedAt)).orderBy(desc(stop.seq)).limit(1);
      return held === undefined ? null : { by: held.by, reason: held.reason, at: held.at };
    },
  };
}
