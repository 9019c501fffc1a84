// Deadlines by patch and machine. Only what differs is written; what moved is told to the audit log and kept until people were told.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, inArray, isNull, lt, not, sql } from 'drizzle-orm';
import { byUrgency, factOf, movesOf, type DueChange, type DueMove } from '../../domain/due.js';
import type { DueFilter, DueGroup, DueStore, PlacedDueRow } from '../../ports/due.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { vm } from './schema/machines.js';
import { demand } from './schema/patches.js';
import { due, dueAlarm, dueMove, heldFact } from './schema/due.js';
import { excusing, isExcused, type Excusing } from './excusing.js';

/** Enough to find them; all of them are in the rows. */
const machinesToldMax = 200;

export function createDueStore(db: Database, tell: Tell): DueStore {
  return {
    async patchIds() {
      const rows = await db.selectDistinct({ patchId: due.patchId }).from(due).orderBy(asc(due.patchId));
      return rows.map((row) => row.patchId);
    },

    async recompute(patchId, decide, at) {
      return db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`due/${patchId}`}))`);
        const held = await tx.select().from(due).where(eq(due.patchId, patchId));
        // Somebody who read the facts later was here before us: theirs stands.
        if (held.some((row) => row.computedAt > at)) return [];
        const changes = decide(held.map(({ computedAt: _at, ...row }) => row));
        await write(tx, patchId, changes, at);
        const moves = movesOf(changes);
        if (moves.length > 0)
          await tx.insert(dueMove).values(moves.map((move) => ({ ...move, moveId: randomUUID(), at })));
        await tell(tx, toldOf(patchId, changes, moves, at));
        return changes;
      });
    },

    async untoldMoves() {
      const rows = await db
        .select()
        .from(dueMove)
        .where(isNull(dueMove.toldAt))
        .orderBy(asc(dueMove.at), asc(dueMove.patchId), asc(dueMove.moveId));
      return rows.map(({ toldAt: _toldAt, ...move }) => move);
    },

    async movesTold(moveIds, at) {
      if (moveIds.length > 0) await db.update(dueMove).set({ toldAt: at }).where(inArray(dueMove.moveId, moveIds));
    },

    async untoldAlarms(alarms) {
      const patchIds = [...new Set(alarms.map((alarm) => alarm.patchId))];
      const held = await db.select().from(dueAlarm).where(inArray(dueAlarm.patchId, patchIds));
      const told = new Set(held.map(alarmKey));
      return alarms.filter((alarm) => !told.has(alarmKey(alarm)));
    },

    async alarmTold({ kind, patchId, category, deadline, tier, vmIds, ...said }, at) {
      await db.transaction(async (tx) => {
        const row = { kind, patchId, category, deadline, machines: vmIds.length, toldAt: at };
        const made = await tx.insert(dueAlarm).values(row).onConflictDoNothing().returning();
        if (made.length === 0) return;
        const what = `${patchId} for ${category}: ${kind === 'overdue' ? 'overdue since' : 'in danger, due'} ${deadline}`;
        const after = { tier, machines: vmIds.length, vmIds: vmIds.slice(0, machinesToldMax) };
        await tell(tx, [{ at, what, why: factOf(said), after, patchId }]);
      });
    },

    async heldFacts(cves) {
      return db.select().from(heldFact).where(inArray(heldFact.cve, cves)).orderBy(heldFact.cve, heldFact.fact);
    },

    async saveHeldFacts(cves, facts) {
      await db.transaction(async (tx) => {
        const stay = jsonText(facts);
        await tx.execute(sql`
          delete from held_fact h where h.cve in (select jsonb_array_elements_text(${jsonText(cves)}::jsonb))
            and not exists (select 1 from jsonb_to_recordset(${stay}::jsonb) as r(cve text, fact text) where r.cve = h.cve and r.fact = h.fact)`);
        await tx.execute(sql`
          insert into held_fact (cve, fact, since)
          select r.cve, r.fact, r.since from jsonb_to_recordset(${stay}::jsonb) as r(cve text, fact text, since timestamptz)
          on conflict (cve, fact) do nothing`);
      });
    },

    rows: (filter) => rowsOf(db, filter),
    groups: (filter) => groupsOf(db, filter),
  };
}

function alarmKey(alarm: { kind: string; patchId: string; category: string; deadline: string }): string {
  return [alarm.kind, alarm.patchId, alarm.category, Date.parse(alarm.deadline)].join('\n');
}

async function write(on: Statements, patchId: string, changes: DueChange[], at: string): Promise<void> {
  const rows = changes.flatMap((change) => (change.kind === 'ended' ? [] : [change.after]));
  if (rows.length > 0)
    await on.execute(sql`
      insert into due (patch_id, vm_id, tier, deadline, rule, fact, cve, clock_began, forensics, estimated, computed_at)
      select r."patchId", r."vmId", r.tier, r.deadline, r.rule, r.fact, r.cve, r."clockBegan", r.forensics, r.estimated, ${at}::timestamptz
      from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r("patchId" text, "vmId" text, tier text, deadline timestamptz, rule text, fact text,
        cve text, "clockBegan" timestamptz, forensics boolean, estimated jsonb)
      on conflict (patch_id, vm_id) do update set tier = excluded.tier, deadline = excluded.deadline, rule = excluded.rule, fact = excluded.fact,
        cve = excluded.cve, clock_began = excluded.clock_began, forensics = excluded.forensics, estimated = excluded.estimated,
        computed_at = excluded.computed_at`);
  const ended = changes.flatMap((change) => (change.kind === 'ended' ? [change.before.vmId] : []));
  if (ended.length > 0)
    await on.execute(sql`
      delete from due where patch_id = ${patchId} and vm_id in (select jsonb_array_elements_text(${jsonText(ended)}::jsonb))`);
}

/** I8: in sentences of many machines each: a row each would be half a million. */
function toldOf(patchId: string, changes: DueChange[], moves: DueMove[], at: string): Told[] {
  const told: Told[] = moves.map(({ from, to, because, vmIds, tierBefore, tier }) => ({
    at,
    what: `${patchId}: due ${to ?? 'never'} instead of ${from ?? 'never'} on ${vmIds.length} machines`,
    why: because,
    before: { deadline: from, tier: tierBefore },
    after: { deadline: to, tier, machines: vmIds.length, vmIds: vmIds.slice(0, machinesToldMax) },
    patchId,
  }));
  const fresh = changes.flatMap((change) => (change.kind === 'new' ? [change.after] : [])).toSorted(byUrgency);
  const [first] = fresh;
  if (first !== undefined) {
    const what = `${patchId}: due on ${fresh.length} more machines, the first at ${first.deadline ?? 'no time'}`;
    told.push({ at, what, why: factOf(first), after: { machines: fresh.length, tier: first.tier }, patchId });
  }
  const ended = changes.flatMap((change) => (change.kind === 'ended' ? [change.before] : []));
  if (ended.length > 0) {
    const late = ended.filter((row) => row.deadline !== null && row.deadline < at).length;
    const why = late === 0 ? 'needed no longer, before the deadline' : `needed no longer, ${late} of them after it`;
    told.push({ at, what: `${patchId}: no longer due on ${ended.length} machines`, why, patchId });
  }
  return told;
}

/** What is needed no longer is not due, whatever was computed before. */
function isNeeded() {
  return and(eq(demand.patchId, due.patchId), eq(demand.vmId, due.vmId));
}

function conditionsOf({ patchIds, vmIds, environment, category, before, waived }: DueFilter, waivers: Excusing) {
  return [
    isNull(vm.goneAt),
    patchIds === undefined ? undefined : inArray(due.patchId, patchIds),
    vmIds === undefined ? undefined : inArray(due.vmId, vmIds),
    environment === undefined ? undefined : eq(vm.environment, environment),
    category === undefined ? undefined : eq(vm.category, category),
    before === undefined ? undefined : lt(due.deadline, before),
    waived === undefined ? undefined : not(isExcused(waivers)),
  ];
}

/** Rows without a deadline come last. */
const place = sql`coalesce(${due.deadline}, 'infinity'::timestamptz)`;

async function rowsOf(
  db: Database,
  { after, limit, now = new Date().toISOString(), ...filter }: Parameters<DueStore['rows']>[0],
): Promise<PlacedDueRow[]> {
  const next =
    after === undefined
      ? undefined
      : sql`(${place}, ${due.patchId}, ${due.vmId}) > (${after.deadline ?? 'infinity'}::timestamptz, ${after.patchId}, ${after.vmId})`;
  const waivers = excusing(db, now);
  const query = db
    .select({
      row: due,
      vmName: vm.name,
      environment: vm.environment,
      category: vm.category,
      ofMachine: waivers.ofMachine.told,
      ofCategory: waivers.ofCategory.told,
    })
    .from(due)
    .innerJoin(vm, eq(vm.vmId, due.vmId))
    .innerJoin(demand, isNeeded())
    .leftJoin(waivers.ofMachine, waivers.onMachine)
    .leftJoin(waivers.ofCategory, waivers.onCategory)
    .where(and(...conditionsOf(filter, waivers), next))
    .orderBy(place, asc(due.patchId), asc(due.vmId));
  const rows = await (limit === undefined ? query : query.limit(limit));
  return rows.map(({ row, ofMachine, ofCategory, ...where }) => ({
    ...row,
    ...where,
    waived: ofMachine ?? ofCategory,
  }));
}

async function groupsOf(db: Database, { now, ...filter }: Parameters<DueStore['groups']>[0]): Promise<DueGroup[]> {
  const waivers = excusing(db, now);
  const excused = isExcused(waivers);
  const missing = sql`where not ${excused}`;
  const earliest = <T>(column: { name: string } & object) =>
    sql<T>`(array_agg(${column} order by ${excused}, ${due.deadline} nulls last, ${due.tier}, ${due.vmId}))[1]`;
  const rows = await db
    .select({
      patchId: due.patchId,
      environment: vm.environment,
      category: vm.category,
      tier: sql<string>`coalesce(min(${due.tier}) filter (${missing}), min(${due.tier}))`,
      deadline: earliest<string | null>(due.deadline).mapWith(orNull),
      rule: earliest<string | null>(due.rule),
      fact: earliest<string | null>(due.fact),
      cve: earliest<string | null>(due.cve),
      clockBegan: earliest<string | null>(due.clockBegan).mapWith(orNull),
      forensics: sql<boolean>`bool_or(${due.forensics})`,
      machines: sql<number>`count(*)::int`,
      waived: sql<number>`(count(*) filter (where ${excused}))::int`,
      overdue: sql<number>`(count(*) filter (${missing} and ${lt(due.deadline, now)}))::int`,
    })
    .from(due)
    .innerJoin(vm, eq(vm.vmId, due.vmId))
    .innerJoin(demand, isNeeded())
    .leftJoin(waivers.ofMachine, waivers.onMachine)
    .leftJoin(waivers.ofCategory, waivers.onCategory)
    .where(and(...conditionsOf(filter, waivers)))
    .groupBy(due.patchId, vm.environment, vm.category);
  return rows.toSorted(
    (a, b) => byUrgency(a, b) || compare(a.patchId, b.patchId) || compare(a.category ?? '', b.category ?? ''),
  );
}

function orNull(value: string | Date | null): string | null {
  return value === null ? null : new Date(value).toISOString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
