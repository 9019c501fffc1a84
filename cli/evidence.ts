// Do the simulator's journal, the inventory and the workflows tell the same story? Every difference is a sentence.

import type { InstallationView, PatchDetail } from '../api/contract/index.js';
import type { JournalRequest, SimulatedGuest } from './simulatedCloud.js';

export interface Evidence {
  /** Requests since the demonstration began. */
  journal: JournalRequest[];
  guests: SimulatedGuest[];
  installations: InstallationView[];
  patches: PatchDetail[];
}

const installAction = 'Microsoft.Compute/virtualMachines/installPatches/action';
const restorePointAction = 'Microsoft.Compute/restorePointCollections/restorePoints/write';

export function differences(evidence: Evidence): string[] {
  return [
    ...journalAgainstInventory(evidence),
    ...unallowed(evidence),
    ...guestsAgainstInventory(evidence),
    ...workflowsAgainstInventory(evidence),
  ];
}

/** One accepted installation in Azure for each session that asked for one, and none besides. */
function journalAgainstInventory({ journal, installations }: Evidence): string[] {
  const accepted = journal.filter((line) => line.action === installAction && line.operation !== undefined);
  const problems: string[] = [];
  for (const line of accepted) {
    if (!installations.some((one) => one.requestId === line.clientRequestId))
      problems.push(
        `Azure installed ${line.kbs?.join(', ') ?? ''} on ${line.vm ?? '?'} at ${line.at}: no session asked for it`,
      );
  }
  for (const one of installations) {
    const mine = accepted.filter((line) => line.clientRequestId === one.requestId);
    if (mine.length !== 1) problems.push(`${one.sessionId}: Azure installed ${mine.length} times, once was due`);
    const asked = mine[0]?.kbs?.map((kb) => kb.replace(/^KB/, '')).sort() ?? [];
    const planned = one.patches.map((patch) => patch.kb).sort();
    if (mine.length === 1 && asked.join() !== planned.join())
      problems.push(`${one.sessionId}: Azure was asked for ${asked.join(', ')}, planned were ${planned.join(', ')}`);
  }
  return problems;
}

/** What must never happen: production without test, decision, restore point or window. */
function unallowed({ journal, installations }: Evidence): string[] {
  return installations.flatMap((one) => {
    const problems: string[] = [];
    const line = journal.find(
      (request) =>
        request.action === installAction &&
        request.clientRequestId === one.requestId &&
        request.operation !== undefined,
    );
    const at = line?.at ?? one.requestedAt;
    if (one.restorePoint === null) problems.push('has no restore point in the inventory');
    if (
      !journal.some(
        (request) => request.action === restorePointAction && request.vm === one.vmName && request.n < (line?.n ?? 0),
      )
    )
      problems.push('has no restore point in Azure before it');
    if (!(one.window.opensAt <= at && at < one.window.closesAt))
      problems.push(`was asked for at ${at}, outside ${one.window.opensAt} to ${one.window.closesAt}`);
    if (one.environment === 'production') {
      for (const patch of one.patches) {
        if (patch.tested === null) problems.push(`${patch.patchId} has no passed test`);
        if (patch.decisionId === null) problems.push(`${patch.patchId} has no decision`);
      }
    }
    return problems.map((problem) => `${one.vmName} in ${one.runKey}: ${problem}`);
  });
}

function guestsAgainstInventory({ guests, installations }: Evidence): string[] {
  return installations.flatMap((one) => {
    const guest = guests.find((candidate) => candidate.guid === one.vmId);
    if (guest === undefined) return [];
    const problems: string[] = [];
    for (const { kb, state, patchId } of one.patches) {
      const isThere = guest.installedKbs.includes(kb);
      if (state === 'installed' && !isThere)
        problems.push(`${one.vmName}: the inventory says ${patchId} is installed, the guest does not have it`);
      const isThereElsewhere = installations.some(
        (other) =>
          other.vmId === one.vmId && other.patches.some((patch) => patch.kb === kb && patch.state === 'installed'),
      );
      if (state === 'rolledBack' && isThere && !isThereElsewhere)
        problems.push(`${one.vmName}: ${patchId} was rolled back, the guest still has it`);
    }
    if (one.outcome === 'rolledBack' && guest.services.some((service) => !service.running))
      problems.push(`${one.vmName} was rolled back and a service is still down`);
    if (one.outcome === null) problems.push(`${one.sessionId} never ended`);
    return problems;
  });
}

function workflowsAgainstInventory({ patches }: Evidence): string[] {
  return patches.flatMap((patch) => {
    const lifecycle = patch.workflows.find((workflow) => workflow.workflowId === `patch/${patch.patchId}`);
    if (lifecycle === undefined || lifecycle.status !== 'COMPLETED')
      return [`patch/${patch.patchId} is ${lifecycle?.status ?? 'unknown'}, it should have completed`];
    const stage = stageOf(lifecycle.result);
    const open = patch.machines.filter((row) => row.state === 'planned' || row.state === 'installing');
    return [
      ...(stage === patch.stage ? [] : [`patch/${patch.patchId} ended as ${stage}, the inventory says ${patch.stage}`]),
      ...open.map((row) => `${row.vmName} in ${row.runKey} is not accounted for: ${row.state}`),
    ];
  });
}

function stageOf(result: unknown): string {
  return result !== null && typeof result === 'object' && 'stage' in result ? String(result.stage) : 'nothing';
}
