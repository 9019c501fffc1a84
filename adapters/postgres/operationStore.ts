// Azure operations: intent before the request, address after it (I3).

import { and, asc, eq, gte, sql } from 'drizzle-orm';
import type { Operation, OperationStep } from '../../domain/operation.js';
import type { OperationStore } from '../../ports/operations.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { operation } from './schema/sessions.js';

export function createOperationStore(db: Database): OperationStore {
  const row = (sessionId: string, step: OperationStep) =>
    and(eq(operation.sessionId, sessionId), eq(operation.step, step));
  return {
    async operation(sessionId, step) {
      const [held] = await db.select().from(operation).where(row(sessionId, step));
      return held === undefined ? null : operationOf(held);
    },

    async operations(sessionId) {
      const rows = await db
        .select()
        .from(operation)
        .where(eq(operation.sessionId, sessionId))
        .orderBy(asc(operation.intendedAt));
      return rows.map(operationOf);
    },

    async restorePoints(vmIds) {
      return db
        .select({ sessionId: operation.sessionId, vmId: operation.vmId, intendedAt: operation.intendedAt })
        .from(operation)
        .where(
          and(
            sql`${operation.vmId} in (select jsonb_array_elements_text(${jsonText(vmIds)}::jsonb))`,
            eq(operation.step, 'restorePoint'),
            eq(operation.state, 'succeeded'),
          ),
        )
        .orderBy(asc(operation.intendedAt), asc(operation.sessionId));
    },

    async stepsUnderWay(runKey) {
      const { rows } = await db.execute<{ vm_id: string; step: OperationStep }>(sql`
        select distinct on (o.vm_id) o.vm_id, o.step from operation o join session s using (session_id)
        where s.run_key = ${runKey} and s.ended_at is null order by o.vm_id, o.intended_at desc`);
      return new Map(rows.map((row) => [row.vm_id, row.step]));
    },

    async installs({ since, after, limit }) {
      const rows = await db
        .select()
        .from(operation)
        .where(
          and(
            eq(operation.step, 'install'),
            since === undefined ? undefined : gte(operation.intendedAt, since),
            after === undefined
              ? undefined
              : sql`(${operation.intendedAt}, ${operation.sessionId})
                  > (select p.intended_at, p.session_id from operation p where p.session_id = ${after} and p.step = 'install')`,
          ),
        )
        .orderBy(asc(operation.intendedAt), asc(operation.sessionId))
        .limit(limit);
      return rows.map(operationOf);
    },

    async intend(sessionId, step, vmId, at) {
      const made = await db
        .insert(operation)
        .values({ sessionId, step, vmId, state: 'intent', intendedAt: at })
        .onConflictDoNothing()
        .returning({ step: operation.step });
      return made.length === 1;
    },

    async renewIntent(sessionId, step, at) {
      await db
        .update(operation)
        .set({ intendedAt: at })
        .where(and(row(sessionId, step), eq(operation.state, 'intent')));
    },

    async accepted(sessionId, step, operationUrl) {
      await db
        .update(operation)
        .set({ state: 'accepted', operationUrl })
        .where(and(row(sessionId, step), eq(operation.state, 'intent')));
    },

    async finished(sessionId, step, state, result, error) {
      await db
        .update(operation)
        .set({ state, result: result ?? null, error })
        .where(row(sessionId, step));
    },

    async forget(sessionId, step) {
      await db.delete(operation).where(and(row(sessionId, step), eq(operation.state, 'intent')));
    },
  };
}

function operationOf(held: typeof operation.$inferSelect): Operation {
  return { ...held, step: held.step as OperationStep };
}
