// Maintenance runs, enrolments and manifests: the enrolment protocol's rows. Each change locks the run's row first.

import { and, asc, desc, eq, gte, inArray, sql } from 'drizzle-orm';
import { grouped } from '../../domain/grouped.js';
import { runKeyOf, type Enrolment, type RowOutcome, type Run, type RunKey } from '../../domain/run.js';
import type { RunStore } from '../../ports/runs.js';
import { writeArrivals } from './arrivalStore.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { enrolment, manifest, run } from './schema/runs.js';
import { admissionLock, session } from './schema/sessions.js';

export function createRunStore(db: Database, tell: Tell): RunStore {
  return {
    async enrol(asked, entry, now) {
      const runKey = runKeyOf(asked);
      return db.transaction(async (tx) => {
        await tx
          .insert(run)
          .values({ ...asked, runKey, status: 'open', outcome: null, waves: 0, control: 'run' })
          .onConflictDoNothing();
        const held = await requireLocked(tx, runKey);
        const same = await sameEnrolment(tx, runKey, entry);
        if (same) return { kind: 'enrolled' as const, run: held };
        if (held.status !== 'open' || !(Date.parse(now) < Date.parse(held.planAt)))
          return { kind: 'closed' as const, run: held };
        await tx
          .insert(enrolment)
          .values({ ...entry, runKey })
          .onConflictDoUpdate({ target: [enrolment.runKey, enrolment.patchId], set: entry });
        const what = `${entry.patchId} enrolled: ${entry.vmIds.length} machines`;
        const why = entry.decisionId === null ? 'a staging test' : `decision ${entry.decisionId}`;
        await tell(tx, [{ at: now, what, why, after: entry, patchId: entry.patchId, runKey }]);
        return { kind: 'enrolled' as const, run: held };
      });
    },

    async run(runKey) {
      const rows = await db.select().from(run).where(eq(run.runKey, runKey));
      return rows[0] === undefined ? null : runOf(rows[0]);
    },

    async runs({ status, runKeys, settledSince }) {
      const rows = await db
        .select()
        .from(run)
        .where(
          and(
            status === undefined ? undefined : eq(run.status, status),
            runKeys === undefined ? undefined : inArray(run.runKey, runKeys),
            settledSince === undefined ? undefined : gte(run.settledAt, settledSince),
          ),
        )
        .orderBy(desc(run.seq));
      return rows.map(runOf);
    },

    enrolments: (...runKeys) => enrolmentsOf(db, ...runKeys),

    async plan(runKey, decide) {
      return db.transaction(async (tx) => {
        const held = await requireLocked(tx, runKey);
        if (held.status !== 'open') return held;
        const planned = decide({ run: held, enrolments: await enrolmentsOf(tx, runKey) });
        const rows = [
          ...planned.rows.map((row) => ({ ...row, runKey, state: 'planned', reason: null })),
          ...planned.left.map((row, position) => ({ ...row, runKey, state: 'skipped', wave: 0, position })),
        ];
        if (rows.length > 0) await tx.execute(insertManifest(rows));
        const empty = planned.rows.length === 0;
        const [after] = await tx
          .update(run)
          .set(empty ? { status: 'settled', outcome: 'empty', waves: 0 } : { status: 'planned', waves: planned.waves })
          .where(eq(run.runKey, runKey))
          .returning();
        if (after === undefined) throw new Error(`run ${runKey} vanished while it was planned`);
        const what = empty ? 'planned, and nothing is due' : `${planned.waves} waves planned`;
        const why = [...new Set(rows.map((row) => row.patchId))].join(', ') || 'nothing was enrolled';
        const came = await writeArrivals(tx, runKey, planned.arrivals ?? []);
        const told = { what, why, before: { status: 'open' }, after: { status: after.status, rows }, runKey };
        await tell(tx, [...came, told]);
        return runOf(after);
      });
    },

    async withdraw(runKey, patchId, reason, wholeSets = false) {
      return db.transaction(async (tx) => {
        const held = await requireLocked(tx, runKey);
        const taken = await takeOutOf(tx, held, { patchId, reason, wholeSets, admittedToo: false });
        if (taken === null) return 'nothing';
        await tell(tx, [taken.told]);
        return taken.kind;
      });
    },

    async beginInstalling(runKey, vmId) {
      return db.transaction(async (tx) => {
        // Whoever takes a patch out of the run locks it too: what is installed together begins together, or not at all.
        await requireLocked(tx, runKey);
        const mine = and(eq(manifest.runKey, runKey), eq(manifest.vmId, vmId));
        await tx
          .update(manifest)
          .set({ state: 'installing', reason: null })
          .where(and(mine, eq(manifest.state, 'planned')));
        return tx
          .select()
          .from(manifest)
          .where(and(mine, eq(manifest.state, 'installing')))
          .orderBy(asc(manifest.patchId));
      });
    },

    async setControl(runKey, control, by, reason) {
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(run).where(eq(run.runKey, runKey)).for('update');
        if (held === undefined) return null;
        if (held.control === control) return runOf(held);
        await tx.update(run).set({ control }).where(eq(run.runKey, runKey));
        const [before, after] = [{ control: held.control }, { control }];
        await tell(tx, [{ who: by, what: `${runKey}: ${control}`, why: reason, before, after, runKey }]);
        return runOf({ ...held, control });
      });
    },

    async manifest({ runKey, runKeys, vmId, vmIds, patchId, wave, states }) {
      return db
        .select()
        .from(manifest)
        .where(
          and(
            runKey === undefined ? undefined : eq(manifest.runKey, runKey),
            runKeys === undefined ? undefined : inArray(manifest.runKey, runKeys),
            vmId === undefined ? undefined : eq(manifest.vmId, vmId),
            vmIds === undefined ? undefined : inArray(manifest.vmId, vmIds),
            patchId === undefined ? undefined : eq(manifest.patchId, patchId),
            wave === undefined ? undefined : eq(manifest.wave, wave),
            states === undefined ? undefined : inArray(manifest.state, [...states]),
          ),
        )
        .orderBy(asc(manifest.runKey), asc(manifest.wave), asc(manifest.position), asc(manifest.patchId));
    },

    async counts(runKeys) {
      const rows = await db
        .select({ runKey: manifest.runKey, state: manifest.state, count: sql<number>`count(*)::int` })
        .from(manifest)
        .where(runKeys === undefined ? undefined : inArray(manifest.runKey, runKeys))
        .groupBy(manifest.runKey, manifest.state)
        .orderBy(asc(manifest.runKey), asc(manifest.state));
      return new Map(
        [...grouped(rows, (row) => row.runKey)].map(([runKey, held]) => [
          runKey,
          Object.fromEntries(held.map(({ state, count }) => [state, count])),
        ]),
      );
    },

    async waveVms(runKey, wave, offset, limit) {
      return db
        .select({ vmId: manifest.vmId, vmName: sql<string>`min(${manifest.vmName})` })
        .from(manifest)
        .where(and(eq(manifest.runKey, runKey), eq(manifest.wave, wave)))
        .groupBy(manifest.vmId)
        .orderBy(sql`min(${manifest.position})`, asc(manifest.vmId))
        .offset(offset)
        .limit(limit);
    },

    setManifestState: (runKey, vmId, states) => setStates(db, runKey, vmId, states),

    async settleRun(runKey, outcome, reason, at) {
      return db.transaction(async (tx) => {
        const held = await requireLocked(tx, runKey);
        if (held.status === 'settled') return held;
        const ours = eq(manifest.runKey, runKey);
        await tx
          .update(manifest)
          .set({ state: 'skipped', reason })
          .where(and(ours, eq(manifest.state, 'planned')));
        await tx
          .update(manifest)
          .set({ state: 'inDoubt', reason: `the run settled while it was installing: ${reason}` })
          .where(and(ours, eq(manifest.state, 'installing')));
        const [after] = await tx
          .update(run)
          .set({ status: 'settled', outcome, outcomeReason: reason, settledAt: at })
          .where(eq(run.runKey, runKey))
          .returning();
        if (after === undefined) throw new Error(`run ${runKey} vanished while it settled`);
        const [before, later] = [{ status: held.status }, { status: 'settled', outcome }];
        await tell(tx, [{ at, what: `settled: ${outcome}`, why: reason, before, after: later, runKey }]);
        return runOf(after);
      });
    },
  };
}

