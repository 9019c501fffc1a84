// What vendors changed of known patches: written with the change itself, read by whoever tests, asks and tells.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, inArray, isNull, max, ne, sql } from 'drizzle-orm';
import { vendorIssueText } from '../../domain/knownIssue.js';
import type { Patch } from '../../domain/patch.js';
import type { Revision } from '../../domain/revision.js';
import type { RevisionStore } from '../../ports/patchRevisions.js';
import type { Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { patch } from './schema/patches.js';
import { knownIssue } from './schema/knownIssues.js';
import { patchRevision } from './schema/patchRevisions.js';

export interface PatchChange {
  /** Null: it was not known. */
  before: Patch | null;
  after: Patch;
  revision: Revision | null;
}

export function createRevisionStore(db: Database): RevisionStore {
  return {
    async revisions({ patchId, since }) {
      return db
        .select(columns)
        .from(patchRevision)
        .where(
          and(
            patchId === undefined ? undefined : eq(patchRevision.patchId, patchId),
            since === undefined ? undefined : gt(patchRevision.at, since),
          ),
        )
        .orderBy(asc(patchRevision.seq));
    },

    async newest(patchIds, weight) {
      const rows = await db
        .select({ patchId: patchRevision.patchId, at: max(patchRevision.at) })
        .from(patchRevision)
        .where(
          and(
            inArray(patchRevision.patchId, patchIds),
            weight === 'content' ? eq(patchRevision.weight, 'content') : ne(patchRevision.weight, 'wording'),
          ),
        )
        .groupBy(patchRevision.patchId);
      // Changed before revisions were recorded one by one: nobody knows what, so it counts as content (I5).
      const unrecorded = await db
        .select({ patchId: patch.patchId, at: patch.revisedAt })
        .from(patch)
        .where(
          and(
            inArray(patch.patchId, patchIds),
            gt(patch.revisedAt, patch.firstSeenAt),
            sql`not exists (select from ${patchRevision} where ${patchRevision.patchId} = ${patch.patchId})`,
          ),
        );
      return new Map(
        [...rows, ...unrecorded].flatMap((row) => (row.at === null ? [] : [[row.patchId, row.at] as const])),
      );
    },

    async untold() {
      return db
        .select(columns)
        .from(patchRevision)
        .where(and(isNull(patchRevision.toldAt), ne(patchRevision.weight, 'wording')))
        .orderBy(asc(patchRevision.seq));
    },

    async told(seqs, at) {
      await db.update(patchRevision).set({ toldAt: at }).where(inArray(patchRevision.seq, seqs));
    },
  };
}

const columns = {
  seq: patchRevision.seq,
  patchId: patchRevision.patchId,
  at: patchRevision.at,
  weight: patchRevision.weight,
  changes: patchRevision.changes,
  lostCves: patchRevision.lostCves,
  document: patchRevision.document,
  revision: patchRevision.revision,
};

/** In the transaction that saves the patches. The vendor's flag, when it appears, opens a known issue with it: no flagged patch is without one. */
export async function recordChanges(on: Statements, changes: PatchChange[], at: string): Promise<Told[]> {
  const revisions = changes.flatMap(({ revision, after }) => {
    if (revision === null) return [];
    const { document, revision: number } = after.source;
    return [{ patchId: after.patchId, at, ...revision, document, revision: number }];
  });
  if (revisions.length > 0) await on.insert(patchRevision).values(revisions);
  const flagged = changes.filter(({ before, after }) => after.knownIssue && before?.knownIssue !== true);
  if (flagged.length === 0) return [];
  const opened = await on
    .insert(knownIssue)
    .values(flagged.map(({ after }) => vendorIssue(after, at)))
    .onConflictDoNothing()
    .returning();
  return opened.map(({ patchId, issueId, openedBy: who, text, url, effect }) => ({
    at,
    what: `${patchId}: a known issue was opened, which holds it`,
    why: `${who}: ${text}`,
    after: { issueId, effect, url },
    patchId,
  }));
}

function vendorIssue({ patchId, knownIssueUrl, source }: Patch, at: string) {
  return {
    issueId: randomUUID(),
    patchId,
    source: 'vendor' as const,
    text: vendorIssueText,
    url: knownIssueUrl,
    effect: 'hold' as const,
    openedBy: source.channel,
    openedAt: at,
  };
}
