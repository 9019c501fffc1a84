// Assessments and installations of Linux guests, in Azure's words. https://learn.microsoft.com/rest/api/compute/virtual-machines/install-patches

import { brokenBy, offersOf, restarted, selected, shownName, upgrade } from './linuxArchive.js';
import type { Selection, Upgrade } from './linuxArchive.js';
import { releases, type ArchivePackage, type LinuxState } from './linuxFacts.js';
import type { BadPatch, Guest, Operation } from './world.js';

export interface LinuxWorld {
  guest: Guest;
  state: LinuxState;
  archive: ArchivePackage[];
  badPatches: Iterable<BadPatch>;
}

/** What becomes of the guest, and what Azure says of it. */
export interface Patched {
  guest: Partial<Guest>;
  output: Record<string, unknown>;
}

export function assessLinux({ guest, state, archive }: LinuxWorld, { id, startedAt }: Operation): Patched {
  const offers = offersOf(state, archive);
  const urgent = offers.filter((offer) => offer.classification !== 'Other').length;
  const { pendingReboot: rebootPending } = guest;
  const counts = { missing: urgent, other: offers.length - urgent, rebootPending };
  return {
    guest: { assessment: { activityId: id, at: new Date().toISOString(), ...counts } },
    output: {
      status: 'Succeeded',
      assessmentActivityId: id,
      rebootPending,
      criticalAndSecurityPatchCount: urgent,
      otherPatchCount: counts.other,
      startDateTime: startedAt,
      availablePatches: offers.map((offer) => ({
        ...patchOf(offer, state),
        rebootBehavior: 'Unknown',
        activityId: id,
        assessmentState: 'Available',
      })),
      error: { details: [], code: '0', message: '0 error/s reported.' },
    },
  };
}

/** Linux packages have no KB; their id is name, version and system. */
function patchOf(one: ArchivePackage, state: LinuxState) {
  const release = releases[state.release];
  const system = state.release === 'ubuntu' ? 'Ubuntu' : 'Red Hat Enterprise Linux';
  const name = shownName(one, release);
  return {
    patchId: `${name}_${one.version}_${system}_${release.version}`,
    name,
    version: one.version,
    classifications: [one.classification],
  };
}

/** How an installation ended: what came, what failed, what ran out of time. */
interface Ended {
  status: 'Succeeded' | 'Failed' | 'CompletedWithWarnings';
  upgrade: Upgrade;
  failed: ArchivePackage[];
  pending: ArchivePackage[];
}

export function installLinux(world: LinuxWorld, operation: Operation): Patched {
  const { guest, state, archive } = world;
  const asked = selected(state, archive, operation.input['selection'] as Selection);
  const ended = endedWith(operation.input['outcome'], asked, state, archive);
  const { installed, needsRestart, state: after } = ended.upgrade;
  const isPending = guest.pendingReboot || needsRestart;
  const restarts = ended.status !== 'Failed' && mayRestart(operation.input['rebootSetting'], isPending);
  const broken = brokenBy(installed, guest, world.badPatches);
  return {
    guest: {
      linux: restarts ? restarted(after) : after,
      pendingReboot: isPending && !restarts,
      services: guest.services.map((one) => ({ ...one, running: one.running && !broken.includes(one.name) })),
      installation: {
        activityId: operation.id,
        startedAt: operation.startedAt,
        endedAt: new Date().toISOString(),
        status: ended.status,
        installed: installed.length,
        failed: ended.failed.length,
      },
    },
    output: {
      rebootStatus: restarts ? 'Completed' : isPending ? 'Required' : 'NotNeeded',
      ...outputOf(world, operation, asked, ended),
    },
  };
}

function mayRestart(rebootSetting: unknown, isPending: boolean): boolean {
  return rebootSetting === 'Always' || (rebootSetting !== 'Never' && isPending);
}

function outputOf(
  { state, archive }: LinuxWorld,
  { id, startedAt }: Operation,
  asked: ArchivePackage[],
  { status, upgrade: { installed }, failed, pending }: Ended,
) {
  const taken = [...asked, ...installed].map(({ name }) => name);
  const rest = offersOf(state, archive).filter(({ name }) => !taken.includes(name));
  const rows = (packages: ArchivePackage[], installationState: string) =>
    packages.map((one) => ({ ...patchOf(one, state), installationState }));
  return {
    status,
    installationActivityId: id,
    maintenanceWindowExceeded: pending.length > 0,
    excludedPatchCount: 0,
    notSelectedPatchCount: rest.length,
    pendingPatchCount: pending.length,
    installedPatchCount: installed.length,
    failedPatchCount: failed.length,
    patches: [
      ...rows(installed, 'Installed'),
      ...rows(failed, 'Failed'),
      ...rows(pending, 'Pending'),
      ...rows(rest, 'NotSelected'),
    ],
    startDateTime: startedAt,
    maintenanceRunId: '',
    error: errorOf(failed.length > 0 ? managerError[state.release] : null),
  };
}

function endedWith(outcome: unknown, asked: ArchivePackage[], state: LinuxState, archive: ArchivePackage[]): Ended {
  const nothing: Upgrade = { state, installed: [], needsRestart: false };
  if (outcome === 'windowExceeded') return { status: 'Failed', upgrade: nothing, failed: [], pending: asked };
  const taken = outcome === 'partlyFailed' ? asked.slice(0, 1) : asked;
  const done = outcome === 'installFailed' ? null : upgrade(state, taken, archive);
  if (done === null) return { status: 'Failed', upgrade: nothing, failed: asked, pending: [] };
  const failed = asked.filter((one) => !done.installed.includes(one));
  return { status: failed.length > 0 ? 'CompletedWithWarnings' : 'Succeeded', upgrade: done, failed, pending: [] };
}

const managerError = {
  ubuntu: 'E: Unable to correct problems, you have held broken packages.',
  rhel: 'Error: Transaction test error',
};

function errorOf(message: string | null) {
  if (message === null) return { details: [], code: '0', message: '0 error/s reported.' };
  const details = [{ code: 'PACKAGE_MANAGER_FAILURE', message }];
  return { details, code: '1', message: '1 error/s reported. The latest 1 error/s are shared in detail.' };
}
