// Decisions over many requests as they were signed: written before any rollout is told, and never changed.

import { eq } from 'drizzle-orm';
import type { DecisionBundleStore } from '../../ports/decisionBundles.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { decisionBundle } from './schema/decisionBundles.js';

export function createDecisionBundleStore(db: Database, tell: Tell): DecisionBundleStore {
  return {
    async sign(bundle) {
      return db.transaction(async (tx) => {
        const [made] = await tx.insert(decisionBundle).values(bundle).onConflictDoNothing().returning();
        if (made === undefined) {
          const [held] = await tx.select().from(decisionBundle).where(eq(decisionBundle.bundleId, bundle.bundleId));
          if (held === undefined) throw new Error(`bundle ${bundle.bundleId} was not stored`);
          return held;
        }
        const { by: who, at, category, verdict, justification: why, entries, bundleId, digest } = bundle;
        const what = `one decision on ${entries.length} requests of ${category} signed: ${verdict}`;
        await tell(tx, [{ who, at, what, why, after: { bundleId, digest, entries } }]);
        return made;
      });
    },

    async bundle(bundleId) {
      const [held] = await db.select().from(decisionBundle).where(eq(decisionBundle.bundleId, bundleId));
      return held ?? null;
    },
  };
}
