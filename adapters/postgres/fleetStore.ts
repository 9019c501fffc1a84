// Machines. What Azure no longer lists is marked gone and kept; what guests told stays until they tell more.

import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Vm } from '../../domain/vm.js';
import type { FleetStore } from '../../ports/inventory.js';
import type { Database } from './database.js';
import { vm } from './schema.js';

type Listed = Omit<Vm, 'guest' | 'assessment' | 'goneAt'>;

export function createFleetStore(db: Database): FleetStore {
  return {
    async saveListed(vms, subscriptions, at) {
      return db.transaction(async (tx) => {
        const before = await tx.select({ vmId: vm.vmId }).from(vm);
        const known = new Set(before.map((row) => row.vmId));
        if (vms.length > 0) await tx.execute(upsertListed(vms));
        const listed = JSON.stringify(vms.map((one) => one.vmId));
        const gone = await tx.execute(sql`
          update vm set gone_at = ${at} where gone_at is null
            and subscription_id in (select jsonb_array_elements_text(${JSON.stringify(subscriptions)}::jsonb))
            and vm_id not in (select jsonb_array_elements_text(${listed}::jsonb))`);
        return { added: vms.filter((one) => !known.has(one.vmId)).length, gone: gone.rowCount ?? 0 };
      });
    },

    async saveGuestFacts(vmId, facts) {
      await db.update(vm).set({ guest: facts }).where(eq(vm.vmId, vmId));
    },

    async saveAssessment(vmId, assessment) {
      await db.update(vm).set({ assessment }).where(eq(vm.vmId, vmId));
    },

    async vms({ environment, category, existing }) {
      return db
        .select()
        .from(vm)
        .where(
          and(
            environment === undefined ? undefined : eq(vm.environment, environment),
            category === undefined ? undefined : eq(vm.category, category),
            existing ? isNull(vm.goneAt) : undefined,
          ),
        )
        .orderBy(vm.name, vm.vmId)
        .then((rows) => rows.map(asVm));
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

function asVm(row: typeof vm.$inferSelect): Vm {
  return { ...row, power: row.power as Vm['power'] };
}

function upsertListed(vms: Listed[]) {
  return sql`
    insert into vm (vm_id, name, azure_id, subscription_id, resource_group, location, zone, availability_set, size, os_type, os_name, os_version,
      power, tags, environment, environment_reason, category, category_reason, seen_at, gone_at)
    select r."vmId", r.name, r."azureId", r."subscriptionId", r."resourceGroup", r.location, r.zone, r."availabilitySet", r.size, r."osType", r."osName",
      r."osVersion", r.power, r.tags, r.environment, r."environmentReason", r.category, r."categoryReason", r."seenAt", null
    from jsonb_to_recordset(${JSON.stringify(vms)}::jsonb) as r("vmId" text, name text, "azureId" text, "subscriptionId" text, "resourceGroup" text, location text,
      zone text, "availabilitySet" text, size text, "osType" text, "osName" text, "osVersion" text, power text, tags jsonb, environment text,
      "environmentReason" text, category text, "categoryReason" text, "seenAt" timestamptz)
    on conflict (vm_id) do update set name = excluded.name, azure_id = excluded.azure_id, subscription_id = excluded.subscription_id,
      resource_group = excluded.resource_group, location = excluded.location, zone = excluded.zone, availability_set = excluded.availability_set,
      size = excluded.size, os_type = excluded.os_type, os_name = excluded.os_name, os_version = excluded.os_version, power = excluded.power,
      tags = excluded.tags, environment = excluded.environment, environment_reason = excluded.environment_reason, category = excluded.category,
      category_reason = excluded.category_reason, seen_at = excluded.seen_at, gone_at = null`;
}
