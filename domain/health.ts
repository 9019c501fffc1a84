// Is a machine healthy after an installation, and what does its session end with (I5: missing evidence is never healthy).

import { knowledgeOf, packagesOf } from './packageDemand.js';
import type { Patch } from './patch.js';
import type { ManifestRow, ManifestState, RowOutcome } from './run.js';
import type { GuestFacts, Vm } from './vm.js';
import { presenceOf, type Presence } from './demand.js';

export type Health = { kind: 'healthy' } | { kind: 'sick'; reasons: string[] } | { kind: 'unknown'; reasons: string[] };

/** `services` are those that policy wants running. */
export function healthOf(guest: GuestFacts | null, services: string[]): Health {
  if (guest === null) return { kind: 'unknown', reasons: ['the guest did not answer'] };
  const reasons: string[] = [];
  for (const name of services) {
    const state = guest.services.find((service) => service.name.toLowerCase() === name.toLowerCase());
    if (state === undefined) reasons.push(`service ${name} is not there`);
    else if (!state.running) reasons.push(`service ${name} is down`);
  }
  return reasons.length === 0 ? { kind: 'healthy' } : { kind: 'sick', reasons };
}

export interface InstalledPatch extends Pick<ManifestRow, 'patchId' | 'kb' | 'packages'> {}

/** One line of what Azure said that it did; `kb` of Windows, `name` and `version` of a package. */
export interface ReportedPatch {
  kb: string | null;
  name: string;
  version: string | null;
  state: 'Unknown' | 'Installed' | 'Failed' | 'Excluded' | 'NotSelected' | 'Pending';
}

export interface InstallReport {
  patches: ReportedPatch[];
  windowExceeded: boolean;
}

type Outcome = RowOutcome & { state: Extract<ManifestState, 'installed' | 'failed' | 'skipped'> };

/** What became of each patch, judged by the guest's own evidence; Azure's report only explains. */
export function patchOutcomes(
  vm: Vm,
  patches: Patch[],
  due: InstalledPatch[],
  report: InstallReport | null,
): Outcome[] {
  return due.map((row) => {
    const { patchId } = row;
    const patch = patches.find((candidate) => candidate.patchId === patchId);
    if (patch === undefined) return { patchId, state: 'failed', reason: `${patchId} is not in the inventory` };
    const known = vm.osType === 'linux' ? knowledgeOf(vm.guest) : null;
    if (known === null) return { patchId, ...outcomeOf(row, presenceOf(patch, vm), vm, report) };
    const arrived = packagesOf(patch, vm, known);
    const { state, reason } = outcomeOf(row, presenceOf(patch, vm, known), vm, report);
    return { patchId, state, reason: [reason, ...departures(row, arrived)].join('; '), arrived };
  });
}

function outcomeOf(
  row: InstalledPatch,
  presence: Presence,
  vm: Vm,
  report: InstallReport | null,
): Pick<Outcome, 'state' | 'reason'> {
  const { evidence } = presence;
  if (presence.kind === 'present' || presence.kind === 'partly') {
    // Of Linux: what was loaded before the restart still runs. Windows says so itself, by its build.
    if (vm.osType === 'linux' && vm.guest?.pendingReboot)
      return { state: 'failed', reason: `${evidence}; the machine still waits for its restart` };
    return { state: 'installed', reason: evidence };
  }
  const withdrawn = noLongerOffered(row, report);
  if (withdrawn !== null) return { state: 'skipped', reason: withdrawn };
  const reported = reportOn(row, report);
  return { state: 'failed', reason: `${evidence}${reported === null ? '' : `; Azure reported ${reported}`}` };
}

function reportOn({ kb, packages }: InstalledPatch, report: InstallReport | null): string | null {
  if (report === null) return null;
  const why = report.windowExceeded ? ', its maintenance window was exceeded' : '';
  if (kb !== null) {
    const mine = report.patches.findLast((one) => one.kb === kb);
    return mine === undefined ? null : `${mine.state}${why}`;
  }
  const mine = report.patches.filter((one) => packages.some(({ name }) => name === one.name));
  return mine.length === 0 ? null : `${mine.map((one) => `${one.name} ${one.state}`).join(', ')}${why}`;
}

/** Azure found other versions than those that were tested and touched nothing: no harm was done, and nothing was installed (I1). */
function noLongerOffered({ packages }: InstalledPatch, report: InstallReport | null): string | null {
  const mine = report?.patches.filter((one) => packages.some(({ name }) => name === one.name)) ?? [];
  if (mine.length === 0 || mine.some((one) => one.state !== 'NotSelected')) return null;
  const passed = packages.filter(({ name, version }) => version !== null && mine.some((one) => one.name === name));
  if (passed.length === 0) return null;
  const tested = passed.map(({ name, version }) => `${name} ${version ?? ''}`).join(', ');
  const offered = mine.map(({ name, version }) => `${name} ${version ?? ''}`).join(', ');
  return `${tested} passed the test and is no longer offered: ${offered} is, which was not tested`;
}

/** I9: a version that is there and is not the one that was asked for. */
function departures({ packages }: InstalledPatch, arrived: { name: string; version: string }[]): string[] {
  return packages.flatMap(({ name, version }) => {
    const found = arrived.find((one) => one.name === name)?.version;
    return version === null || found === undefined || found === version
      ? []
      : [`${name} ${version} was asked for, ${found} is there`];
  });
}

/** What came along with what was asked for, as Azure tells it. */
export function besides(due: InstalledPatch[], report: InstallReport | null): string[] {
  const asked = new Set(due.flatMap(({ packages }) => packages.map(({ name }) => name)));
  const others = report?.patches.filter((one) => one.kb === null && one.state === 'Installed' && !asked.has(one.name));
  return others?.map(({ name, version }) => `${name} ${version ?? ''}`.trim()) ?? [];
}
