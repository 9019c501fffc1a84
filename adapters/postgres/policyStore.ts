// Policies, proposed and applied. One application at a time: a change is always of the version that its author saw.

import { and, desc, eq, gt, sql } from 'drizzle-orm';
import type { PolicyStore, PolicyVersion } from '../../ports/policyVersions.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { policyVersion } from './schema/policyVersions.js';

export function createPolicyStore(db: Database, tell: Tell): PolicyStore {
  return {
    async current() {
      const held = await inForce(db);
      return held === undefined ? null : versionOf(held);
    },

    async seed({ version, sources, at }) {
      await db.transaction(async (tx) => {
        await inLine(tx);
        if ((await inForce(tx)) !== undefined) return;
        const [author, reason] = ['setup', 'the first policy of this installation'];
        await tx.insert(policyVersion).values({
          version,
          sources,
          author,
          reason,
          at,
          guarded: [],
          status: 'applied',
          appliedAt: at,
          application: 1,
        });
        await tell(tx, [{ at, who: author, what: 'the first policy is in force', why: reason, after: { version } }]);
      });
    },

    async propose(change) {
      return db.transaction(async (tx) => {
        await inLine(tx);
        const before = await inForce(tx);
        if (before === undefined || before.seq !== change.basedOn) return null;
        const applied =
          change.guarded.length === 0
            ? { status: 'applied' as const, appliedAt: change.at, application: (before.application ?? 0) + 1 }
            : { status: 'proposed' as const };
        const [made] = await tx
          .insert(policyVersion)
          .values({ ...change, ...applied })
          .returning();
        if (made === undefined) throw new Error('the policy was not stored');
        const what = `policy ${made.seq} ${made.status}${change.guarded.length === 0 ? '' : ', it awaits a second person'}`;
        const after = { version: made.version, guarded: change.guarded };
        await tell(tx, [
          { at: change.at, who: change.author, what, why: change.reason, before: { version: before.version }, after },
        ]);
        return versionOf(made);
      });
    },

    async settle(seq, { by, reason, at, accept }) {
      return db.transaction(async (tx) => {
        await inLine(tx);
        const [held] = await tx.select().from(policyVersion).where(eq(policyVersion.seq, seq));
        if (held === undefined) return 'unknown';
        if (held.status !== 'proposed') return 'notProposed';
        if (held.author === by && accept) return 'samePerson';
        const before = await inForce(tx);
        if (accept && before?.seq !== held.basedOn) return 'outdated';
        const end = accept
          ? { status: 'applied' as const, appliedAt: at, application: (before?.application ?? 0) + 1 }
          : { status: 'rejected' as const };
        const [after] = await tx
          .update(policyVersion)
          .set({ ...end, secondBy: by, secondReason: reason })
          .where(eq(policyVersion.seq, seq))
          .returning();
        if (after === undefined) throw new Error(`policy ${seq} vanished`);
        const what = `policy ${seq} of ${held.author} ${after.status}`;
        await tell(tx, [
          { at, who: by, what, why: reason, before: { version: before?.version }, after: { version: held.version } },
        ]);
        return versionOf(after);
      });
    },

    async versions({ seq, status, appliedAfter }) {
      const rows = await db
        .select()
        .from(policyVersion)
        .where(
          and(
            seq === undefined ? undefined : eq(policyVersion.seq, seq),
            status === undefined ? undefined : eq(policyVersion.status, status),
            appliedAfter === undefined ? undefined : gt(policyVersion.appliedAt, appliedAfter),
          ),
        )
        .orderBy(desc(policyVersion.seq));
      return rows.map(versionOf);
    },
  };
}

/** Any number that no other lock has. */
const policyLock = 4_201_965;

async function inLine(on: Statements): Promise<void> {
  await on.execute(sql`select pg_advisory_xact_lock(${policyLock})`);
}

async function inForce(on: Statements) {
  const [row] = await on
    .select()
    .from(policyVersion)
    .where(eq(policyVersion.status, 'applied'))
    .orderBy(desc(policyVersion.application))
    .limit(1);
  return row;
}

function versionOf({ application: _application, ...row }: typeof policyVersion.$inferSelect): PolicyVersion {
  return row;
}
