// What is known of machines for a comparison. Software is read once per distinct list: fleets are made of few.

import { inArray, sql } from 'drizzle-orm';
import { grouped } from '../../domain/grouped.js';
import type { MachineFacts } from '../../domain/machineProfile.js';
import type { ManifestState } from '../../domain/run.js';
import type { EquivalenceStore } from '../../ports/equivalence.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { vmFact } from './schema/machines.js';
import { demand } from './schema/patches.js';
import { manifest } from './schema/runs.js';

/** Runs that have put a patch on a machine, or are about to. */
const arriving: readonly ManifestState[] = ['planned', 'installing', 'installed'];

export function createEquivalenceStore(db: Database): EquivalenceStore {
  return {
    async facts(vms, softwareAsOf) {
      const vmIds = vms.map((vm) => vm.vmId);
      if (vmIds.length === 0) return [];
      const asked = sql`(select jsonb_array_elements_text(${jsonText(vmIds)}::jsonb))`;
      const [software, words, needs, got] = [
        await softwareOf(db, vmIds, softwareAsOf),
        await db.select().from(vmFact).where(sql`${vmFact.vmId} in ${asked}`),
        await db
          .select({ vmId: demand.vmId, patchId: demand.patchId })
          .from(demand)
          .where(sql`${demand.vmId} in ${asked}`),
        await db
          .selectDistinct({ vmId: manifest.vmId, patchId: manifest.patchId })
          .from(manifest)
          .where(sql`${manifest.vmId} in ${asked} and ${inArray(manifest.state, [...arriving])}`),
      ];
      const [saidOf, neededBy, gotBy] = [words, needs, got].map((rows) =>
        grouped<{ vmId: string }, string>(rows, (row) => row.vmId),
      ) as [Map<string, typeof words>, Map<string, typeof needs>, Map<string, typeof got>];
      return vms.map(
        (vm): MachineFacts => ({
          vm,
          words: saidOf.get(vm.vmId) ?? [],
          software: software.get(vm.vmId) ?? null,
          needs: (neededBy.get(vm.vmId) ?? []).map((row) => row.patchId),
          got: (gotBy.get(vm.vmId) ?? []).map((row) => row.patchId),
        }),
      );
    },
  };
}

// oxlint-disable-next-line typescript/consistent-type-definitions -- a row of the driver has an index signature
type Keyed = { vmId: string; key: string };
// oxlint-disable-next-line typescript/consistent-type-definitions -- as above
type Listed = { vmId: string; name: string; version: string | null };

/**
 * Updates are the patch level, and so are the versions of packages; kernels of Debian and its relatives have theirs in the name. Machines whose
 * guests never answered are left out.
 */
async function softwareOf(
  db: Database,
  vmIds: string[],
  asOf: string | null,
): Promise<Map<string, NonNullable<MachineFacts['software']>>> {
  const then = asOf === null ? sql`'infinity'::timestamptz` : sql`${asOf}::timestamptz`;
  const held = (ids: string[]) => sql`
    asked as (select distinct g.vm_id from guest_inventory g
      where g.collected_at is not null and g.vm_id in (select jsonb_array_elements_text(${jsonText(ids)}::jsonb))),
    moment as (select a.vm_id, greatest(${then}, (select min(s.first_seen_at) from software s where s.vm_id = a.vm_id)) as at from asked a),
    entry as (select distinct m.vm_id, s.name, case when s.source = 'registry' then s.version end as version
      from moment m join software s on s.vm_id = m.vm_id
      where s.first_seen_at <= m.at and (s.gone_at is null or s.gone_at > m.at)
        and not (s.source = 'registry' and s.name ~ '\\mKB[0-9]{6,8}\\M')
        and not (s.source = 'dpkg' and s.name ~ '^linux-.*[0-9]+[.][0-9]+[.][0-9]+'))`;
  const keys = await db.execute<Keyed>(sql`
    with ${held(vmIds)}
    select a.vm_id as "vmId", coalesce(md5(string_agg(concat_ws(E'\t', e.name, e.version), E'\n' order by e.name collate "C", e.version collate "C")), '') as key
    from asked a left join entry e on e.vm_id = a.vm_id group by a.vm_id`);
  const first = new Map(keys.rows.map(({ vmId, key }) => [key, vmId]));
  const lists = await db.execute<Listed>(sql`
    with ${held([...first.values()])} select vm_id as "vmId", name, version from entry order by name collate "C", version collate "C"`);
  const programs = grouped(lists.rows, (row) => row.vmId);
  const found = keys.rows.map(({ vmId, key }) => {
    const list = programs.get(first.get(key) ?? vmId) ?? [];
    return [vmId, { key, programs: list }] as const;
  });
  return new Map(found);
}
