// Machines. What Azure no longer lists is marked gone and kept; what guests told stays until they tell more.

import { and, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { canonical } from '../../domain/canonical.js';
import type { Vm } from '../../domain/vm.js';
import type { FleetStanding, FleetStore } from '../../ports/fleet.js';
import type { Tell, Told } from './auditLog.js';
import type { Database } from './database.js';
import { saveToldPackages } from './guestStore.js';
import { containing } from './containing.js';
import { jsonText } from './json.js';
import { vm } from './schema/machines.js';
import { fleetDay } from './schema/fleetDays.js';

type Listed = Omit<Vm, 'guest' | 'assessment' | 'firstSeenAt' | 'joinedAt' | 'placedAt' | 'goneAt'>;

export function createFleetStore(db: Database, tell: Tell): FleetStore {
  return {
    async saveListed(vms, subscriptions, at) {
      return db.transaction(async (tx) => {
        const before = new Map((await tx.select(tracked).from(vm)).map((row) => [row.vmId, row]));
        const settled = new Set(vms.flatMap((one) => placeOf(before.get(one.vmId) ?? null)));
        const withJoin = vms.map((one) => ({ ...one, joinedAt: settled.has(placeName(one)) ? null : at }));
        if (vms.length > 0) await tx.execute(upsertListed(withJoin));
        const listed = JSON.stringify(vms.map((one) => one.vmId));
        const gone = await tx.execute(sql`
          update vm set gone_at = ${at} where gone_at is null
            and subscription_id in (select jsonb_array_elements_text(${jsonText(subscriptions)}::jsonb))
            and vm_id not in (select jsonb_array_elements_text(${listed}::jsonb)) returning vm_id, name`);
        const lost = gone.rows as { vm_id: string; name: string }[];
        await tell(tx, [
          ...vms.flatMap((one) => changeOf(before.get(one.vmId) ?? null, one, at)),
          ...lost.map(({ vm_id: vmId, name }) => ({
            at,
            what: `${name} is gone`,
            why: 'Azure no longer lists it',
            before: before.get(vmId) ?? null,
            vmId,
          })),
        ]);
        return { added: vms.filter((one) => !before.has(one.vmId)).length, gone: lost.length };
      });
    },

    async join(vmIds, at) {
      if (vmIds.length === 0) return;
      await db.transaction(async (tx) => {
        const joined = await tx
          .update(vm)
          .set({ joinedAt: at })
          .where(and(inArray(vm.vmId, vmIds), isNull(vm.joinedAt)))
          .returning({ vmId: vm.vmId, name: vm.name });
        const why = 'it misses nothing that the channels know and its assessment asks for';
        await tell(
          tx,
          joined.map(({ vmId, name }) => ({ at, what: `${name} joins the rings`, why, vmId })),
        );
      });
    },

    async saveGuestFacts(vmId, facts) {
      await db.transaction(async (tx) => {
        const [saved] = await tx.update(vm).set({ guest: facts }).where(eq(vm.vmId, vmId)).returning({ name: vm.name });
        if (saved !== undefined) await tell(tx, await saveToldPackages(tx, vmId, saved.name, facts));
      });
    },

    async saveAssessment(vmId, assessment) {
      await db.update(vm).set({ assessment }).where(eq(vm.vmId, vmId));
    },

    async vms({ environment, category, name, existing, after, limit }) {
      const page = db
        .select()
        .from(vm)
        .where(
          and(
            environment === undefined ? undefined : eq(vm.environment, environment),
            category === undefined ? undefined : eq(vm.category, category),
            name === undefined ? undefined : containing(vm.name, name),
            existing ? isNull(vm.goneAt) : undefined,
            after === undefined
              ? undefined
              : sql`(${vm.name}, ${vm.vmId}) > (select p.name, p.vm_id from vm p where p.vm_id = ${after})`,
          ),
        )
        .orderBy(vm.name, vm.vmId);
      return (await (limit === undefined ? page : page.limit(limit))).map(asVm);
    },

    async names(vmIds) {
      const rows = await db
        .select({ vmId: vm.vmId, name: vm.name })
        .from(vm)
        .where(inArray(vm.vmId, [...new Set(vmIds)]));
      return new Map(rows.map((row) => [row.vmId, row.name]));
    },

    async standing(environment) {
      const { rows } = await db.execute<FleetStanding & Record<string, unknown>>(sql`
        select count(*)::int as machines, (count(*) filter (where assessment is null))::int as unknown,
          (count(*) filter (where assessment is not null and exists (select 1 from demand d where d.vm_id = vm.vm_id)))::int as lacking
        from vm where gone_at is null and environment = ${environment}`);
      return rows[0] ?? { machines: 0, unknown: 0, lacking: 0 };
    },

    async measureDay(at) {
      await db.execute(sql`
        insert into fleet_day (day, known, complete)
        select ${at.slice(0, 10)}::date, count(*), count(*) filter (where not exists (select 1 from demand d where d.vm_id = vm.vm_id))
        from vm where gone_at is null and environment = 'production' and assessment is not null
        on conflict (day) do update set known = excluded.known, complete = excluded.complete`);
    },

    async days(newest) {
      const rows = await db.select().from(fleetDay).orderBy(desc(fleetDay.day)).limit(newest);
      return rows.toReversed();
    },

    async vm(vmIdOrName) {
      const rows = await db
        .select()
        .from(vm)
        .where(or(eq(vm.vmId, vmIdOrName.toLowerCase()), eq(vm.name, vmIdOrName)))
        .orderBy(sql`gone_at desc nulls first`)
        .limit(1);
      return rows[0] === undefined ? null : asVm(rows[0]);
    },
  };
}

/** What of a machine is history when it changes. */
const tracked = {
  vmId: vm.vmId,
  name: vm.name,
  azureId: vm.azureId,
  location: vm.location,
  zone: vm.zone,
  size: vm.size,
  osName: vm.osName,
  environment: vm.environment,
  category: vm.category,
  tags: vm.tags,
  goneAt: vm.goneAt,
};

type Tracked = Pick<typeof vm.$inferSelect, keyof typeof tracked>;

function changeOf(before: Tracked | null, now: Listed, at: string): Told[] {
  const after = Object.fromEntries(Object.keys(tracked).map((key) => [key, now[key as keyof Listed] ?? null]));
  const { vmId, name } = now;
  if (before === null) {
    const why = `${now.environment}: ${now.environmentReason}; ${now.category ?? 'no category'}: ${now.categoryReason}`;
    return [{ at, what: `${name} is found`, why, after, vmId }];
  }
  const names = Object.keys(tracked).filter(
    (key) => canonical(before[key as keyof Tracked]) !== canonical(after[key] ?? null),
  );
  if (names.length === 0) return [];
  const only = (of: Record<string, unknown>) => Object.fromEntries(names.map((key) => [key, of[key]]));
  const what = before.goneAt === null ? `${name} changed: ${names.join(', ')}` : `${name} is listed again`;
  return [{ at, what, why: 'Azure lists it so', before: only(before), after: only(after), vmId }];
}

function asVm(row: typeof vm.$inferSelect): Vm {
  return { ...row, power: row.power as Vm['power'] };
}

/** Where a machine stands that was there before; nothing for one that was gone. */
function placeOf(before: Tracked | null): string[] {
  return before === null || before.goneAt !== null ? [] : [placeName(before)];
}

function placeName({ environment, category }: Pick<Tracked, 'environment' | 'category'>): string {
  return `${environment}/${category ?? ''}`;
}

function upsertListed(vms: (Listed & { joinedAt: string | null })[]) {
  return sql`
    insert into vm (vm_id, name, azure_id, subscription_id, resource_group, location, zone, availability_set, size, image, os_type, os_name, os_version,
      power, tags, environment, environment_reason, category, category_reason, first_seen_at, seen_at, joined_at, placed_at, gone_at)
    select r."vmId", r.name, r."azureId", r."subscriptionId", r."resourceGroup", r.location, r.zone, r."availabilitySet", r.size, r.image, r."osType", r."osName",
      r."osVersion", r.power, r.tags, r.environment, r."environmentReason", r.category, r."categoryReason", r."seenAt", r."seenAt", r."joinedAt", r."seenAt", null
    from jsonb_to_recordset(${jsonText(vms)}::jsonb) as r("vmId" text, name text, "azureId" text, "subscriptionId" text, "resourceGroup" text, location text,
      zone text, "availabilitySet" text, size text, image text, "osType" text, "osName" text, "osVersion" text, power text, tags jsonb, environment text,
      "environmentReason" text, category text, "categoryReason" text, "seenAt" timestamptz, "joinedAt" timestamptz)
    on conflict (vm_id) do update set name = excluded.name, azure_id = excluded.azure_id, subscription_id = excluded.subscription_id,
      resource_group = excluded.resource_group, location = excluded.location, zone = excluded.zone, availability_set = excluded.availability_set,
      size = excluded.size, image = excluded.image, os_type = excluded.os_type, os_name = excluded.os_name, os_version = excluded.os_version, power = excluded.power,
      tags = excluded.tags, environment = excluded.environment, environment_reason = excluded.environment_reason, category = excluded.category,
      category_reason = excluded.category_reason, seen_at = excluded.seen_at, gone_at = null,
      placed_at = case when vm.gone_at is null and vm.environment = excluded.environment and vm.category is not distinct from excluded.category
        then vm.placed_at else excluded.seen_at end`;
}
