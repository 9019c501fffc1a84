// Role assignments: who came and who went is history (I8).

import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { AccessStore, RoleAssignment } from '../../ports/access.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { roleAssignment } from './schema/access.js';

export function createAccessStore(db: Database, tell: Tell): AccessStore {
  return {
    async saveAssignments(assignments, subscriptions, at) {
      await db.transaction(async (tx) => {
        const before = await tx
          .select()
          .from(roleAssignment)
          .where(and(inArray(roleAssignment.subscriptionId, subscriptions), isNull(roleAssignment.goneAt)))
          .for('update');
        const [had, have] = [new Set(before.map(keyOf)), new Set(assignments.map(keyOf))];
        const came = assignments.filter((one) => !had.has(keyOf(one)));
        const went = before.filter((one) => !have.has(keyOf(one)));
        await tx.execute(sql`
          insert into role_assignment
            (assignment_id, subscription_id, scope, principal_id, principal_type, role, first_seen_at, seen_at)
          select r."assignmentId", r."subscriptionId", r.scope, r."principalId", r."principalType", r.role, ${at}::timestamptz, ${at}::timestamptz
          from jsonb_to_recordset(${jsonText(assignments)}::jsonb)
            as r("assignmentId" text, "subscriptionId" text, scope text, "principalId" text, "principalType" text, role text)
          on conflict (assignment_id, subscription_id) do update
            set scope = excluded.scope, principal_id = excluded.principal_id, principal_type = excluded.principal_type,
              role = excluded.role, seen_at = excluded.seen_at, gone_at = null`);
        await tx.execute(sql`
          update role_assignment set gone_at = ${at}::timestamptz
          where gone_at is null and seen_at < ${at}::timestamptz
            and subscription_id in (select jsonb_array_elements_text(${jsonText(subscriptions)}::jsonb))`);
        await tell(tx, [
          ...came.map((one) => toldOf(one, 'is granted', at)),
          ...went.map((one) => toldOf(one, 'is revoked', at)),
        ]);
      });
    },

    async assignmentsOn({ azureId, subscriptionId }) {
      return db
        .select({
          assignmentId: roleAssignment.assignmentId,
          subscriptionId: roleAssignment.subscriptionId,
          scope: roleAssignment.scope,
          principalId: roleAssignment.principalId,
          principalType: roleAssignment.principalType,
          role: roleAssignment.role,
          firstSeenAt: roleAssignment.firstSeenAt,
          seenAt: roleAssignment.seenAt,
        })
        .from(roleAssignment)
        .where(
          and(
            eq(roleAssignment.subscriptionId, subscriptionId),
            isNull(roleAssignment.goneAt),
            sql`(scope not like '/subscriptions/%' or ${azureId} = scope or starts_with(${azureId}, scope || '/'))`,
          ),
        )
        .orderBy(asc(roleAssignment.scope), asc(roleAssignment.role), asc(roleAssignment.principalId));
    },
  };
}

function keyOf({ assignmentId, subscriptionId }: RoleAssignment): string {
  return `${subscriptionId}\n${assignmentId}`;
}

function toldOf({ role, principalType, principalId, scope, assignmentId }: RoleAssignment, what: string, at: string) {
  return {
    at,
    what: `${role} ${what}: ${principalType} ${principalId}`,
    why: `Azure lists it so on ${scope}`,
    after: { assignmentId },
  };
}
