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
        `Azure installed ${askedIn(line).join(', ')} on ${line.vm ?? '?'} at ${line.at}: no session asked for it`,
      );
  }
  for (const one of installations) {
    const mine = accepted.filter((line) => line.clientRequestId === one.requestId);
    if (mine.length !== 1) problems.push(`${one.sessionId}: Azure installed ${mine.length} times, once was due`);
    const asked = mine[0] === undefined ? [] : askedIn(mine[0]);
    const planned = [...new Set(one.patches.flatMap(namesOf))].sort();
    if (mine.length === 1 && asked.join() !== planned.join())
      problems.push(`${one.sessionId}: Azure was asked for ${asked.join(', ')}, planned were ${planned.join(', ')}`);
  }
  return problems;
}

/** KBs, or masks of packages. */
function askedIn({ kbs = [], masks = [] }: JournalRequest): string[] {
  return [...kbs.map((kb) => kb.replace(/^KB/, '')), ...masks].sort();
}

type PatchOnMachine = InstallationView['patches'][number];

/** As Azure is asked for it. */
function namesOf({ kb, packages }: PatchOnMachine): string[] {
  if (kb !== null) return [kb];
  return packages.map(({ name, version }) => (version === null ? name : `${name}=${version}`));
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
        problems.push(...untested(patch));
      }
    }
    return problems.map((problem) => `${one.vmName} in ${one.runKey}: ${problem}`);
  });
}

/** Packages of production come in the versions of the test, and in no other. */
function untested({ patchId, packages, arrived }: PatchOnMachine): string[] {
  return packages.flatMap(({ name, version }) => {
    if (version === null) return [`${patchId}: the newest ${name} was asked for, which nobody tested`];
    const found = arrived?.find((one) => one.name === name)?.version ?? version;
    return found === version ? [] : [`${patchId}: ${name} ${version} was tested, ${found} came`];
  });
}

function guestsAgainstInventory({ guests, installations }: Evidence): string[] {
  return installations.flatMap((one) => {
    const guest = guests.find((candidate) => candidate.guid === one.vmId);
    if (guest === undefined) return [];
    const problems: string[] = [];
    const later = installations.filter((other) => other.vmId === one.vmId && other.requestedAt > one.requestedAt);
    for (const patch of one.patches) {
      const { state, patchId } = patch;
      if (state === 'installed' && !isThere(patch, guest, later))
        problems.push(`${one.vmName}: the inventory says ${patchId} is installed, the guest does not have it`);
      const isThereElsewhere = installations.some(
        (other) =>
          other.vmId === one.vmId &&
          other.patches.some((held) => held.patchId === patchId && held.state === 'installed'),
      );
      if (state === 'rolledBack' && isBack(patch, guest) && !isThereElsewhere)
        problems.push(`${one.vmName}: ${patchId} was rolled back, the guest still has it`);
    }
    if (one.outcome === 'rolledBack' && guest.services.some((service) => !service.running))
      problems.push(`${one.vmName} was rolled back and a service is still down`);
    if (one.outcome === null) problems.push(`${one.sessionId} never ended`);
    return problems;
  });
}

/** A package that a later installation concerns too may have another version by now. */
function isThere({ kb, arrived }: PatchOnMachine, guest: SimulatedGuest, later: InstallationView[]): boolean {
  if (kb !== null) return guest.installedKbs.includes(kb);
  const touched = new Set(
    later.flatMap((one) => one.patches.flatMap(({ packages }) => packages.map(({ name }) => name))),
  );
  return (arrived ?? []).every(({ name, version }) => touched.has(name) || hasPackage(guest, name, version));
}

function isBack({ kb, packages }: PatchOnMachine, guest: SimulatedGuest): boolean {
  if (kb !== null) return guest.installedKbs.includes(kb);
  return packages.some(({ name, version }) => version !== null && hasPackage(guest, name, version));
}

function hasPackage({ linux }: SimulatedGuest, name: string, version: string): boolean {
  return linux?.packages.some((one) => one.name === name && one.version === version) ?? false;
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
