// The run of an emergency: when it is, and what it is taken out of. A repeated activity finds the run that it made before.

import type { Emergency } from '../domain/emergency.js';
import type { EmergencyPolicy } from '../domain/emergencyPolicy.js';
import { freezeVerdict } from '../domain/freeze.js';
import { emergencyOccurrence, isEmergency } from '../domain/override.js';
import { closedManifestStates, type Run, type RunTimes } from '../domain/run.js';
import { categoryRule } from './concerned.js';
import { emergencyFor, windowRulesOf } from './overrides.js';
import type { Ports } from './ports.js';

/** Times of the run that holds the patch already, else of a new one. */
export async function emergencyTimes(
  ports: Ports,
  place: { category: string; ring: string; patchId: string },
  { leadSeconds, runMinutes }: EmergencyPolicy,
  now: string,
): Promise<RunTimes & { occurrence: string }> {
  const mine = (await runsWith(ports, place)).find((run) => run.ring === place.ring && isEmergency(run.occurrence));
  if (mine !== undefined) return timesOf(mine);
  const opens = Date.parse(now) + leadSeconds * 1000;
  const planAt = new Date(opens).toISOString();
  const closesAt = new Date(opens + runMinutes * 60_000).toISOString();
  return { occurrence: emergencyOccurrence(planAt), planAt, opensAt: planAt, closesAt };
}

function timesOf({ occurrence, planAt, opensAt, closesAt }: Run): RunTimes & { occurrence: string } {
  return { occurrence, planAt, opensAt, closesAt };
}

/** Unsettled production runs of the category in which the patch has something to get still. */
async function runsWith(ports: Ports, { category, patchId }: { category: string; patchId: string }): Promise<Run[]> {
  const { runs } = ports.inventory;
  const live = [...(await runs.runs({ status: 'open' })), ...(await runs.runs({ status: 'planned' }))];
  const mine = live.filter((run) => run.environment === 'production' && run.category === category);
  const found = await Promise.all(
    mine.map(async (run) => {
      if (run.status === 'open')
        return (await runs.enrolments(run.runKey)).some((enrolment) => enrolment.patchId === patchId) ? [run] : [];
      const rows = await runs.manifest({ runKey: run.runKey, patchId });
      return rows.some((row) => !closedManifestStates.has(row.state)) ? [run] : [];
    }),
  );
  return found.flat();
}

/**
 * Takes the patch out of runs that it waits in: its rollout then enrols it anew, outside of its window. A run that has begun with it goes on,
 * and so does one that opens as soon as an emergency run would.
 */
export async function takeOut(ports: Ports, emergency: Emergency): Promise<string[]> {
  const { patchId, category, emergencyId, reason } = emergency;
  const windowRule = (await windowRulesOf(ports, category, [patchId]))[patchId];
  if (windowRule === undefined || (await emergencyFor(ports, { patchId, category, windowRule })) !== emergencyId)
    return [];
  const { rule } = await categoryRule(ports, category);
  const taken: string[] = [];
  for (const run of await runsWith(ports, emergency)) {
    if (isEmergency(run.occurrence) || !(await isWaiting(ports, run, patchId))) continue;
    const why = `emergency ${emergencyId}: ${reason}`;
    await ports.inventory.runs.withdraw(run.runKey, patchId, why, !rule.subsetAllowed);
    taken.push(run.runKey);
  }
  return taken;
}

async function isWaiting(ports: Ports, run: Run, patchId: string): Promise<boolean> {
  const rows = await ports.inventory.runs.manifest({ runKey: run.runKey, patchId });
  if (rows.some((row) => row.state === 'installing')) return false;
  const { emergency, freezes } = await ports.policy.current();
  const now = ports.clock.now();
  const opensLater = Date.parse(run.opensAt) > Date.parse(now) + emergency.leadSeconds * 1000;
  return opensLater || freezeVerdict(freezes, run, now).kind === 'closed';
}
