// Restorations: one under way for each machine, decided once under its lock, ended once.

import { and, desc, eq } from 'drizzle-orm';
import type { Restoration } from '../../domain/restoration.js';
import type { RestorationStore } from '../../ports/restorations.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { restoration } from './schema/restorations.js';

export function createRestorationStore(db: Database, tell: Tell): RestorationStore {
  return {
    async ask(asked) {
      return db.transaction(async (tx) => {
        const { vmId, vmName, baseline, version, way } = asked.subject;
        const [made] = await tx
          .insert(restoration)
          .values({ ...asked, vmId, status: 'waiting', detail: '' })
          .onConflictDoNothing()
          .returning();
        if (made === undefined) return null;
        const what = `${vmName}: restoring ${baseline} ${version} was asked for, by ${way.kind}`;
        const after = { restorationId: asked.restorationId, digest: asked.digest };
        await tell(tx, [{ at: asked.requestedAt, who: asked.requestedBy, what, why: asked.reason, after, vmId }]);
        return restorationOf(made);
      });
    },

    async restoration(restorationId) {
      const [row] = await db.select().from(restoration).where(eq(restoration.restorationId, restorationId));
      return row === undefined ? null : restorationOf(row);
    },

    async restorations({ vmId, status }) {
      const rows = await db
        .select()
        .from(restoration)
        .where(
          and(
            vmId === undefined ? undefined : eq(restoration.vmId, vmId),
            status === undefined ? undefined : eq(restoration.status, status),
          ),
        )
        .orderBy(desc(restoration.requestedAt), desc(restoration.restorationId));
      return rows.map(restorationOf);
    },

    async decide(restorationId, { by, verdict, justification, at }, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, restorationId);
        if (held === null) return null;
        const problems = judge(held);
        const { vmId, vmName } = held.subject;
        const told = { at, who: by, why: justification, vmId };
        if (problems.length > 0) {
          const what = `${vmName}: decision on restoring refused: ${problems.join('; ')}`;
          await tell(tx, [{ ...told, what, after: { restorationId } }]);
          return { restoration: held, problems };
        }
        const status = verdict === 'approve' ? ('approved' as const) : ('rejected' as const);
        const after = await change(tx, restorationId, { status, decidedBy: by, justification, decidedAt: at });
        await tell(tx, [
          { ...told, what: `${vmName}: restoring ${status}`, after: { restorationId, digest: held.digest } },
        ]);
        return { restoration: after, problems };
      });
    },

    async expire(restorationId, at) {
      return db.transaction(async (tx) => {
        const held = await required(tx, restorationId);
        if (held.status !== 'waiting') return held;
        const after = await change(tx, restorationId, { status: 'expired', endedAt: at });
        const { vmId, vmName } = held.subject;
        const why = `nobody decided until ${held.expiresAt}`;
        await tell(tx, [{ at, what: `${vmName}: restoring expired`, why, after: { restorationId }, vmId }]);
        return after;
      });
    },

    async end(restorationId, { outcome, detail, differencesAfter, at }) {
      return db.transaction(async (tx) => {
        const held = await required(tx, restorationId);
        if (held.status !== 'approved') return held;
        const set = { status: 'ended' as const, outcome, detail, differencesAfter, endedAt: at };
        const after = await change(tx, restorationId, set);
        const { vmId, vmName } = held.subject;
        const left = { restorationId, outcome, differencesAfter };
        await tell(tx, [{ at, what: `${vmName}: restoring ended: ${outcome}`, why: detail, after: left, vmId }]);
        return after;
      });
    },
  };
}

async function locked(on: Statements, restorationId: string): Promise<Restoration | null> {
  const [row] = await on.select().from(restoration).where(eq(restoration.restorationId, restorationId)).for('update');
  return row === undefined ? null : restorationOf(row);
}

async function required(on: Statements, restorationId: string): Promise<Restoration> {
  const held = await locked(on, restorationId);
  if (held === null) throw new Error(`restoration ${restorationId} is not in the inventory`);
  return held;
}

async function change(
  on: Statements,
  restorationId: string,
  set: Partial<typeof restoration.$inferInsert>,
): Promise<Restoration> {
  const [row] = await on.update(restoration).set(set).where(eq(restoration.restorationId, restorationId)).returning();
  if (row === undefined) throw new Error(`restoration ${restorationId} vanished`);
  return restorationOf(row);
}

function restorationOf({ vmId: _vmId, ...row }: typeof restoration.$inferSelect): Restoration {
  return row;
}
