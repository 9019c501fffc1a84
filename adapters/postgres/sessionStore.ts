// Sessions: admitted one after another under one lock (I3, I4), settled once with all that they did (I7).

import { and, asc, desc, eq, inArray, isNull, ne, notInArray, sql } from 'drizzle-orm';
import type { OperationStep } from '../../domain/operation.js';
import type { SessionStore } from '../../ports/sessions.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { setStates } from './runStore.js';
import { vm } from './schema/machines.js';
import { manifest, run } from './schema/runs.js';
import { admissionLock, installation, operation, rollback, session } from './schema/sessions.js';

export function createSessionStore(db: Database, tell: Tell): SessionStore {
  return {
    async admit(asked, decide) {
      return db.transaction(async (tx) => {
        await tx.select().from(admissionLock).for('update');
        const [held] = await tx.select().from(session).where(eq(session.sessionId, asked.sessionId));
        if (held !== undefined && held.endedAt !== null)
          throw new Error(
            `session ${asked.sessionId} has ended as ${held.outcome ?? 'unknown'}: a new attempt needs a new id`,
          );
        const openSessions = await tx
          .select({ sessionId: session.sessionId, vmId: session.vmId, runKey: session.runKey })
          .from(session)
          .where(and(isNull(session.endedAt), ne(session.sessionId, asked.sessionId)));
        const unfinished = await tx
          .select({ sessionId: operation.sessionId, step: operation.step })
          .from(operation)
          .where(
            and(
              eq(operation.vmId, asked.vmId),
              inArray(operation.state, ['intent', 'accepted']),
              ne(operation.sessionId, asked.sessionId),
            ),
          );
        const rows = await tx
          .select()
          .from(manifest)
          .where(and(eq(manifest.runKey, asked.runKey), eq(manifest.vmId, asked.vmId)));
        const answer = decide({
          openSessions,
          unfinishedOperations: unfinished.map((row) => ({ ...row, step: row.step as OperationStep })),
          rows,
        });
        if (!answer.admitted || held !== undefined) return answer;
        await tx.insert(session).values({ ...asked, detail: '' });
        const { sessionId, vmId, vmName, runKey, startedAt: at } = asked;
        const why = rows.map((row) => row.patchId).join(', ');
        await tell(tx, [{ at, what: `${vmName}: session begins`, why, after: { sessionId }, vmId, runKey }]);
        return answer;
      });
    },

    async session(sessionId) {
      const [row] = await db.select().from(session).where(eq(session.sessionId, sessionId));
      return row ?? null;
    },

    async sessions({ sessionIds, runKey, vmId, open }) {
      return db
        .select()
        .from(session)
        .where(
          and(
            sessionIds === undefined ? undefined : inArray(session.sessionId, sessionIds),
            runKey === undefined ? undefined : eq(session.runKey, runKey),
            vmId === undefined ? undefined : eq(session.vmId, vmId),
            open === undefined ? undefined : open ? isNull(session.endedAt) : sql`${session.endedAt} is not null`,
          ),
        )
        .orderBy(asc(session.startedAt), asc(session.sessionId));
    },

    async setRestorePoint(sessionId, restorePoint) {
      await db.update(session).set({ restorePoint }).where(eq(session.sessionId, sessionId));
    },

    async settle(sessionId, outcome, detail, rows, at, cause) {
      await db.transaction(async (tx) => {
        const [held] = await tx.select().from(session).where(eq(session.sessionId, sessionId)).for('update');
        if (held === undefined) throw new Error(`session ${sessionId} was never admitted`);
        if (held.endedAt !== null) return;
        await setStates(tx, held.runKey, held.vmId, rows);
        if (rows.length > 0) {
          const { environment, category } = await placeOf(tx, held);
          const whole = { sessionId, vmId: held.vmId, at, source: 'patchline' as const, environment, category };
          await tx
            .insert(installation)
            .values(rows.map(({ arrived: _arrived, present: _present, ...row }) => ({ ...row, ...whole })))
            .onConflictDoNothing();
        }
        if (outcome === 'rolledBack') {
          await tx
            .insert(rollback)
            .values({
              sessionId,
              vmId: held.vmId,
              why: detail,
              how: `OS disk from restore point ${held.restorePoint ?? 'unknown'}`,
              at,
              cause: cause ?? null,
            })
            .onConflictDoNothing();
        }
        await tx.update(session).set({ endedAt: at, outcome, detail }).where(eq(session.sessionId, sessionId));
        const { vmId, vmName, runKey, restorePoint } = held;
        const patchId = rows.length === 1 ? (rows[0]?.patchId ?? null) : null;
        const after = { sessionId, outcome, restorePoint, rows };
        await tell(tx, [{ at, what: `${vmName}: ${outcome}`, why: detail, after, patchId, vmId, runKey }]);
      });
    },

    async installations({ vmId, patchId }) {
      return db
        .select()
        .from(installation)
        .where(
          and(
            vmId === undefined ? undefined : eq(installation.vmId, vmId),
            patchId === undefined ? undefined : eq(installation.patchId, patchId),
          ),
        )
        .orderBy(asc(installation.at), asc(installation.sessionId), asc(installation.patchId));
    },

    async history(vmId, after, limit) {
      const place =
        after === null
          ? undefined
          : sql`(${installation.at}, ${installation.sessionId}, ${installation.patchId})
              > (${after.at}::timestamptz, ${after.sessionId}, ${after.patchId})`;
      return db
        .select()
        .from(installation)
        .where(and(eq(installation.vmId, vmId), place))
        .orderBy(asc(installation.at), asc(installation.sessionId), asc(installation.patchId))
        .limit(limit);
    },

    async patchesOn(vmIds) {
      const newest = db
        .selectDistinctOn([installation.vmId, installation.patchId], {
          vmId: installation.vmId,
          patchId: installation.patchId,
          state: installation.state,
        })
        .from(installation)
        .where(
          and(
            notInArray(installation.state, ['skipped', 'revoked']),
            vmIds === undefined ? undefined : inArray(installation.vmId, vmIds),
          ),
        )
        .orderBy(asc(installation.vmId), asc(installation.patchId), desc(installation.at))
        .as('newest');
      return db
        .select({ vmId: newest.vmId, patchId: newest.patchId })
        .from(newest)
        .where(eq(newest.state, 'installed'))
        .orderBy(asc(newest.vmId), asc(newest.patchId));
    },

    async installationCounts(patchIds) {
      return db
        .select({
          patchId: installation.patchId,
          environment: installation.environment,
          category: installation.category,
          state: installation.state,
          machines: sql<number>`count(distinct ${installation.vmId})::int`,
          firstAt: sql<string>`min(${installation.at})`.mapWith(installation.at),
          lastAt: sql<string>`max(${installation.at})`.mapWith(installation.at),
        })
        .from(installation)
        .where(patchIds === undefined ? undefined : inArray(installation.patchId, patchIds))
        .groupBy(installation.patchId, installation.environment, installation.category, installation.state)
        .orderBy(asc(installation.patchId), asc(installation.environment), asc(installation.category));
    },

    async rollbacks({ vmId, patchId }) {
      const sessions =
        patchId === undefined
          ? undefined
          : inArray(
              rollback.sessionId,
              db
                .select({ sessionId: installation.sessionId })
                .from(installation)
                .where(eq(installation.patchId, patchId)),
            );
      return db
        .select()
        .from(rollback)
        .where(and(vmId === undefined ? undefined : eq(rollback.vmId, vmId), sessions))
        .orderBy(asc(rollback.at), asc(rollback.sessionId));
    },
  };
}

/** Where the session worked: its run's place; a restoration has no run, so the machine's own. */
async function placeOf(on: Statements, { runKey, vmId }: { runKey: string; vmId: string }) {
  const [ofRun] = await on
    .select({ environment: run.environment, category: run.category })
    .from(run)
    .where(eq(run.runKey, runKey));
  if (ofRun !== undefined) return ofRun;
  const [ofVm] = await on
    .select({ environment: vm.environment, category: vm.category })
    .from(vm)
    .where(eq(vm.vmId, vmId));
  return ofVm ?? { environment: 'production' as const, category: null };
}
