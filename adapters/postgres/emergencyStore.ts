// Emergencies: asked for once per patch and category, signed for, ended and reviewed under the row's lock. Each step is told to the audit log.

import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Emergency } from '../../domain/emergency.js';
import type { EmergencyFilter, EmergencyStore, KeptOverride } from '../../ports/emergencies.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { emergency, emergencyUse, signedOverride } from './schema/emergencies.js';

export function createEmergencyStore(db: Database, tell: Tell): EmergencyStore {
  return {
    async open(asked) {
      return db.transaction(async (tx) => {
        const [made] = await tx
          .insert(emergency)
          .values({ ...asked, status: 'open' })
          .onConflictDoNothing()
          .returning();
        if (made === undefined) return null;
        const { emergencyId, wanted, soakSeconds, expiresAt } = made;
        const after = { emergencyId, wanted, soakSeconds, expiresAt };
        const told = toldOf(made, asked.requestedAt, 'an emergency was asked for');
        await tell(tx, [{ ...told, who: asked.requestedBy, why: asked.reason, after }]);
        return made;
      });
    },

    async emergency(emergencyId) {
      const [row] = await db.select().from(emergency).where(eq(emergency.emergencyId, emergencyId));
      return row ?? null;
    },

    emergencies: (filter) => listOf(db, filter),

    async sign(override, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, override.emergencyId);
        if (held === null) return null;
        const problems = [...judge(held), ...(await standsAlready(tx, override))];
        const { by: who, reason: why, at } = override;
        const what = `${override.kind} ${override.names}`;
        if (problems.length > 0) {
          const refused = toldOf(held, at, `an override of ${what} was refused: ${problems.join('; ')}`);
          await tell(tx, [{ ...refused, who, why, after: { emergencyId: held.emergencyId } }]);
          return { emergency: held, problems };
        }
        await tx.insert(signedOverride).values(override);
        await tell(tx, [{ ...toldOf(held, at, `${what} is overridden`), who, why, after: override }]);
        return { emergency: held, problems };
      });
    },

    async overrides({ emergencyIds, patchIds, category }) {
      return db
        .select()
        .from(signedOverride)
        .where(
          and(
            emergencyIds === undefined ? undefined : inArray(signedOverride.emergencyId, emergencyIds),
            patchIds === undefined ? undefined : inArray(signedOverride.patchId, patchIds),
            category === undefined ? undefined : eq(signedOverride.category, category),
          ),
        )
        .orderBy(asc(signedOverride.at), asc(signedOverride.overrideId));
    },

    async revoke(emergencyId, { kind, names }, { by, reason, at }) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, emergencyId);
        if (held === null) return null;
        const [revoked] = await tx
          .update(signedOverride)
          .set({ revokedBy: by, revokedAt: at, revokeReason: reason })
          .where(
            and(
              eq(signedOverride.emergencyId, emergencyId),
              eq(signedOverride.kind, kind),
              eq(signedOverride.names, names),
              isNull(signedOverride.revokedAt),
            ),
          )
          .returning();
        if (revoked === undefined) return null;
        const told = toldOf(held, at, `the override of ${kind} ${names} was taken back`);
        await tell(tx, [{ ...told, who: by, why: reason, before: { signedBy: revoked.by }, after: { emergencyId } }]);
        return revoked;
      });
    },

    async end(emergencyId, { by, reason, at, reviewDueAt }) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, emergencyId);
        if (held === null || held.status === 'ended') return held;
        const ended = await change(tx, emergencyId, {
          status: 'ended',
          endedBy: by,
          endedAt: at,
          endReason: reason,
          reviewOpenedAt: held.reviewOpenedAt ?? at,
          reviewDueAt: held.reviewDueAt ?? reviewDueAt,
        });
        const after = { emergencyId, status: 'ended', reviewDueAt: ended.reviewDueAt };
        const told = toldOf(held, at, 'the emergency has ended');
        await tell(tx, [{ ...told, who: by, why: reason, before: { status: 'open' }, after }]);
        return ended;
      });
    },

    async openReview(emergencyId, { at, reviewDueAt, reason }) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, emergencyId);
        if (held === null || held.reviewOpenedAt !== null) return held;
        const opened = await change(tx, emergencyId, { reviewOpenedAt: at, reviewDueAt });
        const told = toldOf(held, at, `its emergency is to be reviewed until ${reviewDueAt}`);
        await tell(tx, [{ ...told, why: reason, after: { emergencyId, reviewDueAt } }]);
        return opened;
      });
    },

    async review(emergencyId, { by, outcome, at }, judge) {
      return db.transaction(async (tx) => {
        const held = await locked(tx, emergencyId);
        if (held === null) return null;
        const problems = judge(held);
        const words = problems.length > 0 ? `review refused: ${problems.join('; ')}` : 'its emergency was reviewed';
        const told = toldOf(held, at, words);
        await tell(tx, [{ ...told, who: by, why: outcome, after: { emergencyId } }]);
        if (problems.length > 0) return { emergency: held, problems };
        const reviewed = { reviewedBy: by, reviewedAt: at, reviewOutcome: outcome };
        return { emergency: await change(tx, emergencyId, reviewed), problems };
      });
    },

    async use(emergencyId, runKey, how, at) {
      await db.transaction(async (tx) => {
        const held = await locked(tx, emergencyId);
        if (held === null) return;
        const values = { emergencyId, runKey, at };
        const made = await tx.insert(emergencyUse).values(values).onConflictDoNothing().returning();
        if (made.length === 0) return;
        await tell(tx, [{ ...toldOf(held, at, 'goes on by its emergency'), why: how, after: values, runKey }]);
      });
    },

    async uses({ emergencyIds, runKey }) {
      return db
        .select()
        .from(emergencyUse)
        .where(
          and(
            emergencyIds === undefined ? undefined : inArray(emergencyUse.emergencyId, emergencyIds),
            runKey === undefined ? undefined : eq(emergencyUse.runKey, runKey),
          ),
        )
        .orderBy(asc(emergencyUse.at), asc(emergencyUse.runKey));
    },
  };
}

