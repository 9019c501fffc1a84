// Cases with vendors and other providers: opened, noted, closed with an outcome; never deleted.

import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { IncidentStore } from '../../ports/incidents.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { incident } from './schema/incidents.js';

export function createIncidentStore(db: Database, tell: Tell): IncidentStore {
  return {
    async open({ note, ...asked }) {
      return db.transaction(async (tx) => {
        const { openedAt: at, openedBy: by, incidentId, provider, number, patchId, vmId, title } = asked;
        const notes = note === null ? [] : [{ at, by, text: note }];
        const [made] = await tx
          .insert(incident)
          .values({ ...asked, notes })
          .onConflictDoNothing()
          .returning();
        if (made === undefined) return null;
        const what = `incident ${number} with ${provider} opened`;
        await tell(tx, [{ at, who: by, what, why: title, after: { incidentId, notes }, patchId, vmId }]);
        return made;
      });
    },

    async note(incidentId, note) {
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(incident).where(openOne(incidentId)).for('update');
        if (held === undefined) return null;
        const [after] = await tx
          .update(incident)
          .set({ notes: [...held.notes, note] })
          .where(eq(incident.incidentId, incidentId))
          .returning();
        const { number, patchId, vmId } = held;
        const what = `incident ${number} noted`;
        await tell(tx, [{ at: note.at, who: note.by, what, why: note.text, after: { incidentId }, patchId, vmId }]);
        return after ?? null;
      });
    },

    async close(incidentId, { at, by, outcome, fix }) {
      return db.transaction(async (tx) => {
        const [after] = await tx
          .update(incident)
          .set({ closedAt: at, closedBy: by, outcome, fix })
          .where(openOne(incidentId))
          .returning();
        if (after === undefined) return null;
        const { number, provider, patchId, vmId } = after;
        const what = `incident ${number} with ${provider} closed${fix === null ? '' : `: ${fix}`}`;
        await tell(tx, [{ at, who: by, what, why: outcome, after: { incidentId, fix }, patchId, vmId }]);
        return after;
      });
    },

    async incidents({ incidentId, patchId, vmId, open, after, limit }) {
      const page = db
        .select()
        .from(incident)
        .where(
          and(
            incidentId === undefined ? undefined : eq(incident.incidentId, incidentId),
            patchId === undefined ? undefined : eq(incident.patchId, patchId),
            vmId === undefined ? undefined : eq(incident.vmId, vmId),
            open === undefined ? undefined : open ? isNull(incident.closedAt) : isNotNull(incident.closedAt),
            after === undefined
              ? undefined
              : sql`(${incident.openedAt}, ${incident.incidentId}) < (select p.opened_at, p.incident_id from incident p where p.incident_id = ${after})`,
          ),
        )
        .orderBy(desc(incident.openedAt), desc(incident.incidentId));
      return limit === undefined ? page : page.limit(limit);
    },
  };
}

function openOne(incidentId: string) {
  return and(eq(incident.incidentId, incidentId), isNull(incident.closedAt));
}
