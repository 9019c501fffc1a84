// Test results: one row per run and patch, kept for ever.

import { and, desc, eq } from 'drizzle-orm';
import type { TestStore } from '../../ports/inventory.js';
import type { Database } from './database.js';
import { testResult } from './schema.js';

export function createTestStore(db: Database): TestStore {
  return {
    async saveTestResult(result) {
      // A verdict covers the state that was reached: read again later, it is the same row.
      await db.insert(testResult).values(result).onConflictDoNothing();
    },

    async testResults({ patchId, category, runKey }) {
      return db
        .select()
        .from(testResult)
        .where(
          and(
            patchId === undefined ? undefined : eq(testResult.patchId, patchId),
            category === undefined ? undefined : eq(testResult.category, category),
            runKey === undefined ? undefined : eq(testResult.runKey, runKey),
          ),
        )
        .orderBy(desc(testResult.at), testResult.runKey, testResult.patchId);
    },
  };
}
