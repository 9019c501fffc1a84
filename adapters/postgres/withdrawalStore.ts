// Taking decisions back: judged, recorded and carried through in one transaction, so that nothing begins after it was recorded (I1, I9).

import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { withdrawnKind, withdrawnMachines, type WithdrawnMachines } from '../../domain/withdrawal.js';
import type { DecisionRequest, RecordedDecision } from '../../ports/decisions.js';
import type { RecordedWithdrawal, WithdrawalStore } from '../../ports/withdrawals.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { acceptedFor, newestRequest, recordedOf } from './decisionStore.js';
import { requireLocked, takeOutOf } from './runStore.js';
import { decision, decisionRequest } from './schema/decisions.js';
import { enrolment, manifest, run } from './schema/runs.js';
import { arrival } from './schema/arrivals.js';
import { withdrawal } from './schema/withdrawals.js';

export function createWithdrawalStore(db: Database, tell: Tell): WithdrawalStore {
  return {
    async record(received, judge, at) {
      return db.transaction(async (tx) => {
        const { withdrawalId, patchId, category, decisionId, reason, by: who } = received;
        const request = await newestRequest(tx, patchId, category);
        const [known] = await tx.select().from(withdrawal).where(eq(withdrawal.withdrawalId, withdrawalId));
        if (known !== undefined && (!known.accepted || known.requestId === request?.requestId)) return known;
        const named = request === null ? null : await decisionOf(tx, request.requestId, decisionId);
        const votes = request === null ? [] : await acceptedFor(tx, request.requestId);
        const { wholeSets, ...answer } = judge({ request, decision: named, votes, alreadyUsed: known !== undefined });
        if (known !== undefined) return { ...known, ...answer, requestId: null };
        const taken = answer.accepted && request !== null && named !== null ? { request, named } : null;
        const carried =
          taken === null ? null : await carryThrough(tx, taken, { reason, by: who, withdrawalId, wholeSets });
        const row: RecordedWithdrawal = {
          ...received,
          ...answer,
          recordedAt: at,
          requestId: taken?.request.requestId ?? null,
          kind: taken === null ? null : withdrawnKind(taken.named),
          machines: carried?.machines ?? null,
        };
        await tx.insert(withdrawal).values(row);
        const what = `${answer.accepted ? '' : 'refused: '}the ${row.kind ?? 'decision'} on ${patchId} for ${category} is withdrawn`;
        const why = answer.accepted ? reason : answer.reasons.join('; ');
        await tell(tx, [{ at, who, what, why, after: row, patchId }, ...(carried?.told ?? [])]);
        return row;
      });
    },

    async withdrawals({ patchId, patchIds, category, accepted }) {
      return db
        .select()
        .from(withdrawal)
        .where(
          and(
            patchId === undefined ? undefined : eq(withdrawal.patchId, patchId),
            patchIds === undefined ? undefined : inArray(withdrawal.patchId, patchIds),
            category === undefined ? undefined : eq(withdrawal.category, category),
            accepted === undefined ? undefined : eq(withdrawal.accepted, accepted),
          ),
        )
        .orderBy(desc(withdrawal.recordedAt), desc(withdrawal.withdrawalId));
    },
  };
}

async function decisionOf(on: Statements, requestId: string, decisionId: string): Promise<RecordedDecision | null> {
  const [row] = await on
    .select()
    .from(decision)
    .where(and(eq(decision.requestId, requestId), eq(decision.decisionId, decisionId)));
  return row === undefined ? null : recordedOf(row);
}

interface Word {
  withdrawalId: string;
  by: string;
  reason: string;
  wholeSets: boolean;
}

/** What a withdrawal that stands does to the rows, told by the caller at the end of its transaction. */
async function carryThrough(
  on: Statements,
  { request, named }: { request: DecisionRequest; named: RecordedDecision },
  word: Word,
): Promise<{ machines: WithdrawnMachines | null; told: Told[] }> {
  await on.update(decision).set({ withdrawalId: word.withdrawalId }).where(eq(decision.decisionId, named.decisionId));
  if (!named.complete) return { machines: null, told: [] };
  await on.update(decisionRequest).set({ status: 'withdrawn' }).where(eq(decisionRequest.requestId, request.requestId));
  if (named.verdict !== 'approve') return { machines: null, told: [] };
  const { patchId, category, subject } = request;
  const runKeys = await runsWith(on, patchId, category);
  // All of them before anything is revoked: whoever takes one run's patch out locks in that order too.
  const runs = [];
  for (const runKey of runKeys) runs.push(await requireLocked(on, runKey));
  const told: Told[] = [];
  const reason = `withdrawn by ${word.by}: ${word.reason}`;
  for (const held of runs) {
    const taken = await takeOutOf(on, held, { patchId, reason, wholeSets: word.wholeSets, admittedToo: true });
    if (taken !== null) told.push({ who: word.by, ...taken.told });
  }
  const rows = await on
    .select()
    .from(manifest)
    .where(and(eq(manifest.patchId, patchId), sql`starts_with(${manifest.runKey}, ${prefixOf(category)})`));
  const joined = await on
    .select({ vmId: arrival.vmId })
    .from(arrival)
    .where(and(eq(arrival.digest, request.digest), eq(arrival.joins, true)));
  const vmIds = [...new Set([...subject.vmIds, ...joined.map((one) => one.vmId)])];
  return { machines: withdrawnMachines(vmIds, rows), told };
}

/** Unsettled production runs that the patch is enrolled in for the category, in an order that is always the same. */
async function runsWith(on: Statements, patchId: string, category: string): Promise<string[]> {
  const rows = await on
    .select({ runKey: run.runKey })
    .from(run)
    .innerJoin(enrolment, eq(enrolment.runKey, run.runKey))
    .where(
      and(
        eq(enrolment.patchId, patchId),
        eq(run.environment, 'production'),
        eq(run.category, category),
        inArray(run.status, ['open', 'planned']),
      ),
    )
    .orderBy(asc(run.runKey));
  return rows.map((row) => row.runKey);
}

function prefixOf(category: string): string {
  return `maintenance/production/${category}/`;
}
