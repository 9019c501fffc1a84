// What deferrals wait for: known issues and incidents, as they stand; and whose deferrals wait for one of them.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { DeferralStore } from '../../ports/deferrals.js';
import type { Database } from './database.js';
import { decision, decisionRequest } from './schema/decisions.js';
import { incident } from './schema/incidents.js';
import { knownIssue } from './schema/knownIssues.js';

export function createDeferralStore(db: Database): DeferralStore {
  return {
    async closing(kind, id) {
      const rows =
        kind === 'knownIssue'
          ? await db
              .select({ closedAt: knownIssue.closedAt, closedBy: knownIssue.closedBy })
              .from(knownIssue)
              .where(eq(knownIssue.issueId, id))
          : await db
              .select({ closedAt: incident.closedAt, closedBy: incident.closedBy })
              .from(incident)
              .where(eq(incident.incidentId, id));
      return rows[0] ?? null;
    },

    async waitingFor(event) {
      return db
        .selectDistinct({ patchId: decision.patchId, category: decision.category })
        .from(decision)
        .innerJoin(decisionRequest, eq(decisionRequest.requestId, decision.requestId))
        .where(
          and(
            eq(decision.complete, true),
            isNull(decision.withdrawalId),
            eq(decisionRequest.status, 'decided'),
            eq(decision.deferEvent, event),
            sql`not exists (select from decision_request newer where newer.patch_id = ${decisionRequest.patchId} and newer.category = ${decisionRequest.category} and newer.seq > ${decisionRequest.seq})`,
          ),
        );
    },
  };
}
