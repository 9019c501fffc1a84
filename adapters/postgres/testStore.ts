// Test results: one row per run and patch, kept for ever.

import { and, desc, eq, inArray } from 'drizzle-orm';
import type { TestStore } from '../../ports/patches.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { testResult } from './schema/testResults.js';

export function createTestStore(db: Database, tell: Tell): TestStore {
  return {
    async saveTestResult(result) {
      // A verdict covers the state that was reached: read again later, it is the same row.
      await db.transaction(async (tx) => {
        const made = await tx.insert(testResult).values(result).onConflictDoNothing().returning();
        if (made.length === 0) return;
        const { patchId, category, verdict, reasons, runKey, at } = result;
        const what = `${patchId} for ${category}: test ${verdict}`;
        await tell(tx, [{ at, what, why: reasons.join('; '), after: result, patchId, runKey }]);
      });
    },

    async testResults({ patchId, patchIds, category, runKey, verdict }) {
      return db
        .select()
        .from(testResult)
        .where(
          and(
            patchId === undefined ? undefined : eq(testResult.patchId, patchId),
            patchIds === undefined ? undefined : inArray(testResult.patchId, patchIds),
            category === undefined ? undefined : eq(testResult.category, category),
            runKey === undefined ? undefined : eq(testResult.runKey, runKey),
            verdict === undefined ? undefined : eq(testResult.verdict, verdict),
          ),
        )
        .orderBy(desc(testResult.at), testResult.runKey, testResult.patchId);
    },
  };
}
