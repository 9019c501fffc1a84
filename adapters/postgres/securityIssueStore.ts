// Security issues that people know of: entered, closed with an outcome, never deleted.

import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm';
import type { SecurityIssueStore } from '../../ports/securityIssues.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { securityIssue } from './schema/incidents.js';

export function createSecurityIssueStore(db: Database, tell: Tell): SecurityIssueStore {
  return {
    async open(issue) {
      return db.transaction(async (tx) => {
        const [made] = await tx.insert(securityIssue).values(issue).returning();
        if (made === undefined) throw new Error('the security issue was not stored');
        const { foundAt: at, foundBy: who, vmId, issueId, severity, cve } = issue;
        const what = `security issue found: ${issue.title}`;
        await tell(tx, [{ at, who, what, why: issue.note, after: { issueId, severity, cve }, vmId }]);
        return made;
      });
    },

    async close(issueId, { at, by, outcome }) {
      return db.transaction(async (tx) => {
        const [after] = await tx
          .update(securityIssue)
          .set({ closedAt: at, closedBy: by, outcome })
          .where(and(eq(securityIssue.issueId, issueId), isNull(securityIssue.closedAt)))
          .returning();
        if (after === undefined) return null;
        const what = `security issue closed: ${after.title}`;
        await tell(tx, [{ at, who: by, what, why: outcome, after: { issueId }, vmId: after.vmId }]);
        return after;
      });
    },

    async issues({ vmId, open }) {
      return db
        .select()
        .from(securityIssue)
        .where(
          and(
            vmId === undefined ? undefined : eq(securityIssue.vmId, vmId),
            open === undefined ? undefined : open ? isNull(securityIssue.closedAt) : isNotNull(securityIssue.closedAt),
          ),
        )
        .orderBy(desc(securityIssue.foundAt), desc(securityIssue.issueId));
    },
  };
}
