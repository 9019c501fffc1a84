// Known issues of patches: opened, accepted for a category by somebody else, closed with an outcome; never deleted.

import { and, asc, desc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { KnownIssue } from '../../domain/knownIssue.js';
import type { KnownIssueStore } from '../../ports/knownIssues.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { knownIssue, knownIssueAcceptance } from './schema/knownIssues.js';

export function createKnownIssueStore(db: Database, tell: Tell): KnownIssueStore {
  return {
    async open(issue) {
      return db.transaction(async (tx) => {
        const [made] = await tx.insert(knownIssue).values(issue).returning();
        if (made === undefined) throw new Error('the known issue was not stored');
        const { patchId, openedAt: at, openedBy: who, text: why, effect, issueId, url } = issue;
        const what = `${patchId}: a known issue was opened${effect === 'hold' ? ', which holds it' : ''}`;
        await tell(tx, [{ at, who, what, why, after: { issueId, effect, url }, patchId }]);
        return issueOf(made);
      });
    },

    async close(issueId, { by, at, outcome }) {
      return db.transaction(async (tx) => {
        const [after] = await tx
          .update(knownIssue)
          .set({ closedBy: by, closedAt: at, outcome })
          .where(and(eq(knownIssue.issueId, issueId), isNull(knownIssue.closedAt)))
          .returning();
        if (after === undefined) return null;
        const what = `${after.patchId}: a known issue was closed`;
        await tell(tx, [{ at, who: by, what, why: outcome, after: { issueId }, patchId: after.patchId }]);
        return issueOf(after);
      });
    },

    async accept(acceptance) {
      const { issueId, category, by, reason, at } = acceptance;
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(knownIssue).where(eq(knownIssue.issueId, issueId)).for('update');
        if (held === undefined) return 'unknown';
        if (held.closedAt !== null) return 'closed';
        if (held.openedBy === by) return 'samePerson';
        const made = await tx
          .insert(knownIssueAcceptance)
          .values({ ...acceptance, openedBy: held.openedBy })
          .onConflictDoNothing()
          .returning();
        if (made.length === 0) return 'known';
        const { patchId } = held;
        const what = `${patchId}: its known issue was accepted for ${category}`;
        await tell(tx, [{ at, who: by, what, why: reason, after: { issueId, category }, patchId }]);
        return 'accepted';
      });
    },

    async issues({ issueId, patchIds, open, after, limit }) {
      const page = db
        .select()
        .from(knownIssue)
        .where(
          and(
            issueId === undefined ? undefined : eq(knownIssue.issueId, issueId),
            patchIds === undefined ? undefined : inArray(knownIssue.patchId, patchIds),
            open === undefined ? undefined : open ? isNull(knownIssue.closedAt) : isNotNull(knownIssue.closedAt),
            after === undefined
              ? undefined
              : sql`(${knownIssue.openedAt}, ${knownIssue.issueId}) < (select p.opened_at, p.issue_id from known_issue p where p.issue_id = ${after})`,
          ),
        )
        .orderBy(desc(knownIssue.openedAt), desc(knownIssue.issueId));
      return (await (limit === undefined ? page : page.limit(limit))).map(issueOf);
    },

    async acceptances({ issueIds }) {
      return db
        .select({
          issueId: knownIssueAcceptance.issueId,
          category: knownIssueAcceptance.category,
          by: knownIssueAcceptance.by,
          reason: knownIssueAcceptance.reason,
          at: knownIssueAcceptance.at,
        })
        .from(knownIssueAcceptance)
        .where(inArray(knownIssueAcceptance.issueId, issueIds))
        .orderBy(asc(knownIssueAcceptance.at), asc(knownIssueAcceptance.category));
    },

    async untold() {
      const rows = await db
        .select()
        .from(knownIssue)
        .where(or(isNull(knownIssue.toldAt), and(isNotNull(knownIssue.closedAt), isNull(knownIssue.endToldAt))))
        .orderBy(asc(knownIssue.openedAt), asc(knownIssue.issueId));
      return rows.map(issueOf);
    },

    async told(issueId, at) {
      await db
        .update(knownIssue)
        .set({
          toldAt: sql`coalesce(${knownIssue.toldAt}, ${at}::timestamptz)`,
          endToldAt: sql`case when ${knownIssue.closedAt} is null then null else coalesce(${knownIssue.endToldAt}, ${at}::timestamptz) end`,
        })
        .where(eq(knownIssue.issueId, issueId));
    },
  };
}

function issueOf({ toldAt: _told, endToldAt: _endTold, ...row }: typeof knownIssue.$inferSelect): KnownIssue {
  return row;
}
