// The audit log, read and added to, and the standing stop.

import { and, asc, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import type { EventStore, StopStore } from '../../ports/events.js';
import type { Tell } from './auditLog.js';
import { containing } from './containing.js';
import type { Database } from './database.js';
import { event, eventHead, stop } from './schema/events.js';

export function createEventStore(db: Database, tell: Tell): EventStore {
  return {
    append: (entry) => tell(db, [entry]),

    async events({ after, before, patchId, vmId, runKey, who, words, limit, newest }) {
      const rows = await db
        .select()
        .from(event)
        .where(
          and(
            after === undefined ? undefined : gt(event.seq, after),
            before === undefined ? undefined : lt(event.seq, before),
            who === undefined ? undefined : eq(event.who, who),
            words === undefined ? undefined : containing(event.what, words),
            patchId === undefined ? undefined : eq(event.patchId, patchId),
            vmId === undefined ? undefined : eq(event.vmId, vmId),
            runKey === undefined ? undefined : eq(event.runKey, runKey),
          ),
        )
        .orderBy(newest ? desc(event.seq) : asc(event.seq))
        .limit(limit ?? 1000);
      return rows.map(({ body, hash: _hash, ...row }) => {
        const { before, after: later } = JSON.parse(body) as { before: unknown; after: unknown };
        return { ...row, before, after: later };
      });
    },

    async chain(after, limit, last) {
      const { rows } = await db.execute<{ seq: string; body: string; hash: string }>(sql`
        select seq, body, hash from event where seq > ${after} ${last === undefined ? sql`` : sql`and seq <= ${last}`}
        order by seq limit ${limit}`);
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
    },

    async head() {
      const [row] = await db.select({ seq: eventHead.seq, hash: eventHead.hash }).from(eventHead);
      return row ?? null;
    },

    async span(patchId) {
      const [row] = await db
        .select({ first: sql<string | null>`min(${event.seq})`, last: sql<string | null>`max(${event.seq})` })
        .from(event)
        .where(eq(event.patchId, patchId));
      return row === undefined || row.first === null ? null : { first: Number(row.first), last: Number(row.last) };
    },
  };
}

export function createStopStore(db: Database, tell: Tell): StopStore {
  return {
    async stopAll(by, reason, at) {
      await db.transaction(async (tx) => {
        await tx.insert(stop).values({ by, reason, at });
        await tell(tx, [{ at, who: by, what: 'everything is stopped', why: reason, after: { stopped: true } }]);
      });
    },

    async liftStop(by, reason, at) {
      await db.transaction(async (tx) => {
        const lifted = await tx
          .update(stop)
          .set({ liftedBy: by, liftedReason: reason, liftedAt: at })
          .where(isNull(stop.liftedAt))
          .returning({ by: stop.by, reason: stop.reason, at: stop.at });
        if (lifted.length === 0) return;
        await tell(tx, [
          { at, who: by, what: 'the stop is lifted', why: reason, before: lifted, after: { stopped: false } },
        ]);
      });
    },

    async standingStop() {
      const [held] = await db.select().from(stop).where(isNull(stop.liftedAt)).orderBy(desc(stop.seq)).limit(1);
      return held === undefined ? null : { by: held.by, reason: held.reason, at: held.at };
    },
  };
}
