// Patches and what the fleet needs of them.

import { createHash } from 'node:crypto';
import { and, asc, count, eq, gt, inArray, max, ne, or, sql, type SQL } from 'drizzle-orm';
import { canonical } from '../../domain/canonical.js';
import type { Patch } from '../../domain/patch.js';
import { mergeParts } from '../../domain/patchParts.js';
import { revisionBetween } from '../../domain/revision.js';
import type { PatchStage } from '../../domain/stage.js';
import type { PatchRecord, PatchStore } from '../../ports/patches.js';
import type { Tell } from './auditLog.js';
import type { Database } from './database.js';
import { jsonText } from './json.js';
import { rememberNeeds } from './needStore.js';
import { recordChanges, type PatchChange } from './revisionStore.js';
import { demand, patch } from './schema/patches.js';
import { patchPart } from './schema/channels.js';
import { patchRevision } from './schema/patchRevisions.js';

function hashedOf(content: Patch) {
  const contentHash = createHash('sha256').update(canonical(content)).digest('hex');
  return { patchId: content.patchId, content, contentHash };
}

/** Keeps what each document says, and returns the patches that this changes as all documents together tell them. */
async function withOtherParts(tx: Parameters<Tell>[0], patches: Patch[]): Promise<Patch[]> {
  const parts = patches.map((one) => {
    const { channel, document } = one.source;
    return { ...hashedOf(one), channel, document };
  });
  const written = await tx.execute(sql`
    insert into patch_part (patch_id, channel, document, content, content_hash)
    select r."patchId", r.channel, r.document, r.content, r."contentHash"
    from jsonb_to_recordset(${jsonText(parts)}::jsonb) as r("patchId" text, channel text, document text, content jsonb, "contentHash" text)
    on conflict (patch_id, channel, document) do update set content = excluded.content, content_hash = excluded.content_hash
    where patch_part.content_hash <> excluded.content_hash
    returning patch_id`);
  const changed = [...new Set((written.rows as { patch_id: string }[]).map((row) => row.patch_id))];
  if (changed.length === 0) return [];
  const held = await tx
    .select({ patchId: patchPart.patchId, content: patchPart.content })
    .from(patchPart)
    .where(inArray(patchPart.patchId, changed));
  const byPatch = new Map<string, Patch[]>();
  for (const { patchId, content } of held) byPatch.set(patchId, [...(byPatch.get(patchId) ?? []), content]);
  return [...byPatch.values()].map(mergeParts);
}

