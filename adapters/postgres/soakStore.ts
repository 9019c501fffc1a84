// Probes while a staging run soaks. Rows of a run that has settled are never touched (I7).

import { and, asc, eq, inArray } from 'drizzle-orm';
import type { RowOutcome } from '../../domain/run.js';
import type { SoakProbe } from '../../domain/soak.js';
import type { SoakStore } from '../../ports/soaks.js';
import type { Tell } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { manifest, run } from './schema/runs.js';
import { soakProbe } from './schema/soaks.js';

export function createSoakStore(db: Database, tell: Tell): SoakStore {
  return {
    async record(probe, rows) {
      return db.transaction(async (tx) => {
        const [held] = await tx.select().from(run).where(eq(run.runKey, probe.runKey)).for('update');
        if (held === undefined || held.environment !== 'staging' || held.status === 'settled') return false;
        const made = await tx.insert(soakProbe).values(probe).onConflictDoNothing().returning({ at: soakProbe.at });
        if (made.length === 0) return false;
        const turned = await turn(tx, probe, rows);
        if (turned.length === 0) return true;
        const { at, runKey, vmId, vmName, kind, number } = probe;
        const what = `${vmName}: ${kind} while it soaks, at probe ${number}`;
        await tell(tx, [{ at, what, why: probe.reasons.join('; '), after: { rows: turned }, vmId, runKey }]);
        return true;
      });
    },

    async probes({ runKey, vmId }) {
      return db
        .select()
        .from(soakProbe)
        .where(and(eq(soakProbe.runKey, runKey), vmId === undefined ? undefined : eq(soakProbe.vmId, vmId)))
        .orderBy(asc(soakProbe.number), asc(soakProbe.vmId));
    },
  };
}

/** Only what the machine carries turns, and never back to installed. */
async function turn(on: Statements, { runKey, vmId }: SoakProbe, rows: RowOutcome[]): Promise<RowOutcome[]> {
  const turned: RowOutcome[] = [];
  for (const { patchId, state, reason, present } of rows) {
    if (state !== 'failed' && state !== 'inDoubt') continue;
    const made = await on
      .update(manifest)
      .set({ state, reason, ...(present === undefined ? {} : { present }) })
      .where(
        and(
          eq(manifest.runKey, runKey),
          eq(manifest.vmId, vmId),
          eq(manifest.patchId, patchId),
          inArray(manifest.state, ['installed', 'inDoubt']),
        ),
      )
      .returning({ patchId: manifest.patchId });
    if (made.length > 0) turned.push({ patchId, state, reason });
  }
  return turned;
}
