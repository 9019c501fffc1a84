// Soaks on a real database: what a probe finds turns the rows of an unsettled staging run alone, told once; the verdict follows from them.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createMaintainActivities } from '../../../activities/maintain.js';
import { createSoakActivities } from '../../../activities/soak.js';
import { createStageTestActivities } from '../../../activities/stageTest.js';
import { runKeyOf, type ManifestState } from '../../../domain/run.js';
import { AzureFailure } from '../../../ports/azure.js';
import type { GuestFacts, Vm } from '../../../domain/vm.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { now, somePatch, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

function listed({
  guest: _guest,
  assessment: _assessment,
  firstSeenAt: _first,
  joinedAt: _joined,
  goneAt: _gone,
  ...vm
}: Vm) {
  return vm;
}

onEveryDatabase('a soak', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  /** What Azure and the guests answer now. */
  let world: { running: boolean; power: string; gone: boolean; silent: boolean };
  let count = 0;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
    await desk.inventory.patches.savePatches(
      ['KB1', 'KB2'].map((patchId) => somePatch({ patchId })),
      now,
    );
    const staging = { environment: 'staging' as const, category: 'web' };
    await desk.inventory.fleet.saveListed(
      ['a', 'b'].map((vmId) => listed(someVm({ vmId, name: vmId, azureId: `/${vmId}`, ...staging }))),
      [],
      now,
    );
    const facts = (services: string[]): GuestFacts => ({
      osVersion: '10.0.1.1',
      installedKbs: [],
      pendingReboot: false,
      services: services.map((name) => ({ name, running: world.running })),
      software: [],
      seenAt: now,
    });
    Object.assign(desk.ports, {
      azure: {
        vmNow: async () => {
          if (world.gone) throw new AzureFailure('notFound', 'no such machine', null, null);
          return { power: world.power, agentReady: true };
        },
      },
      guest: {
        services: async (_vm: unknown, _osType: unknown, services: string[]) => {
          if (world.silent) throw new AzureFailure('unavailable', 'it did not answer in 240 s', null, null);
          return facts(services);
        },
      },
    });
  }, 60_000);

  beforeEach(() => {
    world = { running: true, power: 'running', gone: false, silent: false };
  });

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  /** A planned run of two patches on two machines, whose sessions ended so. */
  async function run(environment: 'staging' | 'production', ended: Record<string, ManifestState>): Promise<string> {
    count += 1;
    const { runs } = desk.inventory;
    const identity = { environment, category: 'web', ring: 'staging', occurrence: `next@${count}` };
    const runKey = runKeyOf(identity);
    const at = new Date().toISOString();
    const times = {
      planAt: new Date(Date.now() + 60_000).toISOString(),
      opensAt: at,
      closesAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const vmIds = Object.keys(ended);
    for (const patchId of ['KB1', 'KB2'])
      await runs.enrol(
        { ...identity, ...times },
        { patchId, category: 'web', digest: null, decisionId: null, vmIds, notifyWorkflowId: `patch/${patchId}` },
        at,
      );
    await runs.plan(runKey, () => ({
      waves: 1,
      rows: vmIds.flatMap((vmId, position) =>
        ['KB1', 'KB2'].map((patchId) => ({ vmId, vmName: vmId, patchId, kb: '1', packages: [], wave: 1, position })),
      ),
      left: [],
    }));
    for (const [vmId, state] of Object.entries(ended))
      await runs.setManifestState(
        runKey,
        vmId,
        ['KB1', 'KB2'].map((patchId) => ({ patchId, state, reason: 'the guest showed it' })),
      );
    return runKey;
  }

  const soak = () => createSoakActivities(desk.ports);
  const probeOf = (runKey: string, number = 1, vmId = 'a') => ({ runKey, vmId, vmName: vmId, number, isLast: true });
  const rowsOf = (runKey: string, vmId = 'a') => desk.inventory.runs.manifest({ runKey, vmId });
  const settle = (runKey: string, outcome: 'completed' | 'halted') =>
    createMaintainActivities(desk.ports).settleRun({ runKey, outcome, reason: 'so' });

  async function verdictOf(runKey: string) {
    const trials = [{ category: 'web', runKey, deadline: null }];
    const [found] = await createStageTestActivities(desk.ports).readTests({ patchId: 'KB1', trials });
    return found;
  }

  test('of well machines passes, with what was answered as hashed evidence', async () => {
    const runKey = await run('staging', { a: 'installed' });
    for (const number of [1, 2]) expect(await soak().probeSoaking(probeOf(runKey, number))).toEqual({ kind: 'told' });
    await settle(runKey, 'completed');
    expect(await verdictOf(runKey)).toMatchObject({ verdict: 'passed' });
    const kept = await desk.inventory.stageTests.evidence(runKey);
    expect(kept.map((one) => one.item)).toEqual(
      expect.arrayContaining(['probes of the soak', 'probes at the end of the soak']),
    );
    const text = await desk.inventory.stageTests.text(runKey, 'a', 'probes of the soak');
    expect(JSON.parse(text ?? '')).toMatchObject([
      { number: 1, kind: 'healthy' },
      { number: 2, kind: 'healthy' },
    ]);
    const shown = await desk.api.get(`/v1/tests/${encodeURIComponent(runKey)}/KB1`, 'sam');
    expect(shown.body).toMatchObject({ soak: [{ vmName: 'a', number: 1 }, { kind: 'healthy' }] });
  });

  test('a machine that turns sick fails all that it got, and is told once', async () => {
    const runKey = await run('staging', { a: 'installed', b: 'installed' });
    await soak().probeSoaking(probeOf(runKey, 1));
    world.running = false;
    await soak().probeSoaking(probeOf(runKey, 2));
    world.running = true;
    // Asked again after a crash, and well again: what was found stays.
    await soak().probeSoaking(probeOf(runKey, 2));
    await soak().probeSoaking(probeOf(runKey, 3));
    for (const row of await rowsOf(runKey)) {
      expect(row.state).toBe('failed');
      expect(row.reason).toBe('the guest showed it; sick while it soaked: service W3SVC is down');
    }
    expect((await rowsOf(runKey, 'b')).map((row) => row.state)).toEqual(['installed', 'installed']);
    expect(await soak().soakingMachines({ runKey, after: null, limit: 10 })).toEqual([{ vmId: 'b', vmName: 'b' }]);
    await settle(runKey, 'completed');
    expect(await verdictOf(runKey)).toMatchObject({ verdict: 'failed', reasons: [expect.stringContaining('W3SVC')] });
    const told = (await desk.inventory.events.events({ after: 0 })).filter((event) => event.runKey === runKey);
    expect(told.filter((event) => event.what === 'a: sick while it soaks, at probe 2')).toHaveLength(1);
  });

  test('a machine that cannot be asked is in doubt, said so only when its tries are over; a person can judge it', async () => {
    const runKey = await run('staging', { a: 'installed' });
    world.silent = true;
    const asked = await soak().probeSoaking(probeOf(runKey));
    expect(asked).toEqual({ kind: 'unknown', reason: 'its probes did not answer: it did not answer in 240 s' });
    expect((await rowsOf(runKey)).map((row) => row.state)).toEqual(['installed', 'installed']);
    await soak().doubtSoaking({ ...probeOf(runKey), reason: 'it did not answer' });
    for (const row of await rowsOf(runKey)) expect(row).toMatchObject({ state: 'inDoubt', present: true });
    await settle(runKey, 'completed');
    expect(await verdictOf(runKey)).toMatchObject({ verdict: 'inconclusive' });
    const body = { category: 'web', verdict: 'passed', reason: 'its agent was updated, I looked myself' };
    const path = (patchId: string) => `/v1/tests/${encodeURIComponent(runKey)}/${patchId}/verdicts`;
    expect((await desk.api.post(path('KB1'), body, 'riley')).status).toBe(200);
    expect((await desk.inventory.tests.testResults({ patchId: 'KB1', runKey }))[0]).toMatchObject({
      verdict: 'passed',
      vmIds: ['a'],
      testedSet: ['KB1', 'KB2'],
    });
  });

  test('a machine that is switched off is unknown; one that was deleted in doubt at once, and nobody can judge it passed', async () => {
    const runKey = await run('staging', { a: 'installed' });
    world.power = 'deallocated';
    expect(await soak().probeSoaking(probeOf(runKey))).toEqual({
      kind: 'unknown',
      reason: 'the machine is deallocated',
    });
    world.gone = true;
    expect(await soak().probeSoaking(probeOf(runKey))).toEqual({ kind: 'told' });
    for (const row of await rowsOf(runKey)) {
      expect(row).toMatchObject({ state: 'inDoubt', present: false });
      expect(row.reason).toContain('the machine is gone');
    }
    await settle(runKey, 'completed');
    expect(await verdictOf(runKey)).toMatchObject({ verdict: 'inconclusive' });
    const body = { category: 'web', verdict: 'passed', reason: 'it looked well before it went' };
    const answer = await desk.api.post(`/v1/tests/${encodeURIComponent(runKey)}/KB1/verdicts`, body, 'riley');
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('nothing that could have passed') });
  });

  test('a machine that another session holds is busy', async () => {
    const [runKey, other] = [await run('staging', { b: 'installed' }), await run('staging', { b: 'planned' })];
    const session = { sessionId: `${other}#b`, runKey: other, vmId: 'b', vmName: 'b', startedAt: now };
    await desk.inventory.sessions.admit(session, () => ({ admitted: true }));
    const asked = await soak().probeSoaking(probeOf(runKey, 1, 'b'));
    expect(asked).toEqual({ kind: 'busy', reason: `${other} works on it` });
    await desk.inventory.sessions.settle(session.sessionId, 'refused', 'enough', [], now);
  });

  test('a run that ends before its soak leaves its machines in doubt', async () => {
    const runKey = await run('staging', { a: 'installed' });
    await settle(runKey, 'halted');
    for (const row of await rowsOf(runKey)) {
      expect(row).toMatchObject({ state: 'inDoubt', present: true });
      expect(row.reason).toContain('it never soaked to its end: so');
    }
    expect(await verdictOf(runKey)).toMatchObject({ verdict: 'inconclusive' });
  });

  test.each([
    ['of production', 'production', false],
    ['that settled', 'staging', true],
  ] as const)('rows of a run %s are never turned (I7)', async (_, environment, settled) => {
    const runKey = await run(environment, { a: 'installed' });
    if (settled) await settle(runKey, 'completed');
    await soak().doubtSoaking({ ...probeOf(runKey), reason: 'too late' });
    expect((await rowsOf(runKey)).map((row) => row.state)).toEqual(['installed', 'installed']);
    expect(await desk.inventory.soaks.probes({ runKey })).toEqual([]);
  });
});