async function listOf(db: Database, filter: EmergencyFilter): Promise<Emergency[]> {
  const { emergencyIds, patchIds, category, status, reviewed, after, limit } = filter;
  const page = db
    .select()
    .from(emergency)
    .where(
      and(
        emergencyIds === undefined ? undefined : inArray(emergency.emergencyId, emergencyIds),
        patchIds === undefined ? undefined : inArray(emergency.patchId, patchIds),
        category === undefined ? undefined : eq(emergency.category, category),
        status === undefined ? undefined : eq(emergency.status, status),
        reviewed === undefined ? undefined : reviewed ? isNotNull(emergency.reviewedAt) : isNull(emergency.reviewedAt),
        after === undefined
          ? undefined
          : sql`(${emergency.requestedAt}, ${emergency.emergencyId}) < (select e.requested_at, e.emergency_id from emergency e where e.emergency_id = ${after})`,
      ),
    )
    .orderBy(desc(emergency.requestedAt), desc(emergency.emergencyId));
  return limit === undefined ? page : page.limit(limit);
}

async function locked(on: Statements, emergencyId: string): Promise<Emergency | null> {
  const [row] = await on.select().from(emergency).where(eq(emergency.emergencyId, emergencyId)).for('update');
  return row ?? null;
}

/** Signed twice, the first stands. */
async function standsAlready(
  on: Statements,
  { emergencyId, kind, names }: Pick<KeptOverride, 'emergencyId' | 'kind' | 'names'>,
): Promise<string[]> {
  const [held] = await on
    .select({ by: signedOverride.by })
    .from(signedOverride)
    .where(
      and(
        eq(signedOverride.emergencyId, emergencyId),
        eq(signedOverride.kind, kind),
        eq(signedOverride.names, names),
        isNull(signedOverride.revokedAt),
      ),
    );
  return held === undefined ? [] : [`${held.by} has signed it already`];
}

async function change(
  on: Statements,
  emergencyId: string,
  set: Partial<typeof emergency.$inferInsert>,
): Promise<Emergency> {
  const [row] = await on.update(emergency).set(set).where(eq(emergency.emergencyId, emergencyId)).returning();
  if (row === undefined) throw new Error(`emergency ${emergencyId} vanished`);
  return row;
}

function toldOf({ patchId, category }: Emergency, at: string, words: string) {
  return { at, what: `${patchId} for ${category}: ${words}`, why: '', patchId };
}
