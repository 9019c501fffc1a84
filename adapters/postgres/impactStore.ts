// Impacts: computed, then edited by people. An edit takes the request that waits with it, in one transaction (I9).

import { and, asc, desc, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { canonical } from '../../domain/canonical.js';
import type { Impact } from '../../domain/impact.js';
import type { ImpactEdit } from '../../domain/impactEdit.js';
import { signedImpact } from '../../domain/impactSigned.js';
import type { EndedSession, ImpactStore } from '../../ports/impacts.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { decisionRequest } from './schema/decisions.js';
import { vm } from './schema/machines.js';
import { run } from './schema/runs.js';
import { operation, session } from './schema/sessions.js';
import { impactEdit, impactRecord } from './schema/impacts.js';

const unwinding = alias(operation, 'unwinding');

export function createImpactStore(db: Database, tell: Tell): ImpactStore {
  return {
    async save(impact) {
      await db.transaction(async (tx) => {
        const { patchId, category, at } = impact;
        const place = and(eq(impactRecord.patchId, patchId), eq(impactRecord.category, category));
        const [held] = await tx.select().from(impactRecord).where(place).for('update');
        if (held !== undefined && isSame(held.record, impact)) return;
        const row = { patchId, category, record: impact, at };
        await tx
          .insert(impactRecord)
          .values(row)
          .onConflictDoUpdate({ target: [impactRecord.patchId, impactRecord.category], set: row });
        const before = held === undefined ? null : signedImpact(held.record, []);
        const what = `the impact of ${patchId} for ${category} was computed`;
        const why = `${impact.forecast.reduce((sum, group) => sum + group.vmIds.length, 0)} machines`;
        await tell(tx, [{ at, what, why, before, after: signedImpact(impact, []), patchId }]);
      });
    },

    async impacts({ patchId, category }) {
      const rows = await db
        .select()
        .from(impactRecord)
        .where(
          and(
            eq(impactRecord.patchId, patchId),
            category === undefined ? undefined : eq(impactRecord.category, category),
          ),
        )
        .orderBy(asc(impactRecord.category));
      return rows.map((row) => row.record);
    },

    async endedSessions({ runKey, limit }) {
      const newest = await sessionsWhere(db, undefined, limit);
      if (runKey === null) return newest;
      const ofRun = await sessionsWhere(db, eq(session.runKey, runKey), limit);
      return [...ofRun, ...newest.filter((one) => one.runKey !== runKey)];
    },

    async edit(edit) {
      return db.transaction(async (tx) => {
        await tx.insert(impactEdit).values(edit);
        const recalled = await recallRequest(tx, edit);
        const { patchId, category, vmId, vmName, downtimeMinutes, note, reason: why, by: who, at, editId } = edit;
        const what = `the impact of ${patchId} for ${category}${vmName === null ? '' : ` on ${vmName}`} was edited`;
        const after = { editId, downtimeMinutes, note, recalled: recalled.length > 0 };
        await tell(tx, [{ at, who, what, why, after, patchId, vmId }]);
        return { recalled: recalled.length > 0 };
      });
    },

    async edits({ patchId, category }) {
      const rows = await db
        .select()
        .from(impactEdit)
        .where(
          and(eq(impactEdit.patchId, patchId), category === undefined ? undefined : eq(impactEdit.category, category)),
        )
        .orderBy(asc(impactEdit.at), asc(impactEdit.editId));
      return rows.map(editOf);
    },

    async untold() {
      const rows = await db.select().from(impactEdit).where(isNull(impactEdit.toldAt)).orderBy(asc(impactEdit.at));
      return rows.map(editOf);
    },

    async told(editIds, at) {
      if (editIds.length === 0) return;
      await db
        .update(impactEdit)
        .set({ toldAt: at })
        .where(and(inArray(impactEdit.editId, editIds), isNull(impactEdit.toldAt)));
    },
  };
}

/** Computed at another moment it is the same where its age alone differs. */
function isSame(before: Impact, after: Impact): boolean {
  const timeless = ({ at: _at, risk: _risk, ...rest }: Impact) => canonical(rest);
  return timeless(before) === timeless(after) && riskText(before) === riskText(after);
}

function riskText({ risk: { notApplying, applying } }: Impact): string {
  const { ageDays: _age, words: _words, ...rest } = applying;
  return canonical({ notApplying, rest });
}

async function recallRequest(tx: Statements, { patchId, category, at }: ImpactEdit): Promise<{ requestId: string }[]> {
  return tx
    .update(decisionRequest)
    .set({ status: 'superseded', closedAt: at })
    .where(
      and(
        eq(decisionRequest.patchId, patchId),
        eq(decisionRequest.category, category),
        eq(decisionRequest.status, 'waiting'),
      ),
    )
    .returning({ requestId: decisionRequest.requestId });
}

async function sessionsWhere(
  db: Database,
  condition: ReturnType<typeof eq> | undefined,
  limit: number,
): Promise<EndedSession[]> {
  const rows = await db
    .select({
      runKey: session.runKey,
      category: run.category,
      osType: vm.osType,
      osName: vm.osName,
      osVersion: vm.osVersion,
      startedAt: session.startedAt,
      endedAt: session.endedAt,
      outcome: session.outcome,
      installed: operation.result,
      unwoundFrom: unwinding.intendedAt,
    })
    .from(session)
    .innerJoin(run, eq(run.runKey, session.runKey))
    .innerJoin(vm, eq(vm.vmId, session.vmId))
    .leftJoin(operation, and(eq(operation.sessionId, session.sessionId), eq(operation.step, 'install')))
    .leftJoin(unwinding, and(eq(unwinding.sessionId, session.sessionId), eq(unwinding.step, 'deallocate')))
    .where(and(isNotNull(session.endedAt), inArray(session.outcome, ['installed', 'rolledBack']), condition))
    .orderBy(desc(session.endedAt), asc(session.sessionId))
    .limit(limit);
  return rows.flatMap(({ endedAt, outcome, ...row }) =>
    endedAt === null || outcome === null ? [] : [{ ...row, endedAt, outcome, installed: row.installed ?? null }],
  );
}

function editOf({ toldAt: _told, ...row }: typeof impactEdit.$inferSelect): ImpactEdit {
  return row;
}
