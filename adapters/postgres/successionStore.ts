// Successors of patches in flight, and the word of those who keep a patch nevertheless (I11).

import { and, asc, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import type { Succession, SuccessionStore } from '../../ports/successions.js';
import type { Tell, Told } from './auditLog.js';
import type { Database } from './database.js';
import { succession } from './schema/successions.js';

export function createSuccessionStore(db: Database, tell: Tell): SuccessionStore {
  return {
    async save(found, at) {
      if (found.length === 0) return;
      await db.transaction(async (tx) => {
        const ids = found.map((one) => one.patchId);
        const rows = await tx.select().from(succession).where(inArray(succession.patchId, ids)).for('update');
        const held = new Map(rows.map((row) => [row.patchId, row.successor]));
        const told: Told[] = [];
        for (const { patchId, successor } of found) {
          const before = held.get(patchId) ?? null;
          if (before === successor) continue;
          const set = { successor, since: at, toldAt: null };
          await tx
            .insert(succession)
            .values({ patchId, ...set })
            .onConflictDoUpdate({ target: succession.patchId, set });
          const what = successor === null ? `${patchId} is current again` : `${patchId} is superseded by ${successor}`;
          const why = 'by what the channels announce, while it was under way';
          told.push({ at, what, why, before: { successor: before }, after: { successor }, patchId });
        }
        await tell(tx, told);
      });
    },

    async keep(patchId, { successor, by, reason, at }) {
      return db.transaction(async (tx) => {
        const set = { keptAgainst: successor, keptBy: by, keptReason: reason, keptAt: at, toldAt: null };
        const [kept] = await tx
          .insert(succession)
          .values({ patchId, successor, since: at, ...set })
          .onConflictDoUpdate({ target: succession.patchId, set })
          .returning();
        if (kept === undefined) throw new Error(`the word on ${patchId} was not stored`);
        const what = `${patchId} is kept although ${successor} supersedes it`;
        const after = { keptAgainst: successor, keptBy: by };
        await tell(tx, [{ at, who: by, what, why: reason, after, patchId }]);
        return successionOf(kept);
      });
    },

    async successions(patchIds) {
      const rows = await db
        .select()
        .from(succession)
        .where(inArray(succession.patchId, patchIds))
        .orderBy(asc(succession.patchId));
      return rows.map(successionOf);
    },

    async replacedBy(successor) {
      const rows = await db
        .select()
        .from(succession)
        .where(eq(succession.successor, successor))
        .orderBy(asc(succession.patchId));
      return rows.map(successionOf);
    },

    async kept() {
      const rows = await db
        .select()
        .from(succession)
        .where(isNotNull(succession.keptAgainst))
        .orderBy(asc(succession.patchId));
      return rows.map(successionOf);
    },

    async untold() {
      const rows = await db
        .select()
        .from(succession)
        .where(and(isNotNull(succession.successor), isNull(succession.toldAt)))
        .orderBy(asc(succession.patchId));
      return rows.map(successionOf);
    },

    async told(patchId, at) {
      await db.update(succession).set({ toldAt: at }).where(eq(succession.patchId, patchId));
    },
  };
}

function successionOf({ toldAt: _told, ...row }: typeof succession.$inferSelect): Succession {
  return row;
}
