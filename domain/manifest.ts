// Fixes what a run installs where: the due patches of each machine, as sets that passed together (I1, I7, I9).

import type { Vm } from './vm.js';

export interface PlannedEnrolment {
  patchId: string;
  kb: string;
  vmIds: string[];
  /** Sets that were installed together in staging and passed, for this category; null for a staging run, which is the test. */
  passedSets: string[][] | null;
  /** Why this enrolment cannot be used at all, e.g. its decision was withdrawn; null when it can. */
  refusal: string | null;
}

export interface ManifestInput {
  enrolments: PlannedEnrolment[];
  vms: Vm[];
  /** Patch ids that a machine needs now, by machine. */
  needs: Record<string, string[]>;
  /** Why what is known of a machine's guest may not be believed, by machine: nothing is installed on what nobody knows (I5). */
  stale: Record<string, string>;
  subsetAllowed: boolean;
}

export interface PlannedVm {
  vmId: string;
  vmName: string;
  patches: { patchId: string; kb: string }[];
}

export interface LeftOut {
  vmId: string;
  vmName: string;
  patchId: string;
  kb: string;
  reason: string;
}

export function planManifest(input: ManifestInput): { machines: PlannedVm[]; left: LeftOut[] } {
  const machines: PlannedVm[] = [];
  const left: LeftOut[] = [];
  for (const vmId of enrolledMachines(input.enrolments)) {
    const vm = input.vms.find((candidate) => candidate.vmId === vmId) ?? null;
    const enrolled = input.enrolments.filter((enrolment) => enrolment.vmIds.includes(vmId));
    const judged = enrolled.map((enrolment) => ({
      enrolment,
      why: leaveOutReason(enrolment, vm, input),
    }));
    const due = judged.filter(({ why }) => why === null).map(({ enrolment }) => enrolment);
    const { chosen, reasonForOthers } = chooseSet(due, input.subsetAllowed);
    const name = vm?.name ?? vmId;
    for (const { enrolment, why } of judged) {
      if (chosen.includes(enrolment)) continue;
      const { patchId, kb } = enrolment;
      left.push({ vmId, vmName: name, patchId, kb, reason: why ?? reasonForOthers });
    }
    if (chosen.length > 0)
      machines.push({ vmId, vmName: name, patches: chosen.map(({ patchId, kb }) => ({ patchId, kb })) });
  }
  return { machines, left };
}

function enrolledMachines(enrolments: PlannedEnrolment[]): string[] {
  return [...new Set(enrolments.flatMap((enrolment) => enrolment.vmIds))].sort();
}

function leaveOutReason(enrolment: PlannedEnrolment, vm: Vm | null, { needs, stale }: ManifestInput): string | null {
  if (enrolment.refusal !== null) return enrolment.refusal;
  if (vm === null || vm.goneAt !== null) return 'the machine is gone';
  if (needs[vm.vmId]?.includes(enrolment.patchId) !== true) return 'no longer needed';
  const why = stale[vm.vmId];
  return why === undefined ? null : `what is known of it is stale: ${why}`;
}

/**
 * All that is due if it passed together; otherwise the largest part that did, and the rest goes in a later run: patches that were tested
 * one after the other are installed one after the other.
 */
function chooseSet(
  due: PlannedEnrolment[],
  subsetAllowed: boolean,
): { chosen: PlannedEnrolment[]; reasonForOthers: string } {
  if (due.length === 0) return { chosen: [], reasonForOthers: 'nothing is due' };
  const problem = setProblemOf(due, subsetAllowed);
  if (problem === null) return { chosen: due, reasonForOthers: '' };
  const sets = due.flatMap((enrolment) => enrolment.passedSets ?? []);
  const parts = sets
    .map((set) => due.filter((enrolment) => set.includes(enrolment.patchId)))
    .filter((part) => part.length > 0 && setProblemOf(part, subsetAllowed) === null);
  const [largest] = parts.toSorted((a, b) => b.length - a.length || (idsOf(a) < idsOf(b) ? -1 : 1));
  if (largest === undefined) return { chosen: [], reasonForOthers: problem };
  return { chosen: largest, reasonForOthers: `goes after ${idsOf(largest)}: they were not tested together` };
}

function idsOf(part: PlannedEnrolment[]): string {
  return part.map((enrolment) => enrolment.patchId).join(' + ');
}

/** I1: what a machine gets equals a set that passed together, or is part of one where policy allows a part. */
export function setProblemOf(due: PlannedEnrolment[], subsetAllowed: boolean): string | null {
  if (due.every((enrolment) => enrolment.passedSets === null)) return null;
  const ids = due.map((enrolment) => enrolment.patchId);
  const sets = due.flatMap((enrolment) => enrolment.passedSets ?? []);
  const holds = sets.filter((set) => ids.every((id) => set.includes(id)));
  if (holds.some((set) => set.length === ids.length)) return null;
  if (holds.length === 0) return `${ids.join(' + ')} were never tested together`;
  if (subsetAllowed) return null;
  return `${ids.join(' + ')} is only part of what was tested together (${holds.map((set) => set.join(' + ')).join('; ')}), and policy allows no part`;
}
