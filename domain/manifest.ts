// Fixes what a run installs where: the due patches of each machine, as sets that passed together (I1, I7, I9).

import { pinned, unfitness, type Pinned, type TestedPackage } from './installation.js';
import type { DuePackage } from './packageDemand.js';
import { machineGone, type PackageToInstall } from './run.js';
import type { Vm } from './vm.js';

export interface PlannedEnrolment {
  patchId: string;
  /** Null for what is no KB. */
  kb: string | null;
  vmIds: string[];
  /** Machines besides that join by the rule that was signed (I1); left out: none. */
  joining?: ReadonlySet<string>;
  /** Sets that were installed together in staging and passed, for this category; null for a staging run, which is the test. */
  passedSets: string[][] | null;
  /** The versions of packages that were approved, as the test got them; null for a staging run, which takes what is offered. */
  tested: TestedPackage[] | null;
  /** Why a machine has no equivalent among the tested ones any more, by machine: it was signed with one (I1). */
  unlike?: ReadonlyMap<string, string>;
  /** Why this enrolment cannot be used at all, e.g. its decision was withdrawn; null when it can. */
  refusal: string | null;
}

export interface ManifestInput {
  enrolments: PlannedEnrolment[];
  vms: Vm[];
  /** What a machine needs now, by machine: patches, and the packages of Linux that are due. */
  needs: Record<string, { patchId: string; packages: DuePackage[] }[]>;
  /** Why what is known of a machine's guest may not be believed, by machine: nothing is installed on what nobody knows (I5). */
  stale: Record<string, string>;
  /** Why a machine does without a patch, by machine and then by patch: it is left out, whatever was approved. */
  waived?: Record<string, Record<string, string>>;
  subsetAllowed: boolean;
}

export interface PlannedPatch {
  patchId: string;
  kb: string | null;
  packages: PackageToInstall[];
}

export interface PlannedVm {
  vmId: string;
  vmName: string;
  patches: PlannedPatch[];
}

export interface LeftOut {
  vmId: string;
  vmName: string;
  patchId: string;
  kb: string | null;
  reason: string;
}

export function planManifest(input: ManifestInput): { machines: PlannedVm[]; left: LeftOut[] } {
  const machines: PlannedVm[] = [];
  const left: LeftOut[] = [];
  for (const vmId of enrolledMachines(input.enrolments)) {
    const vm = input.vms.find((candidate) => candidate.vmId === vmId) ?? null;
    const enrolled = input.enrolments.filter((enrolment) => isEnrolled(enrolment, vmId));
    const judged = withoutContradictions(enrolled.map((enrolment) => judge(enrolment, vm, input)));
    const due = judged.filter(({ why }) => why === null).map(({ enrolment }) => enrolment);
    const { chosen, reasonForOthers } = chooseFor(vmId, due, input.subsetAllowed);
    const vmName = vm?.name ?? vmId;
    const mine = judged.filter(({ enrolment }) => chosen.includes(enrolment));
    for (const { enrolment, why } of judged) {
      if (chosen.includes(enrolment)) continue;
      const { patchId, kb } = enrolment;
      left.push({ vmId, vmName, patchId, kb, reason: why ?? reasonForOthers });
    }
    const patches = mine.map(({ enrolment: { patchId, kb }, packages }) => ({ patchId, kb, packages }));
    if (patches.length > 0) machines.push({ vmId, vmName, patches });
  }
  return { machines, left };
}

function enrolledMachines(enrolments: PlannedEnrolment[]): string[] {
  return [...new Set(enrolments.flatMap(({ vmIds, joining = [] }) => [...vmIds, ...joining]))].sort();
}

function isEnrolled({ vmIds, joining }: PlannedEnrolment, vmId: string): boolean {
  return vmIds.includes(vmId) || joining?.has(vmId) === true;
}

interface Judged {
  enrolment: PlannedEnrolment;
  packages: PackageToInstall[];
  /** Why the machine is left out, null when it is not. */
  why: string | null;
}

function judge(enrolment: PlannedEnrolment, vm: Vm | null, { needs, stale, waived }: ManifestInput): Judged {
  const out = (why: string): Judged => ({ enrolment, packages: [], why });
  if (enrolment.refusal !== null) return out(enrolment.refusal);
  if (vm === null || vm.goneAt !== null) return out(machineGone);
  const need = needs[vm.vmId]?.find((one) => one.patchId === enrolment.patchId);
  if (need === undefined) return out('no longer needed');
  const waiver = waived?.[vm.vmId]?.[enrolment.patchId];
  if (waiver !== undefined) return out(waiver);
  const why = stale[vm.vmId];
  if (why !== undefined) return out(`what is known of it is stale: ${why}`);
  const unlike = enrolment.unlike?.get(vm.vmId);
  if (unlike !== undefined) return out(`nothing that was tested is like it any more: ${unlike}`);
  const chosen = packagesFor(enrolment, need.packages, vm);
  if (chosen.kind === 'refused') return out(chosen.reason);
  const { packages } = chosen;
  const environment = enrolment.tested === null ? 'staging' : 'production';
  const problem = unfitness(vm, { kb: enrolment.kb, packages }, environment);
  return problem === null ? { enrolment, packages, why: null } : out(problem);
}

/** The newest that is offered for the test; for production, what the test got. */
function packagesFor({ tested }: PlannedEnrolment, due: DuePackage[], vm: Vm): Pinned {
  if (due.length === 0) return { kind: 'open', packages: [] };
  if (tested !== null) return pinned(due, vm, tested);
  return { kind: 'open', packages: due.map(({ name }) => ({ name, version: null })) };
}

/** One package cannot be installed in two versions: what was tested with another version than an earlier patch goes later. */
function withoutContradictions(judged: Judged[]): Judged[] {
  const chosen = new Map<string, { version: string | null; patchId: string }>();
  return judged.map((one) => {
    const { patchId } = one.enrolment;
    for (const { name, version } of one.packages) {
      const held = chosen.get(name);
      if (held === undefined || held.version === version) continue;
      const why = `${name} was tested in ${version ?? 'no version'}, and with ${held.patchId} in ${held.version ?? 'no version'}`;
      return { ...one, packages: [], why };
    }
    if (one.why === null) for (const { name, version } of one.packages) chosen.set(name, { version, patchId });
    return one;
  });
}

/** I1: what a machine joins by rule goes whole or not at all, and never costs it what was signed by its name. */
function chooseFor(vmId: string, due: PlannedEnrolment[], subsetAllowed: boolean): Choice {
  const signed = due.filter((enrolment) => enrolment.vmIds.includes(vmId));
  if (signed.length === due.length) return chooseSet(due, subsetAllowed);
  const whole = chooseSet(due, false);
  if (signed.every((enrolment) => whole.chosen.includes(enrolment))) return whole;
  const { chosen } = chooseSet(signed, subsetAllowed);
  return { chosen, reasonForOthers: setProblemOf(due, false) ?? whole.reasonForOthers };
}

interface Choice {
  chosen: PlannedEnrolment[];
  reasonForOthers: string;
}

/**
 * All that is due if it passed together; otherwise the largest part that did, and the rest goes in a later run: patches that were tested
 * one after the other are installed one after the other.
 */
function chooseSet(due: PlannedEnrolment[], subsetAllowed: boolean): Choice {
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
