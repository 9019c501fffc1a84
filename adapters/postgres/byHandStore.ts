// Patches that people entered: their mails and papers by content, never executed, and people's word that they were installed.

import { and, asc, eq, ilike, isNull, or, sql } from 'drizzle-orm';
import type { ByHandStore, ManualPatch } from '../../ports/byHand.js';
import type { Inventory } from '../../ports/inventory.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { software } from './schema/guests.js';
import { vm } from './schema/machines.js';
import { installation } from './schema/sessions.js';
import { attachment, attachmentContent, doneByHand, manualPatch } from './schema/byHand.js';

export function createByHandStore(
  db: Database,
  tell: Tell,
  { fleet, guests }: Pick<Inventory, 'fleet' | 'guests'>,
): ByHandStore {
  return {
    async enter({ patchId, vendor, instructions }, by, at) {
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(manualPatch).where(eq(manualPatch.patchId, patchId)).for('update');
        if (held !== undefined && held.vendor === vendor && held.instructions === instructions) return held;
        const set = { vendor, instructions, changedBy: by, changedAt: at };
        const [made] = await tx
          .insert(manualPatch)
          .values({ patchId, enteredBy: by, enteredAt: at, ...set })
          .onConflictDoUpdate({ target: manualPatch.patchId, set })
          .returning();
        if (made === undefined) throw new Error(`${patchId} was not stored`);
        const what = `${patchId} was ${held === undefined ? 'entered' : 'changed'} by hand`;
        const [before, after] = [held ?? null, { vendor, instructions }];
        await tell(tx, [{ at, who: by, what, why: `${vendor} told it`, before, after, patchId }]);
        return made;
      });
    },

    async entry(patchId) {
      const [row] = await db.select().from(manualPatch).where(eq(manualPatch.patchId, patchId));
      return row ?? null;
    },

    async attach(patchId, { sha256, name, bytes }, { togetherBytesMax, filesMax }, by, at) {
      return db.transaction(async (tx) => {
        const held = await lockedEntry(tx, patchId);
        if (held === null) return null;
        const files = await filesOf(tx, patchId);
        const same = files.find((one) => one.sha256 === sha256);
        if (same !== undefined) return same;
        const together = files.reduce((sum, one) => sum + one.size, bytes.length);
        if (together > togetherBytesMax || files.length >= filesMax) return 'tooMuch';
        await tx.insert(attachmentContent).values({ sha256, size: bytes.length, bytes }).onConflictDoNothing();
        await tx.insert(attachment).values({ patchId, sha256, name, addedBy: by, addedAt: at });
        const after = { sha256, name, size: bytes.length };
        await tell(tx, [
          { at, who: by, what: `${patchId}: ${name} was attached`, why: `SHA-256 ${sha256}`, after, patchId },
        ]);
        return { ...after, addedBy: by, addedAt: at };
      });
    },

    attachments: (patchId) => filesOf(db, patchId),

    async content(patchId, sha256) {
      const [row] = await db
        .select({ ...fileColumns, bytes: attachmentContent.bytes })
        .from(attachment)
        .innerJoin(attachmentContent, eq(attachmentContent.sha256, attachment.sha256))
        .where(and(eq(attachment.patchId, patchId), eq(attachment.sha256, sha256)));
      return row ?? null;
    },

    async markDone(patchId, vmId, { by, at, evidence }) {
      await db.transaction(async (tx) => {
        const [machine] = await tx.select().from(vm).where(eq(vm.vmId, vmId));
        if (machine === undefined) throw new Error(`machine ${vmId} is not in the inventory`);
        const set = { by, at, evidence };
        await tx
          .insert(doneByHand)
          .values({ patchId, vmId, ...set })
          .onConflictDoUpdate({ target: [doneByHand.patchId, doneByHand.vmId], set });
        const { environment, category, name } = machine;
        const reason = `by ${by}: ${evidence}`;
        const told = { reason, at, state: 'installed', source: 'byHand' as const, environment, category };
        await tx
          .insert(installation)
          .values({ sessionId: `by-hand/${vmId}`, vmId, patchId, ...told })
          .onConflictDoUpdate({ target: [installation.sessionId, installation.patchId], set: { reason, at } });
        await tell(tx, [{ at, who: by, what: `${name}: ${patchId} was done by hand`, why: evidence, patchId, vmId }]);
      });
    },

    done: (patchId) => doneOf(db, patchId),

    async facts(patchId, names) {
      const [vms, known, programs, done] = await Promise.all([
        fleet.vms({ existing: true }),
        guests.knowledge(),
        names.length === 0
          ? []
          : db
              .select({ vmId: software.vmId, name: software.name, version: software.version })
              .from(software)
              .where(and(isNull(software.goneAt), or(...names.map((name) => ilike(software.name, patternOf(name))))))
              .orderBy(asc(software.vmId), asc(software.name), asc(software.version)),
        doneOf(db, patchId),
      ]);
      return { vms, guests: known, software: programs, done };
    },
  };
}

async function doneOf(on: Statements, patchId: string) {
  return on
    .select({ vmId: doneByHand.vmId, by: doneByHand.by, at: doneByHand.at, evidence: doneByHand.evidence })
    .from(doneByHand)
    .where(eq(doneByHand.patchId, patchId))
    .orderBy(asc(doneByHand.vmId));
}

/** Wide enough: the domain's own comparison decides what matches. */
function patternOf(glob: string): string {
  return glob.replace(/[\\%_]/g, (character) => `\\${character}`).replaceAll('*', '%');
}

const fileColumns = {
  sha256: attachment.sha256,
  name: attachment.name,
  size: attachmentContent.size,
  addedBy: attachment.addedBy,
  addedAt: attachment.addedAt,
};

async function lockedEntry(on: Statements, patchId: string): Promise<ManualPatch | null> {
  const [row] = await on.select().from(manualPatch).where(eq(manualPatch.patchId, patchId)).for('update');
  return row ?? null;
}

async function filesOf(on: Statements, patchId: string) {
  return on
    .select(fileColumns)
    .from(attachment)
    .innerJoin(attachmentContent, eq(attachmentContent.sha256, attachment.sha256))
    .where(eq(attachment.patchId, patchId))
    .orderBy(asc(attachment.addedAt), sql`${attachment.sha256}`);
}
