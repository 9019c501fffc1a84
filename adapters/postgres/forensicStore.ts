// Steps of evidence by patch and machine, and the evidence itself. A step that is done or waived is never opened again.

import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { ForensicStore } from '../../ports/forensics.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { forensicEvidence, forensicStep } from './schema/forensics.js';

export function createForensicStore(db: Database, tell: Tell): ForensicStore {
  return {
    async reconcile(patchId, needing, at) {
      return db.transaction(async (tx) => {
        const opened = await open(tx, patchId, needing, at);
        const ended = await tx
          .update(forensicStep)
          .set({ state: 'ended', result: 'no longer asked for' })
          .where(
            and(
              eq(forensicStep.patchId, patchId),
              eq(forensicStep.state, 'open'),
              sql`not exists (select 1 from jsonb_to_recordset(${jsonText(needing)}::jsonb) as r("vmId" text) where r."vmId" = ${forensicStep.vmId})`,
            ),
          )
          .returning({ vmId: forensicStep.vmId });
        const said = (verb: string, vmIds: string[], why: string) =>
          vmIds.length === 0
            ? []
            : [
                {
                  at,
                  what: `${patchId}: forensic evidence of ${vmIds.length} machines ${verb}`,
                  why,
                  after: { vmIds },
                  patchId,
                },
              ];
        await tell(tx, [
          ...said('is asked for', opened, needing[0]?.because ?? ''),
          ...said(
            'is no longer asked for',
            ended.map((step) => step.vmId),
            'the fact or the need is gone',
          ),
        ]);
        return { opened: opened.length, ended: ended.length };
      });
    },

    async steps({ patchId, vmId, state }) {
      return db
        .select()
        .from(forensicStep)
        .where(
          and(
            patchId === undefined ? undefined : eq(forensicStep.patchId, patchId),
            vmId === undefined ? undefined : eq(forensicStep.vmId, vmId),
            state === undefined ? undefined : eq(forensicStep.state, state),
          ),
        )
        .orderBy(asc(forensicStep.openedAt), asc(forensicStep.patchId), asc(forensicStep.vmId));
    },

    async done(evidence, asked, by) {
      await db.transaction(async (tx) => {
        const { hash, vmId, sessionId, scripts, takenAt: at, content } = evidence;
        await tx.insert(forensicEvidence).values(evidence).onConflictDoNothing();
        for (const { patchId, because } of asked) await open(tx, patchId, [{ vmId, because }], at);
        const done = await tx
          .update(forensicStep)
          .set({
            state: 'done',
            scripts,
            evidence: hash,
            sessionId,
            doneAt: at,
            doneBy: by,
            result: `${content.length} characters`,
          })
          .where(ofMachine(vmId, asked))
          .returning();
        await tell(
          tx,
          done.map(({ patchId }) => ({
            at,
            what: `forensic evidence taken before ${patchId}`,
            why: `${scripts.join(', ')}, SHA-256 ${hash}`,
            after: { evidence: hash, sessionId },
            patchId,
            vmId,
          })),
        );
      });
    },

    async problem(vmId, asked, problem, { sessionId, at }) {
      await db.transaction(async (tx) => {
        for (const { patchId, because } of asked) await open(tx, patchId, [{ vmId, because }], at);
        const failed = await tx
          .update(forensicStep)
          .set({ result: problem, sessionId })
          .where(ofMachine(vmId, asked))
          .returning({ patchId: forensicStep.patchId });
        const what = 'forensic evidence could not be taken';
        await tell(
          tx,
          failed.map(({ patchId }) => ({ at, what, why: problem, after: { sessionId }, patchId, vmId })),
        );
      });
    },

    async waive(patchId, vmId, { by, reason, at }, judge) {
      return db.transaction(async (tx) => {
        const mine = and(eq(forensicStep.patchId, patchId), eq(forensicStep.vmId, vmId));
        const [held] = await tx.select().from(forensicStep).where(mine).for('update');
        const problems = judge(held ?? null);
        if (problems.length > 0) return { step: held ?? null, problems };
        const [step] = await tx
          .update(forensicStep)
          .set({ state: 'waived', result: reason, doneAt: at, doneBy: by })
          .where(mine)
          .returning();
        const what = `forensic evidence before ${patchId} waived`;
        await tell(tx, [{ at, who: by, what, why: reason, before: held ?? null, after: step ?? null, patchId, vmId }]);
        return { step: step ?? null, problems: [] };
      });
    },

    async keepRestorePoint(sessionId, restorePoint, at) {
      await db.transaction(async (tx) => {
        const kept = await tx
          .update(forensicStep)
          .set({ keptRestorePoint: restorePoint })
          .where(and(eq(forensicStep.sessionId, sessionId), eq(forensicStep.state, 'done')))
          .returning();
        const [first] = kept;
        if (first === undefined) return;
        const what = `restore point ${restorePoint} kept for forensics`;
        const why = `evidence before ${kept.map((step) => step.patchId).join(', ')}`;
        await tell(tx, [{ at, what, why, after: { sessionId, restorePoint }, vmId: first.vmId }]);
      });
    },

    async evidence(hash) {
      const [held] = await db.select().from(forensicEvidence).where(eq(forensicEvidence.hash, hash));
      return held ?? null;
    },
  };
}

/** New steps, and those that had ended; the machines of both. */
async function open(
  on: Statements,
  patchId: string,
  needing: { vmId: string; because: string }[],
  at: string,
): Promise<string[]> {
  if (needing.length === 0) return [];
  const opened = await on.execute(sql`
    insert into forensic_step (patch_id, vm_id, because, opened_at, state, scripts, result)
    select ${patchId}, r."vmId", r.because, ${at}::timestamptz, 'open', '[]'::jsonb, ''
    from jsonb_to_recordset(${jsonText(needing)}::jsonb) as r("vmId" text, because text)
    on conflict (patch_id, vm_id) do update set state = 'open', because = excluded.because, opened_at = excluded.opened_at, result = ''
    where forensic_step.state = 'ended'
    returning vm_id`);
  return (opened.rows as { vm_id: string }[]).map((row) => row.vm_id);
}

function ofMachine(vmId: string, asked: { patchId: string }[]) {
  return and(
    eq(forensicStep.vmId, vmId),
    eq(forensicStep.state, 'open'),
    inArray(
      forensicStep.patchId,
      asked.map((one) => one.patchId),
    ),
  );
}
