// Waivers of patches: asked for by one person, decided once under the row's lock by another, ended once. Each step is told to the audit log.

import { and, asc, eq, gt, inArray, isNull, lt, ne, sql } from 'drizzle-orm';
import type { PatchWaiver } from '../../domain/patchWaiver.js';
import type { PatchWaiverFilter, PatchWaiverStore } from '../../ports/patchWaivers.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { isAsGranted } from './excusing.js';
import { patchWaiver } from './schema/patchWaivers.js';

export function createPatchWaiverStore(db: Database, tell: Tell): PatchWaiverStore {
  return {
    async ask(asked) {
      return db.transaction(async (tx) => {
        const values = { ...asked, status: 'asked' as const };
        const [made] = await tx.insert(patchWaiver).values(values).onConflictDoNothing().returning();
        if (made === undefined) return null;
        const { waiverId, until, control, owner, renews } = made;
        const after = { waiverId, until, control, owner, renews };
        await tell(tx, [
          {
            ...toldOf(made, asked.requestedAt, 'a waiver was asked for'),
            who: asked.requestedBy,
            why: asked.reason,
            after,
          },
        ]);
        return made;
      });
    },

    async waiver(waiverId) {
      const [row] = await db.select().from(patchWaiver).where(eq(patchWaiver.waiverId, waiverId));
      return row ?? null;
    },

    waivers: (filter) => listOf(db, filter),

    async standing({ patchIds, now, excusing = false }) {
      return db
        .select()
        .from(patchWaiver)
        .where(
          and(
            eq(patchWaiver.status, 'approved'),
            gt(patchWaiver.until, now),
            patchIds === undefined ? undefined : inArray(patchWaiver.patchId, patchIds),
            excusing ? isAsGranted : undefined,
          ),
        )
        .orderBy(asc(patchWaiver.until), asc(patchWaiver.waiverId));
    },

    async decide(waiverId, { by, verdict, justification, at }, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, waiverId);
        if (held === null) return null;
        const problems = judge(held);
        if (problems.length > 0) {
          const refused = toldOf(held, at, `decision on a waiver refused: ${problems.join('; ')}`);
          await tell(tx, [{ ...refused, who: by, why: justification, after: { waiverId } }]);
          return { waiver: held, problems };
        }
        const replaced = verdict === 'approve' ? await replaceStanding(tx, held, by, at) : [];
        const status = verdict === 'approve' ? ('approved' as const) : ('rejected' as const);
        const waiver = await change(tx, waiverId, { status, decidedBy: by, decidedAt: at, justification });
        const words = verdict === 'approve' ? `waived until ${waiver.until}` : 'the waiver was rejected';
        await tell(tx, [
          ...replaced,
          {
            ...toldOf(waiver, at, words),
            who: by,
            why: justification,
            before: { status: held.status },
            after: { waiverId, status },
          },
        ]);
        return { waiver, problems };
      });
    },

    async end(waiverId, { status, by, reason, at }, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, waiverId);
        if (held === null) return null;
        const problems = judge(held);
        if (problems.length > 0 || !['asked', 'approved'].includes(held.status)) return { waiver: held, problems };
        const waiver = await change(tx, waiverId, { status, endedBy: by, endedAt: at, endReason: reason });
        const what = `the waiver ${status === 'expired' ? 'has expired' : 'was revoked'}`;
        await tell(tx, [
          {
            ...toldOf(waiver, at, what),
            who: by,
            why: reason,
            before: { status: held.status },
            after: { waiverId, status },
          },
        ]);
        return { waiver, problems };
      });
    },
  };
}

async function listOf(db: Database, filter: PatchWaiverFilter): Promise<PatchWaiver[]> {
  const { patchIds, vmId, category, statuses, endsBefore, after, limit } = filter;
  const page = db
    .select()
    .from(patchWaiver)
    .where(
      and(
        patchIds === undefined ? undefined : inArray(patchWaiver.patchId, patchIds),
        vmId === undefined ? undefined : eq(patchWaiver.vmId, vmId),
        category === undefined ? undefined : eq(patchWaiver.category, category),
        statuses === undefined ? undefined : inArray(patchWaiver.status, statuses),
        endsBefore === undefined ? undefined : lt(patchWaiver.until, endsBefore),
        after === undefined
          ? undefined
          : sql`(${patchWaiver.until}, ${patchWaiver.waiverId}) > (select p.until, p.waiver_id from patch_waiver p where p.waiver_id = ${after})`,
      ),
    )
    .orderBy(asc(patchWaiver.until), asc(patchWaiver.waiverId));
  return limit === undefined ? page : page.limit(limit);
}

async function locked(on: Statements, waiverId: string): Promise<PatchWaiver | null> {
  const [row] = await on.select().from(patchWaiver).where(eq(patchWaiver.waiverId, waiverId)).for('update');
  return row ?? null;
}

async function change(
  on: Statements,
  waiverId: string,
  set: Partial<typeof patchWaiver.$inferInsert>,
): Promise<PatchWaiver> {
  const [row] = await on.update(patchWaiver).set(set).where(eq(patchWaiver.waiverId, waiverId)).returning();
  if (row === undefined) throw new Error(`waiver ${waiverId} vanished`);
  return row;
}

/** What stood for the same machine or category ends by the new one. */
async function replaceStanding(on: Statements, by: PatchWaiver, who: string, at: string): Promise<Told[]> {
  const reason = `replaced by waiver ${by.waiverId}`;
  const replaced = await on
    .update(patchWaiver)
    .set({ status: 'replaced', endedBy: who, endedAt: at, endReason: reason })
    .where(
      and(
        eq(patchWaiver.patchId, by.patchId),
        eq(patchWaiver.category, by.category),
        by.vmId === null ? isNull(patchWaiver.vmId) : eq(patchWaiver.vmId, by.vmId),
        eq(patchWaiver.status, 'approved'),
        ne(patchWaiver.waiverId, by.waiverId),
      ),
    )
    .returning();
  return replaced.map((one) => ({
    ...toldOf(one, at, 'the waiver was replaced'),
    who,
    why: reason,
    before: { status: 'approved' },
    after: { waiverId: one.waiverId, status: 'replaced' },
  }));
}

function toldOf({ patchId, vmId, vmName, category }: PatchWaiver, at: string, words: string) {
  return { at, what: `${patchId} for ${vmName ?? category}: ${words}`, why: '', patchId, vmId };
}
