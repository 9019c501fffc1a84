// Evidence of a machine before the patch that would wipe it: whether it is needed now, and taking it under the machine's own session.

import { evidenceVerdict } from '../domain/forensics.js';
import { closedManifestStates } from '../domain/run.js';
import type { Verdict } from '../domain/verdict.js';
import { AzureFailure } from '../ports/azure.js';
import { givenUp, laterWhenAzureAllows } from './failures.js';
import { dueNow } from './judging.js';
import type { Ports } from './ports.js';

export type EvidenceTaken = { kind: 'taken' } | { kind: 'failed'; reason: string };

interface Machine {
  runKey: string | null;
  vmId: string;
}

export function createForensicActivities(ports: Ports) {
  return {
    /** Asked again after it was stored, nothing is taken twice. A guest that cannot be asked leaves the steps open, with why. */
    async takeEvidence(input: { sessionId: string; runKey: string; vmId: string }): Promise<EvidenceTaken> {
      const { needing, verdict } = await evidenceStanding(ports, input);
      if (verdict.kind !== 'closed') return { kind: 'taken' };
      const attempt = { sessionId: input.sessionId, at: ports.clock.now() };
      try {
        const { scripts, content } = await captured(ports, input);
        const hash = ports.digests.sha256(content);
        const evidence = { hash, vmId: input.vmId, sessionId: input.sessionId, scripts, content, takenAt: attempt.at };
        await ports.inventory.forensics.done(evidence, needing, input.sessionId);
        return { kind: 'taken' };
      } catch (failure) {
        if (!(failure instanceof AzureFailure)) throw failure;
        if (failure.kind === 'throttled')
          throw laterWhenAzureAllows(failure, (await ports.policy.current()).polls.floorSeconds);
        await ports.inventory.forensics.problem(input.vmId, needing, failure.message, attempt);
        return { kind: 'failed', reason: (await missingEvidence(ports, input)) ?? failure.message };
      }
    },
  };
}

/** Why nothing may be installed on the machine yet; null when no evidence is missing. */
export async function missingEvidence(ports: Ports, machine: Machine): Promise<string | null> {
  const { verdict } = await evidenceStanding(ports, machine);
  return verdict.kind === 'closed' ? verdict.reasons.join('; ') : null;
}

/** By the facts as they stand, never by what was stored an hour ago. Staging machines are what a patch is tried on: they need none. */
async function evidenceStanding(
  ports: Ports,
  { runKey, vmId }: Machine,
): Promise<{ needing: { patchId: string; because: string }[]; verdict: Verdict }> {
  const nothing = { needing: [], verdict: { kind: 'open' } as const };
  const run = runKey === null ? null : await ports.inventory.runs.run(runKey);
  if (run === null || run.environment !== 'production') return nothing;
  const rows = await ports.inventory.runs.manifest({ runKey: run.runKey, vmId });
  const patchIds = rows.filter((row) => !closedManifestStates.has(row.state)).map((row) => row.patchId);
  const needing = (await Promise.all(patchIds.map((patchId) => needOf(ports, patchId, vmId)))).flat();
  if (needing.length === 0) return nothing;
  const ids = needing.map((one) => one.patchId);
  return { needing, verdict: evidenceVerdict(vmId, ids, await ports.inventory.forensics.steps({ vmId })) };
}

async function needOf(ports: Ports, patchId: string, vmId: string): Promise<{ patchId: string; because: string }[]> {
  const [vm, record] = await Promise.all([ports.inventory.fleet.vm(vmId), ports.inventory.patches.patch(patchId)]);
  // I5: of what nobody knows, nobody can say that it needs no evidence.
  if (vm === null || record === null) return [{ patchId, because: 'the patch or the machine is not known' }];
  const rows = await dueNow(ports, patchId, [vm]);
  return rows.some((row) => row.forensics)
    ? [{ patchId, because: `known exploited: ${await inKev(ports, record.patch.cves)}` }]
    : [];
}

async function inKev(ports: Ports, cves: string[]): Promise<string> {
  const risks = await ports.inventory.risks.risks(cves);
  return risks.flatMap((risk) => (risk.kev === null ? [] : [risk.cve])).join(', ');
}

async function captured(ports: Ports, { sessionId, vmId }: { sessionId: string; vmId: string }) {
  const vm = await ports.inventory.fleet.vm(vmId);
  if (vm === null) throw givenUp(`machine ${vmId} is not in the inventory`);
  const { scripts } = (await ports.policy.current()).forensics;
  const capture = ports.digests.sha256(sessionId).slice(0, 12);
  const parts: string[] = [];
  for (const script of scripts)
    parts.push(`== ${script} of ${vm.name}\n${await ports.guest.evidence(vm, vm.osType, script, capture)}`);
  return { scripts, content: parts.join('\n') };
}
