// Copies of production machines: one at a time of each, decided once under the row's lock. Each step is told to the audit log.

import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Twin } from '../../domain/twin.js';
import type { TwinStore } from '../../ports/twins.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { twin } from './schema/twins.js';

export function createTwinStore(db: Database, tell: Tell): TwinStore {
  return {
    async propose(asked) {
      return db.transaction(async (tx) => {
        const { source, category } = asked.subject;
        const [made] = await tx
          .insert(twin)
          .values({ ...asked, sourceVmId: source.vmId, category, status: 'proposed', detail: '' })
          .onConflictDoNothing()
          .returning();
        if (made === undefined) return null;
        const held = twinOf(made);
        const { digest, subject } = asked;
        const after = { twinId: asked.twinId, digest, name: subject.name, resourceGroup: subject.resourceGroup };
        const told = { at: asked.proposedAt, who: asked.proposedBy, why: asked.reason };
        await tell(tx, [{ ...told, what: `${aboutOf(held)} was proposed`, after, vmId: source.vmId }]);
        return held;
      });
    },

    async twin(twinId) {
      const [row] = await db.select().from(twin).where(eq(twin.twinId, twinId));
      return row === undefined ? null : twinOf(row);
    },

    async twins({ statuses, category, sourceVmIds, after, limit }) {
      const page = db
        .select()
        .from(twin)
        .where(
          and(
            statuses === undefined ? undefined : inArray(twin.status, [...statuses]),
            category === undefined ? undefined : eq(twin.category, category),
            sourceVmIds === undefined ? undefined : inArray(twin.sourceVmId, sourceVmIds),
            after === undefined
              ? undefined
              : sql`(${twin.proposedAt}, ${twin.twinId}) < (select t.proposed_at, t.twin_id from twin t where t.twin_id = ${after})`,
          ),
        )
        .orderBy(desc(twin.proposedAt), desc(twin.twinId));
      return (await (limit === undefined ? page : page.limit(limit))).map(twinOf);
    },

    async decide({ twinId, verdict, by, at, justification, signature }, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, twinId);
        if (held === null) return null;
        const problems = judge(held);
        const told = { at, who: by, why: justification, vmId: held.subject.source.vmId };
        const { digest } = held;
        if (problems.length > 0) {
          const what = `${aboutOf(held)}: decision refused: ${problems.join('; ')}`;
          await tell(tx, [{ ...told, what, after: { twinId } }]);
          return { twin: held, problems };
        }
        const status = verdict === 'approve' ? ('approved' as const) : ('refused' as const);
        const ended = verdict === 'approve' ? {} : { endedAt: at };
        const set = { status, decidedBy: by, decidedAt: at, justification, signature, ...ended };
        const after = await change(tx, twinId, set);
        await tell(tx, [{ ...told, what: `${aboutOf(held)}: ${status}`, after: { twinId, digest, signature } }]);
        return { twin: after, problems };
      });
    },

    async move(twinId, from, set, { at, who, what, why }) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, twinId);
        if (held === null) throw new Error(`twin ${twinId} is not in the inventory`);
        if (!from.includes(held.status)) return held;
        const after = await change(tx, twinId, set);
        const { status, vmId, score, standsFor, retiresAt } = after;
        const told = {
          at,
          what: `${aboutOf(held)}: ${what}`,
          why,
          before: { status: held.status },
          after: { twinId, status, vmId, score, standsFor, retiresAt },
          vmId: held.subject.source.vmId,
        };
        await tell(tx, [who === null ? told : { ...told, who }]);
        return after;
      });
    },
  };
}

async function locked(on: Statements, twinId: string): Promise<Twin | null> {
  const [row] = await on.select().from(twin).where(eq(twin.twinId, twinId)).for('update');
  return row === undefined ? null : twinOf(row);
}

async function change(on: Statements, twinId: string, set: Partial<typeof twin.$inferInsert>): Promise<Twin> {
  const [row] = await on.update(twin).set(set).where(eq(twin.twinId, twinId)).returning();
  if (row === undefined) throw new Error(`twin ${twinId} vanished`);
  return twinOf(row);
}

function twinOf({ sourceVmId: _source, category: _category, ...row }: typeof twin.$inferSelect): Twin {
  return row;
}

function aboutOf({ subject }: Pick<Twin, 'subject'>): string {
  return `twin ${subject.name} of ${subject.source.name}`;
}