/** I7: a closed row is never reopened, and an outcome never overwritten. */
export async function setStates(on: Statements, runKey: RunKey, vmId: string, states: RowOutcome[]): Promise<void> {
  for (const { patchId, ...outcome } of states) {
    await on
      .update(manifest)
      .set(outcome)
      .where(
        and(
          eq(manifest.runKey, runKey),
          eq(manifest.vmId, vmId),
          eq(manifest.patchId, patchId),
          inArray(manifest.state, ['planned', 'installing']),
        ),
      );
  }
}

export interface TakenOut {
  patchId: string;
  reason: string;
  /** Everything that its machines were to get goes with it. */
  wholeSets: boolean;
  /** Machines whose session is open and that have not begun to install, as well. */
  admittedToo: boolean;
}

/** Of a run that is locked. Null: nothing of the patch was waiting there. */
export async function takeOutOf(
  on: Statements,
  { runKey, status }: Run,
  taken: TakenOut,
): Promise<{ kind: 'deleted' | 'revoked'; told: Told } | null> {
  const { patchId, reason } = taken;
  if (status === 'open') {
    const gone = await on
      .delete(enrolment)
      .where(and(eq(enrolment.runKey, runKey), eq(enrolment.patchId, patchId)))
      .returning();
    if (gone.length === 0) return null;
    const told = { what: `${patchId} withdrawn before planning`, why: reason, before: gone, patchId, runKey };
    return { kind: 'deleted', told };
  }
  const revoked = await revokePlanned(on, runKey, taken);
  if (revoked.length === 0) return null;
  const told = { what: `${patchId} revoked`, why: reason, after: { state: 'revoked', revoked }, patchId, runKey };
  return { kind: 'revoked', told };
}

