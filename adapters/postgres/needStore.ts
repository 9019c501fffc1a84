// Patches that nothing ever needed, and needs that no channel announced.

import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { NeedStore } from '../../ports/needs.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { jsonText } from './json.js';
import { patch } from './schema/patches.js';
import { patchNeed, unknownNeed } from './schema/needs.js';

export function createNeedStore(db: Database, tell: Tell): NeedStore {
  return {
    async neverNeeded({ after, limit }) {
      return db
        .select({
          patchId: patch.patchId,
          title: sql<string>`${patch.content} ->> 'title'`,
          severity: sql<string>`${patch.content} ->> 'severity'`,
          channel: sql<string>`${patch.content} -> 'source' ->> 'channel'`,
          firstSeenAt: patch.firstSeenAt,
        })
        .from(patch)
        .where(
          and(
            after === undefined ? undefined : gt(patch.patchId, after),
            // A lifecycle begins where a machine needs it.
            eq(patch.stage, 'known'),
            sql`not exists (select from ${patchNeed} where ${patchNeed.patchId} = ${patch.patchId})`,
          ),
        )
        .orderBy(asc(patch.patchId))
        .limit(limit);
    },

    async saveUnknown(found, at) {
      await db.transaction(async (tx) => {
        const known = await tx.select().from(unknownNeed).where(isNull(unknownNeed.goneAt));
        const before = new Set(known.map((row) => row.name));
        if (found.length > 0) {
          await tx.execute(sql`
            insert into unknown_need (name, title, vm_ids, first_seen_at, last_seen_at)
            select r.name, r.title, r."vmIds", ${at}::timestamptz, ${at}::timestamptz
            from jsonb_to_recordset(${jsonText(found)}::jsonb) as r(name text, title text, "vmIds" jsonb)
            on conflict (name) do update set title = excluded.title, vm_ids = excluded.vm_ids, last_seen_at = excluded.last_seen_at, gone_at = null`);
        }
        const names = found.map((one) => one.name);
        const gone = known.map((row) => row.name).filter((name) => !names.includes(name));
        if (gone.length > 0) await tx.update(unknownNeed).set({ goneAt: at }).where(inArray(unknownNeed.name, gone));
        await tell(tx, [
          ...found
            .filter((one) => !before.has(one.name))
            .map(({ name, title, vmIds }) => ({
              at,
              what: `${name} is needed, and no channel announced it`,
              why: `${title}: ${vmIds.length} machines miss it by their assessment`,
              after: { vmIds },
              patchId: name,
            })),
          ...gone.map((name) => ({
            at,
            what: `${name} is no longer an unknown need`,
            why: 'no machine misses it any more, or a channel announced it',
            patchId: name,
          })),
        ]);
      });
    },

    async unknown({ gone }) {
      const rows = await db
        .select()
        .from(unknownNeed)
        .where(gone === undefined ? undefined : gone ? isNotNull(unknownNeed.goneAt) : isNull(unknownNeed.goneAt))
        .orderBy(asc(unknownNeed.name));
      return rows.map(({ toldAt: _told, ...row }) => row);
    },

    async untold() {
      const rows = await db
        .select()
        .from(unknownNeed)
        .where(and(isNull(unknownNeed.toldAt), isNull(unknownNeed.goneAt)))
        .orderBy(asc(unknownNeed.name));
      return rows.map(({ toldAt: _told, ...row }) => row);
    },

    async told(names, at) {
      await db.update(unknownNeed).set({ toldAt: at }).where(inArray(unknownNeed.name, names));
    },
  };
}

/** With the demand that says so. */
export async function rememberNeeds(on: Statements, patchIds: string[], at: string): Promise<void> {
  if (patchIds.length === 0) return;
  await on.execute(sql`
    insert into patch_need (patch_id, first_needed_at, last_needed_at)
    select r.id, ${at}::timestamptz, ${at}::timestamptz from jsonb_array_elements_text(${jsonText(patchIds)}::jsonb) as r(id)
    on conflict (patch_id) do update set last_needed_at = excluded.last_needed_at`);
}
