// A category whose patches passed their test, in a real database: one staging machine, some of production that need them, nothing asked yet.

import type { Patch } from '../../domain/patch.js';
import type { Vm } from '../../domain/vm.js';
import type { Inventory } from '../../ports/inventory.js';
import { minutesFrom, somePatch, someVm } from './facts.js';

export const subscriptionId = '5e1d0c1a-0001-4000-8000-000000000001';
export const testRunKey = 'maintenance/staging/web/staging/next@0';
export const cumulative = somePatch();
export const beside = somePatch({ patchId: 'KB5066743', kb: '5066743', kind: 'update', fixedBuilds: {} });
const staging = 'stg-1';

/** Whatever is not named any more has left the fleet. */
export async function listMachines({ fleet, guests }: Inventory, production: string[], at: string): Promise<void> {
  const known = new Set((await fleet.vms({ existing: true })).map((vm) => vm.vmId));
  await fleet.saveListed(
    [machine(staging, at, 'staging'), ...production.map((vmId) => machine(vmId, at))],
    [subscriptionId],
    at,
  );
  const missing = { missingKbs: [beside.kb ?? ''], rebootPending: false, assessedAt: at };
  const nothing = { software: [], updates: [], administrators: [], linux: null };
  for (const vmId of [staging, ...production].filter((one) => !known.has(one))) {
    await fleet.saveAssessment(vmId, missing);
    await guests.saveInventory(vmId, nothing, at);
  }
}

function machine(vmId: string, seenAt: string, environment: Vm['environment'] = 'production') {
  const {
    guest: _g,
    assessment: _a,
    firstSeenAt: _f,
    goneAt: _gone,
    joinedAt: _j,
    ...vm
  } = someVm({ tags: { category: 'web' } });
  return { ...vm, vmId, seenAt, environment, subscriptionId, name: `web-${vmId}`, azureId: `/${vmId}` };
}

/** The guest of the staging machine tells what the tested set has brought it to. */
export async function reachTested({ fleet }: Inventory, at: string): Promise<void> {
  const osVersion = Object.values(cumulative.fixedBuilds)[0] ?? '';
  const installedKbs = [cumulative, beside].map(({ kb }) => kb ?? '');
  await fleet.saveGuestFacts(staging, {
    osVersion,
    installedKbs,
    pendingReboot: false,
    services: [],
    software: [],
    seenAt: at,
  });
  await fleet.saveAssessment(staging, { missingKbs: [], rebootPending: false, assessedAt: at });
}

/** Both patches passed together on the staging machine. */
export async function passTogether(inventory: Inventory, at: string): Promise<void> {
  const { patches, runs, tests } = inventory;
  const set = [cumulative, beside];
  await patches.savePatches(set, at);
  const run = { environment: 'staging' as const, category: 'web', ring: 'staging', occurrence: 'next@0' };
  const times = { planAt: minutesFrom(at, 1), opensAt: minutesFrom(at, 2), closesAt: minutesFrom(at, 60) };
  for (const patch of set) await runs.enrol({ ...run, ...times }, enrolmentOf(patch, [staging]), at);
  const rows = set.map((patch) => rowOf(patch));
  await runs.plan(testRunKey, () => ({ waves: 1, rows, left: [] }));
  const installed = set.map(({ patchId }) => ({ patchId, state: 'installed' as const, reason: null }));
  await runs.setManifestState(testRunKey, staging, installed);
  await runs.settleRun(testRunKey, 'completed', 'done', at);
  const testedSet = set.map(({ patchId }) => patchId).sort();
  for (const { patchId } of set)
    await tests.saveTestResult({
      runKey: testRunKey,
      patchId,
      category: 'web',
      testedSet,
      verdict: 'passed',
      reasons: [],
      vmIds: [staging],
      downtimeMinutes: 5,
      reboots: 1,
      at,
    });
}

function enrolmentOf({ patchId }: Patch, vmIds: string[]) {
  return { patchId, category: 'web', digest: null, decisionId: null, vmIds, notifyWorkflowId: `patch/${patchId}` };
}

function rowOf({ patchId, kb }: Patch) {
  return { patchId, kb: kb ?? '', packages: [], vmId: staging, vmName: staging, wave: 1, position: 0 };
}