/** A session that is open was admitted before: it goes on, unless those are meant too. Admissions are decided under the same lock, so none comes in between. */
async function revokePlanned(
  on: Statements,
  runKey: RunKey,
  { patchId, reason, wholeSets, admittedToo }: TakenOut,
): Promise<{ vmId: string; patchId: string }[]> {
  await on.select().from(admissionLock).for('update');
  const mine = and(eq(manifest.runKey, runKey), eq(manifest.state, 'planned'));
  const due = await on
    .select({ vmId: manifest.vmId })
    .from(manifest)
    .where(
      and(
        mine,
        eq(manifest.patchId, patchId),
        admittedToo
          ? undefined
          : sql`not exists (select from ${session} s where s.vm_id = ${manifest.vmId} and s.run_key = ${runKey} and s.ended_at is null)`,
      ),
    );
  const vmIds = due.map((row) => row.vmId);
  return on
    .update(manifest)
    .set({ state: 'revoked', reason })
    .where(and(mine, inArray(manifest.vmId, vmIds), wholeSets ? undefined : eq(manifest.patchId, patchId)))
    .returning({ vmId: manifest.vmId, patchId: manifest.patchId });
}

export async function requireLocked(on: Statements, runKey: RunKey): Promise<Run> {
  const rows = await on.select().from(run).where(eq(run.runKey, runKey)).for('update');
  if (rows[0] === undefined) throw new Error(`run ${runKey} is not in the inventory`);
  return runOf(rows[0]);
}

async function enrolmentsOf(on: Statements, ...runKeys: RunKey[]): Promise<Enrolment[]> {
  return on.select().from(enrolment).where(inArray(enrolment.runKey, runKeys)).orderBy(asc(enrolment.patchId));
}

async function sameEnrolment(on: Statements, runKey: RunKey, entry: Omit<Enrolment, 'runKey'>): Promise<boolean> {
  const [held] = await on
    .select()
    .from(enrolment)
    .where(and(eq(enrolment.runKey, runKey), eq(enrolment.patchId, entry.patchId)));
  if (held === undefined) return false;
  return (
    held.digest === entry.digest && JSON.stringify([...held.vmIds].sort()) === JSON.stringify([...entry.vmIds].sort())
  );
}

function insertManifest(rows: object[]) {
  return sql`
    insert into manifest (run_key, vm_id, patch_id, vm_name, kb, packages, wave, position, state, reason)
    select r."runKey", r."vmId", r."patchId", r."vmName", r.kb, coalesce(r.packages, '[]'), r.wave, r.position, r.state, r.reason
    from jsonb_to_recordset(${jsonText(rows)}::jsonb)
      as r("runKey" text, "vmId" text, "patchId" text, "vmName" text, kb text, packages jsonb, wave int, position int, state text, reason text)
    on conflict (run_key, vm_id, patch_id) do nothing`;
}

function runOf({ seq: _seq, outcomeReason: _reason, settledAt: _at, ...row }: typeof run.$inferSelect): Run {
  return row;
}
