// Standing waivers beside rows of `due` and `vm`, as two joins that stay cheap on a whole fleet: of the machine, and of its category.

import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { DueWaiver } from '../../ports/due.js';
import type { Database } from './database.js';
import { vm } from './schema/machines.js';
import { due } from './schema/due.js';
import { patchWaiver } from './schema/patchWaivers.js';

export type Excusing = ReturnType<typeof excusing>;

/** No content of the patch came after what it was granted for. */
export const isAsGranted = sql`${patchWaiver.revisedAt} is not distinct from (
  select max(r.at) from patch_revision r where r.patch_id = ${patchWaiver.patchId} and r.weight = 'content')`;

export function excusing(db: Database, now: string) {
  const standing = (alias: string, ofMachine: boolean) =>
    db
      .select({
        patchId: patchWaiver.patchId,
        vmId: patchWaiver.vmId,
        category: patchWaiver.category,
        told: sql<DueWaiver | null>`jsonb_build_object('waiverId', ${patchWaiver.waiverId}, 'until', to_char(${patchWaiver.until} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', ${patchWaiver.decidedBy}, 'reason', ${patchWaiver.reason})`.as(
          // Named apart: drizzle does not say of which join an expression is.
          `told_${alias}`,
        ),
      })
      .from(patchWaiver)
      .where(
        and(
          eq(patchWaiver.status, 'approved'),
          gt(patchWaiver.until, now),
          ofMachine ? isNotNull(patchWaiver.vmId) : isNull(patchWaiver.vmId),
          isAsGranted,
        ),
      )
      .as(alias);
  const [ofMachine, ofCategory] = [standing('of_machine', true), standing('of_category', false)];
  return {
    ofMachine,
    ofCategory,
    onMachine: and(
      eq(ofMachine.patchId, due.patchId),
      eq(ofMachine.vmId, due.vmId),
      eq(ofMachine.category, sql`${vm.category}`),
    ),
    onCategory: and(eq(ofCategory.patchId, due.patchId), eq(ofCategory.category, sql`${vm.category}`)),
  };
}

export function isExcused({ ofMachine, ofCategory }: Excusing) {
  return sql<boolean>`(${ofMachine.patchId} is not null or ${ofCategory.patchId} is not null)`;
}
