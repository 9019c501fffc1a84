// Checklists of staging runs: opened once, each item ticked once, both told to the audit log.

import { and, desc, eq, exists, gt, isNull, sql } from 'drizzle-orm';
import { whoOf } from '../../domain/checklist.js';
import type { ChecklistStore } from '../../ports/checklists.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { manifest, run } from './schema/runs.js';
import { testCheck } from './schema/checklists.js';

export function createChecklistStore(db: Database, tell: Tell): ChecklistStore {
  return {
    async open(runKey, checks) {
      return db.transaction(async (tx) => {
        await tx.select().from(run).where(eq(run.runKey, runKey)).for('update');
        const held = await tx.select().from(testCheck).where(eq(testCheck.runKey, runKey)).orderBy(testCheck.name);
        if (held.length > 0 || checks.length === 0) return held;
        const made = await tx
          .insert(testCheck)
          .values(checks.map((one) => ({ ...one, runKey })))
          .returning();
        await tell(
          tx,
          made.map((one) => ({
            at: one.assignedAt,
            what: `${one.name} of the checklist for ${one.category} is assigned to ${whoOf(one)}`,
            why: one.text,
            after: { until: one.until },
            runKey,
          })),
        );
        return made;
      });
    },

    async checks({ runKey, patchId, category, waitingAt, after, limit }) {
      const page = db
        .select()
        .from(testCheck)
        .where(
          and(
            runKey === undefined ? undefined : eq(testCheck.runKey, runKey),
            category === undefined ? undefined : eq(testCheck.category, category),
            patchId === undefined
              ? undefined
              : exists(
                  db
                    .select({ runKey: manifest.runKey })
                    .from(manifest)
                    .where(and(eq(manifest.runKey, testCheck.runKey), eq(manifest.patchId, patchId))),
                ),
            waitingAt === undefined ? undefined : and(isNull(testCheck.outcome), gt(testCheck.until, waitingAt)),
            after === undefined
              ? undefined
              : sql`(${testCheck.assignedAt}, ${testCheck.runKey}, ${testCheck.name}) < (${after.assignedAt}::timestamptz, ${after.runKey}, ${after.name})`,
          ),
        )
        .orderBy(desc(testCheck.assignedAt), desc(testCheck.runKey), desc(testCheck.name));
      return limit === undefined ? page : page.limit(limit);
    },

    async tick(runKey, name, tick, decide) {
      return db.transaction(async (tx) => {
        const mine = and(eq(testCheck.runKey, runKey), eq(testCheck.name, name));
        const [held] = await tx.select().from(testCheck).where(mine).for('update');
        if (held === undefined) return null;
        const problems = decide(held);
        if (problems.length > 0) return { check: held, problems };
        const [check] = await tx.update(testCheck).set(tick).where(mine).returning();
        if (check === undefined) throw new Error(`item ${name} of ${runKey} vanished while it was ticked`);
        const { by: who, note: why, at, outcome } = tick;
        const what = `${name} of the checklist for ${held.category} is ticked: ${outcome}`;
        await tell(tx, [{ at, who, what, why, before: { outcome: null }, after: { outcome }, runKey }]);
        return { check, problems: [] };
      });
    },
  };
}
