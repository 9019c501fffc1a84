// Impact, requests and decisions. A decision is judged and recorded in one transaction with its request's row locked (I1, I6).

import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { DecisionRequest, DecisionStore, RecordedDecision } from '../../ports/decisions.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { decision, decisionRequest, impact } from './schema/decisions.js';

export function createDecisionStore(db: Database, tell: Tell): DecisionStore {
  return {
    async saveImpact(record) {
      await db.transaction(async (tx) => {
        const [held] = await tx
          .select()
          .from(impact)
          .where(and(eq(impact.patchId, record.patchId), eq(impact.category, record.category)));
        await tx
          .insert(impact)
          .values(record)
          .onConflictDoUpdate({ target: [impact.patchId, impact.category], set: record });
        const what = `impact of ${record.patchId} for ${record.category} recorded`;
        const why = `${record.vmIds.length} machines, ${record.downtimeMinutes} minutes, ${record.reboots} restarts in the test`;
        await tell(tx, [{ at: record.at, what, why, before: held ?? null, after: record, patchId: record.patchId }]);
      });
    },

    async impact(patchId, category) {
      const rows = await db
        .select()
        .from(impact)
        .where(and(eq(impact.patchId, patchId), eq(impact.category, category)));
      return rows[0] ?? null;
    },

    async openRequest(request) {
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(decisionRequest).where(eq(decisionRequest.requestId, request.requestId));
        if (held !== undefined) return requestOf(held);
        // First: only one request may wait for a patch and category.
        await tx
          .update(decisionRequest)
          .set({ status: 'superseded', closedAt: request.requestedAt })
          .where(
            and(
              eq(decisionRequest.patchId, request.patchId),
              eq(decisionRequest.category, request.category),
              eq(decisionRequest.status, 'waiting'),
            ),
          );
        const [inserted] = await tx
          .insert(decisionRequest)
          .values({ ...request, status: 'waiting' })
          .returning();
        if (inserted === undefined) throw new Error(`the request ${request.requestId} was not stored`);
        const { patchId, category, digest, requestedBy, expiresAt, requestedAt: at } = request;
        const what = `a decision on ${patchId} for ${category} is asked for`;
        const why = `requested by ${requestedBy.join(', ')}, ${request.subject.vmIds.length} machines, until ${expiresAt}`;
        await tell(tx, [{ at, what, why, after: { requestId: request.requestId, digest }, patchId }]);
        return requestOf(inserted);
      });
    },

    async request(patchId, category) {
      const rows = await db
        .select()
        .from(decisionRequest)
        .where(and(eq(decisionRequest.patchId, patchId), eq(decisionRequest.category, category)))
        .orderBy(desc(decisionRequest.seq))
        .limit(1);
      return rows[0] === undefined ? null : requestOf(rows[0]);
    },

    async requests({ status, patchId, patchIds }) {
      const rows = await db
        .select()
        .from(decisionRequest)
        .where(
          and(
            status === undefined ? undefined : eq(decisionRequest.status, status),
            patchId === undefined ? undefined : eq(decisionRequest.patchId, patchId),
            patchIds === undefined ? undefined : inArray(decisionRequest.patchId, patchIds),
          ),
        )
        .orderBy(asc(decisionRequest.seq));
      return rows.map(requestOf);
    },

    async closeRequest(requestId, status, reason) {
      await db.transaction(async (tx) => {
        const [closed] = await tx
          .update(decisionRequest)
          .set({ status, closedAt: sql`now()` })
          .where(and(eq(decisionRequest.requestId, requestId), eq(decisionRequest.status, 'waiting')))
          .returning();
        if (closed === undefined) return;
        const what = `the request for ${closed.patchId} in ${closed.category} ${status}`;
        const why = reason ?? (status === 'expired' ? 'nobody decided in time' : status);
        const [before, after] = [{ status: 'waiting' }, { requestId, status }];
        await tell(tx, [{ what, why, before, after, patchId: closed.patchId }]);
      });
    },

    async recordDecision(received, judge, at) {
      return db.transaction(async (tx) => {
        const request = await newestRequest(tx, received.patchId, received.category);
        const [known] = await tx.select().from(decision).where(eq(decision.decisionId, received.decisionId));
        if (known !== undefined && (!known.accepted || known.requestId === request?.requestId))
          return recordedOf(known);
        const votes = request === null ? [] : await acceptedFor(tx, request.requestId);
        const answer = judge({ request, alreadyUsed: known !== undefined, votes });
        if (known !== undefined) return { ...recordedOf(known), ...answer, requestId: null };
        const row = {
          ...received,
          ...answer,
          withdrawalId: null,
          complete: answer.accepted && answer.complete,
          byRule: answer.byRule ?? null,
          requestId: answer.accepted ? (request?.requestId ?? null) : null,
          recordedAt: at,
        };
        const [inserted] = await tx.insert(decision).values(row).returning();
        if (row.complete && request !== null) {
          await tx
            .update(decisionRequest)
            .set({ status: 'decided', closedAt: at })
            .where(eq(decisionRequest.requestId, request.requestId));
        }
        if (inserted === undefined) throw new Error(`decision ${received.decisionId} was not stored`);
        const { verdict, patchId, category, justification, by: who } = received;
        const what = `${answer.accepted ? '' : 'refused: '}${verdict} ${patchId} for ${category}${answer.accepted && !answer.complete ? `, one of several (${answer.step ?? ''})` : ''}`;
        const why = answer.accepted ? justification : answer.reasons.join('; ');
        await tell(tx, [{ at, who, what, why, after: row, patchId }]);
        return recordedOf(inserted);
      });
    },

    async decisions({ patchId, patchIds, category, requestId, accepted, complete }) {
      const rows = await db
        .select()
        .from(decision)
        .where(
          and(
            patchId === undefined ? undefined : eq(decision.patchId, patchId),
            patchIds === undefined ? undefined : inArray(decision.patchId, patchIds),
            category === undefined ? undefined : eq(decision.category, category),
            requestId === undefined ? undefined : eq(decision.requestId, requestId),
            accepted === undefined ? undefined : eq(decision.accepted, accepted),
            complete === undefined ? undefined : eq(decision.complete, complete),
          ),
        )
        .orderBy(desc(decision.seq));
      return rows.map(recordedOf);
    },

    async approval(patchId, category) {
      const [row] = await db
        .select()
        .from(decisionRequest)
        .where(and(eq(decisionRequest.patchId, patchId), eq(decisionRequest.category, category)))
        .orderBy(desc(decisionRequest.seq))
        .limit(1);
      if (row?.status !== 'decided') return null;
      const [answer] = await db
        .select()
        .from(decision)
        .where(and(eq(decision.requestId, row.requestId), eq(decision.complete, true)));
      if (answer?.verdict !== 'approve' || answer.digest !== row.digest || answer.withdrawalId !== null) return null;
      return { request: requestOf(row), decision: recordedOf(answer) };
    },
  };
}

/** Locked: whatever is judged by it is judged one after another. */
export async function newestRequest(
  on: Statements,
  patchId: string,
  category: string,
): Promise<DecisionRequest | null> {
  const rows = await on
    .select()
    .from(decisionRequest)
    .where(and(eq(decisionRequest.patchId, patchId), eq(decisionRequest.category, category)))
    .orderBy(desc(decisionRequest.seq))
    .limit(1)
    .for('update');
  return rows[0] === undefined ? null : requestOf(rows[0]);
}

/** Those that were taken back count no longer. */
export async function acceptedFor(on: Statements, requestId: string): Promise<RecordedDecision[]> {
  const rows = await on
    .select()
    .from(decision)
    .where(and(eq(decision.requestId, requestId), eq(decision.accepted, true), isNull(decision.withdrawalId)))
    .orderBy(asc(decision.seq));
  return rows.map(recordedOf);
}

function requestOf({ seq: _seq, ...row }: typeof decisionRequest.$inferSelect): DecisionRequest {
  return row;
}

export function recordedOf({ seq: _seq, ...row }: typeof decision.$inferSelect): RecordedDecision {
  return row;
}
