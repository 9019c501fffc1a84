// Change records: written where they differ, told to the audit log and put into the outbox in the same transaction.

import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { canonical } from '../../domain/canonical.js';
import { closedChangeStates, type ChangeRecord } from '../../domain/changeRecord.js';
import type { ChangeDelivery, ChangeStore } from '../../ports/changes.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { changeDelivery, changeRecord } from './schema/changes.js';

export function createChangeStore(db: Database, tell: Tell): ChangeStore {
  return {
    async save(changeId, content, targets, at) {
      return db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${changeId}))`);
        const [held] = await tx.select().from(changeRecord).where(eq(changeRecord.changeId, changeId));
        if (
          held !== undefined &&
          (held.closedAt !== null || canonical(held.content) === canonical(JSON.parse(jsonText(content))))
        )
          return false;
        const { patchId, category, state } = content;
        const version = (held?.version ?? 0) + 1;
        const closedAt = closedChangeStates.has(state) ? at : null;
        const now = { patchId, category, state, content, version, updatedAt: at, closedAt };
        await tx
          .insert(changeRecord)
          .values({ changeId, ...now, openedAt: at, external: [] })
          .onConflictDoUpdate({ target: changeRecord.changeId, set: now });
        if (targets.length > 0)
          await tx.insert(changeDelivery).values(targets.map((target) => waitingOf(changeId, target, version, at)));
        const what = held === undefined ? 'a change was opened' : `the change is ${state}`;
        await tell(tx, [
          {
            at,
            what: `${patchId} for ${category}: ${what}`,
            why: content.outcome,
            before: held === undefined ? null : { state: held.state, version: held.version },
            after: { changeId, state, version },
            patchId,
          },
        ]);
        return true;
      });
    },

    async change(changeId) {
      const [row] = await db.select().from(changeRecord).where(eq(changeRecord.changeId, changeId));
      return row === undefined ? null : recordOf(row);
    },

    async changes({ patchId, category, state, open, after, limit }) {
      const page = db
        .select()
        .from(changeRecord)
        .where(
          and(
            patchId === undefined ? undefined : eq(changeRecord.patchId, patchId),
            category === undefined ? undefined : eq(changeRecord.category, category),
            state === undefined ? undefined : eq(changeRecord.state, state),
            open === undefined ? undefined : open ? isNull(changeRecord.closedAt) : isNotNull(changeRecord.closedAt),
            after === undefined
              ? undefined
              : sql`(${changeRecord.openedAt}, ${changeRecord.changeId}) < (select p.opened_at, p.change_id from change_record p where p.change_id = ${after})`,
          ),
        )
        .orderBy(desc(changeRecord.openedAt), desc(changeRecord.changeId));
      return (await (limit === undefined ? page : page.limit(limit))).map(recordOf);
    },

    async deliveries({ changeId, open }) {
      const rows = await db
        .select()
        .from(changeDelivery)
        .where(
          and(
            changeId === undefined ? undefined : eq(changeDelivery.changeId, changeId),
            open === true ? inArray(changeDelivery.state, ['waiting', 'sending']) : undefined,
          ),
        )
        .orderBy(asc(changeDelivery.changeId), asc(changeDelivery.target), asc(changeDelivery.version));
      return rows.map(deliveryOf);
    },

    async claim(deliveryId, at, staleSeconds) {
      const lost = new Date(Date.parse(at) - staleSeconds * 1000).toISOString();
      const rows = await db
        .update(changeDelivery)
        .set({ state: 'sending', claimedAt: at, attempts: sql`${changeDelivery.attempts} + 1` })
        .where(
          and(
            eq(changeDelivery.deliveryId, deliveryId),
            sql`((state = 'waiting' and next_attempt_at <= ${at}::timestamptz) or (state = 'sending' and claimed_at < ${lost}::timestamptz))`,
            sql`not exists (select 1 from change_delivery e where e.change_id = change_delivery.change_id and e.target = change_delivery.target
              and e.version < change_delivery.version and e.state in ('waiting', 'sending'))`,
          ),
        )
        .returning();
      return rows[0] === undefined ? null : deliveryOf(rows[0]);
    },

    async attempted(deliveryId, after, external, at) {
      await db.transaction(async (tx) => {
        const detail = after.state === 'delivered' ? after.answer : after.problem;
        const next = after.state === 'waiting' ? { nextAttemptAt: after.nextAttemptAt } : {};
        const [row] = await tx
          .update(changeDelivery)
          .set({ state: after.state, detail, claimedAt: null, ...next })
          .where(and(eq(changeDelivery.deliveryId, deliveryId), eq(changeDelivery.state, 'sending')))
          .returning();
        if (row === undefined || after.state === 'waiting') return;
        const [held] = await tx
          .select()
          .from(changeRecord)
          .where(eq(changeRecord.changeId, row.changeId))
          .for('update');
        if (held === undefined) throw new Error(`change ${row.changeId} vanished`);
        if (external !== null) {
          const others = held.external.filter((one) => one.target !== external.target);
          await tx
            .update(changeRecord)
            .set({ external: [...others, external] })
            .where(eq(changeRecord.changeId, row.changeId));
        }
        const { patchId, category } = held;
        const what = `${patchId} for ${category}: ${row.target} ${after.state === 'delivered' ? 'took' : 'did not take'} version ${row.version} of the change`;
        await tell(tx, [{ at, what, why: detail, after: { changeId: row.changeId, external }, patchId }]);
      });
    },
  };
}

function waitingOf(changeId: string, target: string, version: number, at: string): typeof changeDelivery.$inferInsert {
  const deliveryId = `${changeId}#${version}@${target}`;
  return { deliveryId, changeId, target, version, state: 'waiting', attempts: 0, nextAttemptAt: at, detail: '' };
}

function recordOf({ content, ...row }: typeof changeRecord.$inferSelect): ChangeRecord {
  return { ...content, ...row };
}

function deliveryOf({ claimedAt: _claimedAt, ...row }: typeof changeDelivery.$inferSelect): ChangeDelivery {
  return row;
}
