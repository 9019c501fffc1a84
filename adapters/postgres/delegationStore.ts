// Delegations: each grant and each end is told to the audit log.

import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { KeptDelegation } from '../../domain/delegation.js';
import type { DelegationStore } from '../../ports/delegations.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { delegation } from './schema/delegations.js';

export function createDelegationStore(db: Database, tell: Tell): DelegationStore {
  return {
    async grant(granted) {
      return db.transaction(async (tx) => {
        const [made] = await tx.insert(delegation).values(granted).returning();
        if (made === undefined) throw new Error(`the delegation ${granted.delegationId} was not stored`);
        await tell(tx, [toldOf(made, made.at, made.delegator, 'granted', made.reason)]);
        return made;
      });
    },

    async revoke(delegationId, { by, reason, at }) {
      return db.transaction(async (tx) => {
        const [ended] = await tx
          .update(delegation)
          .set({ revokedAt: at, revokedBy: by, revokeReason: reason })
          .where(and(eq(delegation.delegationId, delegationId), isNull(delegation.revokedAt)))
          .returning();
        if (ended === undefined) return null;
        await tell(tx, [toldOf(ended, at, by, 'revoked', reason)]);
        return ended;
      });
    },

    async delegations({ delegationId, person, category, standing, after, limit }) {
      const page = db
        .select()
        .from(delegation)
        .where(
          and(
            delegationId === undefined ? undefined : eq(delegation.delegationId, delegationId),
            person === undefined ? undefined : or(eq(delegation.delegator, person), eq(delegation.delegate, person)),
            category === undefined ? undefined : or(eq(delegation.category, category), isNull(delegation.category)),
            standing === undefined ? undefined : and(isNull(delegation.revokedAt), gt(delegation.until, standing)),
            after === undefined
              ? undefined
              : sql`(${delegation.at}, ${delegation.delegationId}) < (select d.at, d.delegation_id from delegation d where d.delegation_id = ${after})`,
          ),
        )
        .orderBy(desc(delegation.at), desc(delegation.delegationId));
      return limit === undefined ? page : page.limit(limit);
    },
  };
}

function toldOf(held: KeptDelegation, at: string, who: string, what: string, why: string) {
  const { delegationId, delegator, delegate, category, from, until } = held;
  return {
    at,
    who,
    what: `delegation of ${delegator} to ${delegate} for ${category ?? 'every category'} ${what}`,
    why,
    after: { delegationId, from, until },
  };
}
