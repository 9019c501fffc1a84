// Culprit isolations: begun once for each failed staging run, trial after trial, ended once.

import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Isolation } from '../../domain/isolation.js';
import type { IsolationStore } from '../../ports/isolations.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { isolation, isolationTrial } from './schema/isolations.js';

export function createIsolationStore(db: Database, tell: Tell): IsolationStore {
  return {
    async begin(begun) {
      return db.transaction(async (tx) => {
        const row = { ...begun, status: 'running' as const, detail: '', verdicts: [] };
        const made = await tx.insert(isolation).values(row).onConflictDoNothing().returning();
        const { isolationId, runKey, category, patchIds, groups, startedAt: at } = begun;
        const what = `isolation of the culprit for ${category} begins: ${patchIds.join(', ')}`;
        const after = { isolationId, groups };
        if (made.length > 0) await tell(tx, [{ at, what, why: 'the set failed its staging test', after, runKey }]);
        return required(tx, isolationId);
      });
    },

    async isolation(isolationId) {
      const [found] = await withTrials(
        db,
        await db.select().from(isolation).where(eq(isolation.isolationId, isolationId)),
      );
      return found ?? null;
    },

    async isolations({ runKey, patchId, status, limit }) {
      const rows = await db
        .select()
        .from(isolation)
        .where(
          and(
            runKey === undefined ? undefined : eq(isolation.runKey, runKey),
            patchId === undefined ? undefined : sql`${isolation.patchIds} @> ${jsonText([patchId])}::jsonb`,
            status === undefined ? undefined : eq(isolation.status, status),
          ),
        )
        .orderBy(desc(isolation.startedAt), asc(isolation.isolationId))
        .limit(limit);
      return withTrials(db, rows);
    },

    async openTrials(isolationId, trials) {
      await db.transaction(async (tx) => {
        const held = await required(tx, isolationId);
        const rows = trials.map((one) => ({ ...one, isolationId, reasons: [] }));
        const made = await tx.insert(isolationTrial).values(rows).onConflictDoNothing().returning();
        const told = made.map(({ number, group, patchIds, startedAt: at }) => ({
          at,
          what: `isolation for ${held.category}, trial ${number}: ${patchIds.join(' + ')}`,
          why: `on ${machinesOf(held, group)}`,
          after: { isolationId, number, group, patchIds },
          runKey: held.runKey,
        }));
        await tell(tx, told);
      });
    },

    async enrolTrials(isolationId, number, runKey) {
      await db
        .update(isolationTrial)
        .set({ runKey })
        .where(and(eq(isolationTrial.isolationId, isolationId), eq(isolationTrial.number, number)));
    },

    async closeTrial(isolationId, { number, group }, { verdict, reasons, at }) {
      await db.transaction(async (tx) => {
        const held = await required(tx, isolationId);
        const [closed] = await tx
          .update(isolationTrial)
          .set({ verdict, reasons, endedAt: at })
          .where(
            and(
              eq(isolationTrial.isolationId, isolationId),
              eq(isolationTrial.number, number),
              eq(isolationTrial.group, group),
              isNull(isolationTrial.verdict),
            ),
          )
          .returning();
        if (closed === undefined) return;
        const what = `isolation for ${held.category}, trial ${number} ${verdict}: ${closed.patchIds.join(' + ')}`;
        const after = { isolationId, number, group, verdict };
        await tell(tx, [{ at, what, why: reasons.join('; '), after, runKey: closed.runKey ?? held.runKey }]);
      });
    },

    async end(isolationId, { status, detail, verdicts, at }) {
      return db.transaction(async (tx) => {
        const ended = await tx
          .update(isolation)
          .set({ status, detail, verdicts, endedAt: at })
          .where(and(eq(isolation.isolationId, isolationId), eq(isolation.status, 'running')))
          .returning();
        const held = await required(tx, isolationId);
        const { category, runKey } = held;
        const what = `isolation for ${category} ended: ${status}`;
        if (ended.length > 0) await tell(tx, [{ at, what, why: detail, after: { isolationId, verdicts }, runKey }]);
        return held;
      });
    },
  };
}

function machinesOf({ groups }: Isolation, group: number): string {
  return (groups[group]?.machines ?? []).map((machine) => machine.vmName).join(', ');
}

async function required(on: Statements, isolationId: string): Promise<Isolation> {
  const rows = await on.select().from(isolation).where(eq(isolation.isolationId, isolationId));
  const [found] = await withTrials(on, rows);
  if (found === undefined) throw new Error(`${isolationId} is not in the inventory`);
  return found;
}

async function withTrials(on: Statements, rows: (typeof isolation.$inferSelect)[]): Promise<Isolation[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.isolationId);
  const trials = await on
    .select()
    .from(isolationTrial)
    .where(inArray(isolationTrial.isolationId, ids))
    .orderBy(asc(isolationTrial.number), asc(isolationTrial.group));
  return rows.map((row) => ({
    ...row,
    trials: trials.flatMap(({ isolationId, ...one }) => (isolationId === row.isolationId ? [one] : [])),
  }));
}