export function createPatchStore(db: Database, tell: Tell): PatchStore {
  const records = async (where?: SQL, limit?: number): Promise<PatchRecord[]> => {
    const query = db
      .select({ row: patch, needed: count(demand.vmId) })
      .from(patch)
      .leftJoin(demand, eq(demand.patchId, patch.patchId))
      .where(where)
      .groupBy(patch.patchId)
      .orderBy(asc(patch.patchId));
    const rows = await (limit === undefined ? query : query.limit(limit));
    return rows.map(({ row, needed }) => ({
      patch: row.content,
      stage: row.stage as PatchStage,
      stageDetail: row.stageDetail,
      firstSeenAt: row.firstSeenAt,
      needed,
    }));
  };

  return {
    async savePatches(patches, at) {
      return db.transaction(async (tx) => {
        const hashed = (await withOtherParts(tx, patches)).map(hashedOf);
        const ids = hashed.map((one) => one.patchId);
        const held =
          ids.length === 0
            ? []
            : await tx
                .select({ patchId: patch.patchId, contentHash: patch.contentHash, content: patch.content })
                .from(patch)
                .where(inArray(patch.patchId, ids));
        const before = new Map(held.map((row) => [row.patchId, row]));
        const changed = hashed.flatMap((one) => {
          const known = before.get(one.patchId);
          if (known?.contentHash === one.contentHash) return [];
          const revision = known === undefined ? null : revisionBetween(known.content, one.content);
          // Only the document's own number differs: nothing of this patch was revised.
          return known !== undefined && revision === null ? [] : [{ ...one, known, revision }];
        });
        if (changed.length > 0) {
          const rows = changed.map(({ patchId, content, contentHash }) => ({ patchId, content, contentHash }));
          await tx.execute(sql`
            insert into patch (patch_id, content, content_hash, stage, stage_detail, first_seen_at, revised_at)
            select r."patchId", r.content, r."contentHash", 'known', '', ${at}, ${at}
            from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r("patchId" text, content jsonb, "contentHash" text)
            on conflict (patch_id) do update set content = excluded.content, content_hash = excluded.content_hash, revised_at = excluded.revised_at`);
        }
        const changes = changed.map(
          ({ known, content: after, revision }): PatchChange => ({ before: known?.content ?? null, after, revision }),
        );
        const issues = await recordChanges(tx, changes, at);
        await tell(tx, [
          ...changed.map(({ patchId, contentHash, content, known, revision }) => ({
            at,
            what: `${patchId} ${known === undefined ? 'became known' : 'revised'}`,
            why: [
              `${content.source.channel} ${content.source.document}, revision ${content.source.revision}`,
              ...(revision?.changes ?? []),
            ].join('; '),
            before: known === undefined ? null : { contentHash: known.contentHash },
            after: { contentHash, ...(revision === null ? {} : { weight: revision.weight }) },
            patchId,
          })),
          ...issues,
        ]);
        return {
          added: changed.filter((one) => one.known === undefined).map((one) => one.patchId),
          revised: changed.filter((one) => one.known !== undefined).map((one) => one.patchId),
          unchanged: patches.length - changed.length,
        };
      });
    },

    patches: (page) => records(page?.after === undefined ? undefined : gt(patch.patchId, page.after), page?.limit),

    async related(patchIds) {
      if (patchIds.length === 0) return [];
      const mine = await db.select({ content: patch.content }).from(patch).where(inArray(patch.patchId, patchIds));
      const asked = mine.map((row) => row.content);
      const builds = asked.flatMap((one) => Object.keys(one.fixedBuilds));
      const packages = asked.flatMap((one) => one.packages.map((fix) => fix.name));
      const named = asked.flatMap((one) => [one.patchId, ...(one.kb === null ? [] : [one.kb])]);
      const rows = await db
        .select({ content: patch.content })
        .from(patch)
        .where(
          or(
            inArray(patch.patchId, patchIds),
            sql`${patch.content} -> 'fixedBuilds' ?| ${textArray(builds)}`,
            sql`jsonb_path_query_array(${patch.content}, '$.packages[*].name') ?| ${textArray(packages)}`,
            sql`${patch.content} -> 'supersedes' ?| ${textArray(named)}`,
          ),
        )
        .orderBy(asc(patch.patchId));
      return rows.map((row) => row.content);
    },

    async revisions() {
      const rows = await db
        .select({ patchId: patchRevision.patchId, at: max(patchRevision.at) })
        .from(patchRevision)
        .where(ne(patchRevision.weight, 'wording'))
        .groupBy(patchRevision.patchId)
        .orderBy(asc(patchRevision.patchId));
      return rows.flatMap(({ patchId, at }) => (at === null ? [] : [{ patchId, at }]));
    },

    async patch(patchId) {
      return (await records(eq(patch.patchId, patchId)))[0] ?? null;
    },

    async cves({ needed }) {
      const found = await db.execute(sql`
        select distinct jsonb_array_elements_text(content -> 'cves') as cve from patch
        ${needed ? sql`where exists (select from demand where demand.patch_id = patch.patch_id)` : sql``}
        order by cve`);
      return (found.rows as { cve: string }[]).map((row) => row.cve);
    },

    async setStage(patchId, stage, detail) {
      await db.transaction(async (tx) => {
        const [held] = await tx
          .select({ stage: patch.stage, detail: patch.stageDetail })
          .from(patch)
          .where(eq(patch.patchId, patchId))
          .for('update');
        if (held === undefined || (held.stage === stage && held.detail === detail)) return;
        await tx.update(patch).set({ stage, stageDetail: detail }).where(eq(patch.patchId, patchId));
        await tell(tx, [
          { what: `${patchId}: ${stage}`, why: detail, before: held, after: { stage, detail }, patchId },
        ]);
      });
    },

    async replaceDemand(rows, at) {
      await db.transaction(async (tx) => {
        await tx.delete(demand);
        if (rows.length === 0) return;
        await rememberNeeds(tx, [...new Set(rows.map((row) => row.patchId))], at);
        await tx.execute(sql`
          insert into demand (patch_id, vm_id, reason, computed_at)
          select r."patchId", r."vmId", r.reason, ${at} from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r("patchId" text, "vmId" text, reason text)`);
      });
    },

    async endDemand(patchId, vmIds) {
      await db.delete(demand).where(and(eq(demand.patchId, patchId), inArray(demand.vmId, vmIds)));
    },

    async demand({ patchId, vmId, vmIds }) {
      return db
        .select({ patchId: demand.patchId, vmId: demand.vmId, reason: demand.reason })
        .from(demand)
        .where(
          and(
            patchId === undefined ? undefined : eq(demand.patchId, patchId),
            vmId === undefined ? undefined : eq(demand.vmId, vmId),
            vmIds === undefined ? undefined : inArray(demand.vmId, vmIds),
          ),
        )
        .orderBy(demand.patchId, demand.vmId);
    },
  };
}

/** One parameter, however many texts. */
function textArray(texts: string[]) {
  return sql`array(select jsonb_array_elements_text(${jsonText([...new Set(texts)])}::jsonb))`;
}
