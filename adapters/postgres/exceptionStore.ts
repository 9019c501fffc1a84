// Signed exceptions: each grant and each end is told to the audit log.

import { and, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { GrantedException } from '../../domain/testException.js';
import type { ExceptionStore } from '../../ports/exceptions.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { testException } from './schema/exceptions.js';

export function createExceptionStore(db: Database, tell: Tell): ExceptionStore {
  return {
    async grant(exception) {
      return db.transaction(async (tx) => {
        const [made] = await tx.insert(testException).values(exception).returning();
        if (made === undefined) throw new Error(`the exception ${exception.exceptionId} was not stored`);
        await tell(tx, [toldOf(made, exception.at, exception.by, `an exception until ${made.until}`, made.reason)]);
        return made;
      });
    },

    async revoke(exceptionId, { by, reason, at }) {
      return db.transaction(async (tx) => {
        const [ended] = await tx
          .update(testException)
          .set({ revokedAt: at, revokedBy: by, revokeReason: reason })
          .where(and(eq(testException.exceptionId, exceptionId), isNull(testException.revokedAt)))
          .returning();
        if (ended === undefined) return null;
        await tell(tx, [toldOf(ended, at, by, 'the exception was revoked', reason)]);
        return ended;
      });
    },

    async exceptions({ exceptionId, vmIds, category, standing, after, limit }) {
      const page = db
        .select()
        .from(testException)
        .where(
          and(
            exceptionId === undefined ? undefined : eq(testException.exceptionId, exceptionId),
            vmIds === undefined ? undefined : inArray(testException.vmId, vmIds),
            category === undefined ? undefined : eq(testException.category, category),
            standing === undefined
              ? undefined
              : and(isNull(testException.revokedAt), gt(testException.until, standing)),
            after === undefined
              ? undefined
              : sql`(${testException.at}, ${testException.exceptionId}) < (select e.at, e.exception_id from test_exception e where e.exception_id = ${after})`,
          ),
        )
        .orderBy(desc(testException.at), desc(testException.exceptionId));
      return limit === undefined ? page : page.limit(limit);
    },
  };
}

function toldOf(held: GrantedException, at: string, who: string, what: string, why: string) {
  const { exceptionId, vmId, patchId, category, until } = held;
  return {
    at,
    who,
    what: `${what}: ${patchId ?? 'every patch'} for ${category}`,
    why,
    after: { exceptionId, until },
    vmId,
    patchId,
  };
}
