// The test repository: tests in pages, and their evidence, kept for ever.

import { and, asc, desc, eq, gte, sql } from 'drizzle-orm';
import type { StageTestStore } from '../../ports/stageTests.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { testResult } from './schema/testResults.js';
import { testEvidence, testRetry, testVerdict } from './schema/stageTests.js';

const listed = {
  runKey: testEvidence.runKey,
  vmId: testEvidence.vmId,
  item: testEvidence.item,
  sha256: testEvidence.sha256,
  characters: testEvidence.characters,
  cut: testEvidence.cut,
  at: testEvidence.at,
};

export function createStageTestStore(db: Database, tell: Tell): StageTestStore {
  return {
    async tests({ patchId, category, vmId, verdict, runKey, since, after, limit }) {
      return db
        .select()
        .from(testResult)
        .where(
          and(
            patchId === undefined ? undefined : eq(testResult.patchId, patchId),
            category === undefined ? undefined : eq(testResult.category, category),
            vmId === undefined ? undefined : sql`${testResult.vmIds} @> ${jsonText([vmId])}::jsonb`,
            verdict === undefined ? undefined : eq(testResult.verdict, verdict),
            runKey === undefined ? undefined : eq(testResult.runKey, runKey),
            since === undefined ? undefined : gte(testResult.at, since),
            after === undefined
              ? undefined
              : sql`(${testResult.at}, ${testResult.runKey}, ${testResult.patchId}) < (${after.at}::timestamptz, ${after.runKey}, ${after.patchId})`,
          ),
        )
        .orderBy(desc(testResult.at), desc(testResult.runKey), desc(testResult.patchId))
        .limit(limit);
    },

    async keep(runKey, texts, at) {
      if (texts.length === 0) return;
      await db.transaction(async (tx) => {
        const made = await tx
          .insert(testEvidence)
          .values(texts.map(({ text: content, ...one }) => ({ ...one, content, runKey, at })))
          .onConflictDoNothing()
          .returning(listed);
        await tell(
          tx,
          made.map(({ vmId, item, sha256, characters, cut }) => ({
            at,
            what: `evidence of a test is kept: ${item}`,
            why: `${characters} characters${cut ? ', cut' : ''}, SHA-256 ${sha256}`,
            after: { item, sha256, characters, cut },
            vmId,
            runKey,
          })),
        );
      });
    },

    async kept(runKey) {
      const [sum] = await db
        .select({ characters: sql<string>`coalesce(sum(length(${testEvidence.content})), 0)` })
        .from(testEvidence)
        .where(eq(testEvidence.runKey, runKey));
      return Number(sum?.characters ?? 0);
    },

    async evidence(runKey) {
      return db
        .select(listed)
        .from(testEvidence)
        .where(eq(testEvidence.runKey, runKey))
        .orderBy(asc(testEvidence.vmId), asc(testEvidence.at), asc(testEvidence.item));
    },

    async text(runKey, vmId, item) {
      const [held] = await db
        .select({ content: testEvidence.content })
        .from(testEvidence)
        .where(and(eq(testEvidence.runKey, runKey), eq(testEvidence.vmId, vmId), eq(testEvidence.item, item)));
      return held?.content ?? null;
    },

    async judge(verdict, { verdict: settled, reasons, vmIds, testedSet }) {
      return db.transaction(async (tx) => {
        const made = await tx.insert(testVerdict).values(verdict).onConflictDoNothing().returning();
        const { patchId, runKey, category, by: who, reason: why, at } = verdict;
        const what = `the test of ${patchId} for ${category} is judged: ${verdict.verdict}`;
        if (made.length === 0) return false;
        await tx
          .update(testResult)
          .set({ verdict: settled, reasons, vmIds, testedSet })
          .where(
            and(
              eq(testResult.runKey, runKey),
              eq(testResult.patchId, patchId),
              eq(testResult.category, verdict.category),
            ),
          );
        await tell(tx, [{ at, who, what, why, after: verdict, patchId, runKey }]);
        return true;
      });
    },

    async settleChecked({ runKey, category }, { patchId, verdict, reasons }, at) {
      await db.transaction(async (tx) => {
        const made = await tx
          .update(testResult)
          .set({ verdict, reasons })
          .where(
            and(
              eq(testResult.runKey, runKey),
              eq(testResult.patchId, patchId),
              eq(testResult.category, category),
              eq(testResult.verdict, 'inconclusive'),
              sql`${testResult.reasons} is distinct from ${jsonText(reasons)}::jsonb`,
              sql`not exists (select from ${testVerdict} v where v.run_key = ${runKey} and v.patch_id = ${patchId} and v.category = ${category})`,
            ),
          )
          .returning({ patchId: testResult.patchId });
        const what = `${patchId} for ${category}: test ${verdict}`;
        const why = reasons.join('; ') || 'its checklist is ticked';
        if (made.length > 0) await tell(tx, [{ at, what, why, after: { verdict }, patchId, runKey }]);
      });
    },

    async askAgain(retry) {
      await db.transaction(async (tx) => {
        const made = await tx.insert(testRetry).values(retry).onConflictDoNothing().returning();
        const { patchId, category, by: who, reason: why, at } = retry;
        const what = `${patchId} is to be tested again for ${category}`;
        if (made.length > 0) await tell(tx, [{ at, who, what, why, patchId }]);
      });
    },

    async askedAgainAt(patchId, category) {
      const [newest] = await db
        .select({ at: testRetry.at })
        .from(testRetry)
        .where(and(eq(testRetry.patchId, patchId), eq(testRetry.category, category)))
        .orderBy(desc(testRetry.at))
        .limit(1);
      return newest?.at ?? null;
    },

    async verdicts({ runKey, patchId, category }) {
      return db
        .select()
        .from(testVerdict)
        .where(
          and(
            runKey === undefined ? undefined : eq(testVerdict.runKey, runKey),
            patchId === undefined ? undefined : eq(testVerdict.patchId, patchId),
            category === undefined ? undefined : eq(testVerdict.category, category),
          ),
        )
        .orderBy(asc(testVerdict.at));
    },
  };
}
