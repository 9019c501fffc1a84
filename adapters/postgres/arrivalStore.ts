// Machines that came after a decision was asked for. They are written, and told, in the transaction that plans their run.

import { and, asc, eq, inArray } from 'drizzle-orm';
import type { RunKey } from '../../domain/run.js';
import type { ArrivalStore, RecordedArrival } from '../../ports/arrivals.js';
import type { Told } from './auditLog.js';
import type { Database, Statements } from './database.js';
import { arrival } from './schema/arrivals.js';

export function createArrivalStore(db: Database): ArrivalStore {
  return {
    async arrivals({ patchId, digest, digests, runKey, vmId }) {
      const rows = await db
        .select()
        .from(arrival)
        .where(
          and(
            patchId === undefined ? undefined : eq(arrival.patchId, patchId),
            digest === undefined ? undefined : eq(arrival.digest, digest),
            digests === undefined ? undefined : inArray(arrival.digest, digests),
            runKey === undefined ? undefined : eq(arrival.runKey, runKey),
            vmId === undefined ? undefined : eq(arrival.vmId, vmId),
          ),
        )
        .orderBy(asc(arrival.seq));
      return rows.map(({ seq: _seq, ...row }) => row);
    },
  };
}

/** Of a run that is planned in this transaction; what the caller has to tell at its end. */
export async function writeArrivals(
  on: Statements,
  runKey: RunKey,
  verdicts: Omit<RecordedArrival, 'runKey'>[],
): Promise<Told[]> {
  if (verdicts.length === 0) return [];
  await on.insert(arrival).values(verdicts.map((verdict) => ({ ...verdict, runKey })));
  return verdicts.map(({ vmId, vmName, patchId, category, digest, joins, reasons, at }) => ({
    at,
    what: `${vmName} ${joins ? 'joins' : 'does not join'} the decision on ${patchId} for ${category}`,
    why: reasons.join('; '),
    after: { digest, joins },
    patchId,
    vmId,
    runKey,
  }));
}
