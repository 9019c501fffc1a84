// What guests tell of themselves: software, what others installed, administrators; and what people say of machines.

import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { LinuxKnowledge } from '../../domain/packageDemand.js';
import type { GuestFacts, InstalledPackage, LinuxSystemFacts } from '../../domain/vm.js';
import type { GuestInventory } from '../../ports/guest.js';
import type { GuestStore } from '../../ports/guests.js';
import type { Tell, Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { guestInventory, software } from './schema/guests.js';
import { vm, vmFact } from './schema/machines.js';
import { manifest } from './schema/runs.js';
import { installation, operation, session } from './schema/sessions.js';

export function createGuestStore(db: Database, tell: Tell): GuestStore {
  return {
    async saveInventory(vmId, inventory, at) {
      return db.transaction(async (tx) => {
        const [machine] = await tx.select().from(vm).where(eq(vm.vmId, vmId)).for('update');
        if (machine === undefined) throw new Error(`machine ${vmId} is not in the inventory`);
        const [held] = await tx.select().from(guestInventory).where(eq(guestInventory.vmId, vmId));
        const isFirst = held === undefined || held.collectedAt === null;
        const { added, removed } = await saveSoftware(tx, vmId, inventory, at);
        const place = { environment: machine.environment, category: machine.category };
        const source = isFirst ? ('before' as const) : ('outOfBand' as const);
        const foreignUpdates = await saveUpdates(tx, { vmId, ...place, source }, inventory, at);
        const { administrators, linux } = inventory;
        const known = { collectedAt: at, administrators, linux, problem: null, triedAt: at };
        await tx
          .insert(guestInventory)
          .values({ vmId, ...known })
          .onConflictDoUpdate({ target: guestInventory.vmId, set: known });
        await refreshSystem(tx, vmId, machine.guest, linux);
        const { name } = machine;
        if (isFirst) {
          const why = `${inventory.software.length} programs, ${foreignUpdates.length} updates from before`;
          await tell(tx, [{ at, what: `${name}: its guest was asked for the first time`, why, vmId }]);
        } else {
          await tell(tx, [
            ...changed(name, 'software', added, removed).map((one) => ({ ...one, at, vmId })),
            ...changedAdministrators(name, held.administrators, inventory).map((one) => ({ ...one, at, vmId })),
            ...foreignUpdates.map((patchId) => ({
              at,
              what: `${name}: ${patchId} was installed out of band`,
              why: 'the guest has it, and no session of ours installed it',
              patchId,
              vmId,
            })),
          ]);
        }
        return { added: added.length, removed: removed.length, foreignUpdates };
      });
    },

    async saveProblem(vmId, problem, at) {
      await db
        .insert(guestInventory)
        .values({ vmId, administrators: [], problem, triedAt: at })
        .onConflictDoUpdate({ target: guestInventory.vmId, set: { problem, triedAt: at } });
    },

    async knowledge(vmIds) {
      return db
        .select()
        .from(guestInventory)
        .where(vmIds === undefined ? undefined : inArray(guestInventory.vmId, vmIds))
        .orderBy(asc(guestInventory.vmId));
    },

    packages: (vmIds, names) => packagesOf(db, vmIds, names),

    async software({ vmId, gone }) {
      return db
        .select()
        .from(software)
        .where(
          and(vmId === undefined ? undefined : eq(software.vmId, vmId), gone ? undefined : isNull(software.goneAt)),
        )
        .orderBy(asc(software.name), asc(software.version), asc(software.vmId));
    },

    async setFact(vmId, name, value, by, reason, at) {
      await db.transaction(async (tx) => {
        const row = and(eq(vmFact.vmId, vmId), eq(vmFact.name, name));
        const [held] = await tx.select().from(vmFact).where(row).for('update');
        if ((held?.value ?? null) === value) return;
        if (value === null) await tx.delete(vmFact).where(row);
        else {
          const set = { value, by, reason, at };
          await tx
            .insert(vmFact)
            .values({ vmId, name, ...set })
            .onConflictDoUpdate({ target: [vmFact.vmId, vmFact.name], set });
        }
        const [before, after] = [{ [name]: held?.value ?? null }, { [name]: value }];
        await tell(tx, [
          { at, who: by, what: `${name} set to ${value ?? 'nothing'}`, why: reason, before, after, vmId },
        ]);
      });
    },

    async facts(vmIds) {
      return db
        .select({ vmId: vmFact.vmId, name: vmFact.name, value: vmFact.value, by: vmFact.by, at: vmFact.at })
        .from(vmFact)
        .where(inArray(vmFact.vmId, vmIds))
        .orderBy(asc(vmFact.vmId), asc(vmFact.name));
    },
  };
}

// oxlint-disable-next-line typescript/consistent-type-definitions -- a row of the driver has an index signature
type Version = { name: string; version: string };

function versionOf({ name, version }: Version): string {
  return `${name} ${version}`;
}

async function saveSoftware(on: Statements, vmId: string, { software: programs }: GuestInventory, at: string) {
  const added = await upsertSoftware(on, vmId, jsonText(programs), at);
  const gone = await on.execute<Version>(sql`
    update software set gone_at = ${at}::timestamptz
    where vm_id = ${vmId} and gone_at is null and last_seen_at < ${at}::timestamptz returning name, version`);
  return { added, removed: gone.rows.map(versionOf) };
}

/** What is there: seen again, or back; the new ones. What was found gone since then stays gone. xmax is 0 only on rows that were made now. */
async function upsertSoftware(on: Statements, vmId: string, rows: string, at: string): Promise<string[]> {
  const seen = await on.execute<Version & { made: boolean }>(sql`
    insert into software (vm_id, name, version, source, built_of, built_version, module, first_seen_at, last_seen_at)
    select distinct on (r.name, r.version, r.source) ${vmId}, r.name, r.version, r.source, r.built->>'name', r.built->>'version', r.module,
      ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${rows}::jsonb) as r(name text, version text, source text, built jsonb, module text)
    on conflict (vm_id, name, version, source) do update set
      built_of = excluded.built_of, built_version = excluded.built_version, module = excluded.module, last_seen_at = greatest(software.last_seen_at, excluded.last_seen_at),
      gone_at = case when software.gone_at > excluded.last_seen_at then software.gone_at end
    returning name, version, xmax = 0 as made`);
  return seen.rows.filter((row) => row.made).map(versionOf);
}

/** By the guests' inventories, and what they told of single packages since. */
async function packagesOf(on: Statements, vmIds: string[], names: string[]): Promise<Map<string, LinuxKnowledge>> {
  const asked = sql`select jsonb_array_elements_text(${jsonText(vmIds)}::jsonb)`;
  const wanted = sql`select jsonb_array_elements_text(${jsonText(names)}::jsonb)`;
  const told = await on
    .select({ vmId: guestInventory.vmId, linux: guestInventory.linux })
    .from(guestInventory)
    .where(and(isNotNull(guestInventory.collectedAt), sql`${guestInventory.vmId} in (${asked})`));
  const known = new Map(told.map(({ vmId, linux }) => [vmId, knowledge(linux)]));
  const rows = await on
    .select()
    .from(software)
    .where(
      and(
        isNull(software.goneAt),
        inArray(software.source, ['dpkg', 'rpm']),
        sql`${software.vmId} in (${asked})`,
        // Signed kernels are built of sources of their own.
        sql`(${software.name} in (${wanted}) or regexp_replace(${software.builtOf}, '^linux-signed(-(amd64|arm64|i386)$)?', 'linux') in (${wanted}))`,
      ),
    )
    .orderBy(asc(software.vmId), asc(software.name), asc(software.version));
  for (const row of rows) known.get(row.vmId)?.packages.push(packageIn(row));
  return known;
}

function packageIn({ name, version, builtOf, builtVersion, module }: typeof software.$inferSelect): InstalledPackage {
  const source = builtOf === null ? null : { name: builtOf, version: builtVersion ?? version };
  return { name, version, architecture: null, source, module };
}

function knowledge(system: LinuxSystemFacts | null): LinuxKnowledge {
  return { system, asked: null, packages: [] };
}

/** A machine that was upgraded to another release since its last session is of that release. */
async function refreshSystem(
  on: Statements,
  vmId: string,
  guest: GuestFacts | null,
  system: LinuxSystemFacts | null,
): Promise<void> {
  if (guest?.linux === undefined || system === null) return;
  const { packages } = guest.linux;
  const refreshed: GuestFacts = { ...guest, osVersion: system.version, linux: { ...system, packages } };
  await on.update(vm).set({ guest: refreshed }).where(eq(vm.vmId, vmId));
}

/** A guest's answer on single packages corrects what its inventory told of them. Without an inventory there is nothing to correct. */
export async function saveToldPackages(
  on: Statements,
  vmId: string,
  name: string,
  { linux, seenAt: at }: GuestFacts,
): Promise<Told[]> {
  if (linux === undefined) return [];
  const { packages, ...system } = linux;
  const [held] = await on
    .update(guestInventory)
    .set({ linux: system })
    .where(and(eq(guestInventory.vmId, vmId), isNotNull(guestInventory.collectedAt)))
    .returning();
  if (held === undefined || packages.manager === null) return [];
  const programs = packages.installed.map(({ source: built, ...one }) => ({ ...one, source: packages.manager, built }));
  const added = await upsertSoftware(on, vmId, jsonText(programs), at);
  const gone = await on.execute<Version>(sql`
    update software set gone_at = ${at}::timestamptz
    where vm_id = ${vmId} and gone_at is null and last_seen_at < ${at}::timestamptz and source = ${packages.manager}
      and name in (select jsonb_array_elements_text(${jsonText(packages.asked)}::jsonb)) returning name, version`);
  return changed(name, 'software', added, gone.rows.map(versionOf)).map((one) => ({ ...one, at, vmId }));
}

interface Found {
  vmId: string;
  environment: 'production' | 'staging';
  category: string | null;
  source: 'before' | 'outOfBand';
}

/** Updates of the guest that no session of ours installed, nor is installing at this moment. */
async function saveUpdates(on: Statements, found: Found, { updates }: GuestInventory, at: string): Promise<string[]> {
  if (updates.length === 0) return [];
  const reason =
    found.source === 'before'
      ? 'installed before Patchline, not tested here'
      : 'installed by somebody else, not tested here';
  const made = await on.execute<{ patch_id: string }>(sql`
    insert into installation (session_id, vm_id, patch_id, state, reason, at, source, environment, category)
    select distinct on (r."patchId") ${`guest/${found.vmId}`}, ${found.vmId}, r."patchId", 'installed', ${reason}, coalesce(r.at, ${at}::timestamptz),
      ${found.source}, ${found.environment}, ${found.category}
    from jsonb_to_recordset(${jsonText(updates)}::jsonb) as r("patchId" text, at timestamptz)
    where not (r."patchId" like '%=%' and ${cameWithUs(found.vmId)}) and not exists (
      select from ${installation} i where i.vm_id = ${found.vmId} and i.patch_id = r."patchId" and i.state in ('installed', 'inDoubt'))
      and not exists (
        select from ${manifest} m where m.vm_id = ${found.vmId} and m.patch_id = r."patchId" and m.state = 'installing')
    on conflict do nothing returning patch_id`);
  return made.rows.map((row) => row.patch_id).sort();
}

/**
 * A package manager remembers packages, and sessions install patches: what came between the request to Azure and the end of its session came
 * with it. Clocks differ by a little.
 */
function cameWithUs(vmId: string) {
  return sql`exists (select from ${operation} o join ${session} s on s.session_id = o.session_id
    where o.vm_id = ${vmId} and o.step = 'install'
      and r.at between o.intended_at - interval '1 minute' and coalesce(s.ended_at, 'infinity') + interval '1 minute')`;
}

function changed(name: string, what: string, added: string[], removed: string[]) {
  if (added.length === 0 && removed.length === 0) return [];
  const why = `${added.length} added, ${removed.length} removed`;
  return [{ what: `${name}: its ${what} changed`, why, before: { removed }, after: { added } }];
}

function changedAdministrators(name: string, before: string[], { administrators: after }: GuestInventory) {
  const added = after.filter((one) => !before.includes(one));
  const removed = before.filter((one) => !after.includes(one));
  return changed(name, 'administrators', added, removed);
}
