// Baselines and what audits found. Versions are added, never changed.

import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Baseline } from '../../domain/baseline.js';
import type { Vm } from '../../domain/vm.js';
import type { BaselineStore } from '../../ports/baselines.js';
import type { Inventory } from '../../ports/inventory.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { baseline, compliance } from './schema/baselines.js';

export function createBaselineStore(
  db: Database,
  tell: Tell,
  { fleet, guests, sessions, patches: catalog }: Pick<Inventory, 'fleet' | 'guests' | 'sessions' | 'patches'>,
): BaselineStore {
  async function machine(vmId: string): Promise<Vm[]> {
    const vm = await fleet.vm(vmId);
    return vm === null || vm.goneAt !== null ? [] : [vm];
  }

  return {
    async fleetKnowledge(vmId) {
      const ids = vmId === undefined ? undefined : [vmId];
      const [vms, known, software, patches, records] = await Promise.all([
        vmId === undefined ? fleet.vms({ existing: true }) : machine(vmId),
        guests.knowledge(ids),
        guests.software(vmId === undefined ? {} : { vmId }),
        sessions.patchesOn(ids),
        catalog.patches(),
      ]);
      return { vms, guests: known, software, patches, catalog: records.map((record) => record.patch) };
    },

    async draft(asked) {
      return db.transaction(async (tx) => {
        const earlier = await tx
          .select({ version: baseline.version })
          .from(baseline)
          .where(eq(baseline.name, asked.name))
          .orderBy(desc(baseline.version))
          .limit(1)
          .for('update');
        const version = (earlier[0]?.version ?? 0) + 1;
        const [made] = await tx
          .insert(baseline)
          .values({ ...asked, version, status: 'draft' })
          .returning();
        if (made === undefined) throw new Error('the baseline was not stored');
        const { name, author: who, reason, at, content } = asked;
        await tell(tx, [{ at, who, what: `baseline ${name} ${version} drafted`, why: reason, after: { content } }]);
        return baselineOf(made);
      });
    },

    async advance(name, version, to, { by, reason, at }) {
      return db.transaction(async (tx) => {
        const mine = and(eq(baseline.name, name), eq(baseline.version, version));
        const [held] = await tx.select().from(baseline).where(mine).for('update');
        if (held === undefined) return 'unknown';
        const from = { tested: ['draft'], approved: ['tested'], retired: ['draft', 'tested', 'approved'] }[to];
        if (!from.includes(held.status)) return 'wrongStatus';
        if (to === 'approved' && held.author === by) return 'samePerson';
        if (to === 'approved') {
          await tx
            .update(baseline)
            .set({ status: 'retired' })
            .where(and(eq(baseline.name, name), eq(baseline.status, 'approved')));
        }
        const set = to === 'approved' ? { status: to, approvedBy: by } : { status: to };
        const [after] = await tx.update(baseline).set(set).where(mine).returning();
        if (after === undefined) throw new Error(`baseline ${name} ${version} vanished`);
        const what = `baseline ${name} ${version} ${to}`;
        await tell(tx, [{ at, who: by, what, why: reason, before: { status: held.status }, after: { status: to } }]);
        return baselineOf(after);
      });
    },

    async baselines({ name, version, status }) {
      const rows = await db
        .select()
        .from(baseline)
        .where(
          and(
            name === undefined ? undefined : eq(baseline.name, name),
            version === undefined ? undefined : eq(baseline.version, version),
            status === undefined ? undefined : eq(baseline.status, status),
          ),
        )
        .orderBy(asc(baseline.name), desc(baseline.version));
      return rows.map(baselineOf);
    },

    async saveCompliance(rows, at) {
      if (rows.length === 0) return;
      await db.execute(sql`
        insert into compliance (vm_id, baseline, version, items, at)
        select r."vmId", r.baseline, r.version, r.items, ${at}::timestamptz
        from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r("vmId" text, baseline text, version int, items jsonb)
        on conflict (vm_id) do update set baseline = excluded.baseline, version = excluded.version, items = excluded.items, at = excluded.at,
          items_before = case when compliance.baseline = excluded.baseline then compliance.items end,
          before = case when compliance.baseline = excluded.baseline then compliance.at end
        where compliance.at < excluded.at`);
    },

    async compliance(vmIds) {
      return db
        .select()
        .from(compliance)
        .where(vmIds === undefined ? undefined : inArray(compliance.vmId, vmIds))
        .orderBy(asc(compliance.vmId));
    },
  };
}

function baselineOf({ approvedBy: _approvedBy, ...row }: typeof baseline.$inferSelect): Baseline {
  return row;
}
