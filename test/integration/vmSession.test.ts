// One machine's session from end to end: the SDK over HTTPS, the engine, the database. What must never happen is looked for in Azure's journal.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openLine, type Line } from '../support/line.js';
import { installsOf } from '../support/journal.js';
import { knowFleet, machine, planFor, runSession } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const set2019 = ['5070883', '5066738'];
const set2022 = ['5070884', '5066743'];
let line: Line;

beforeAll(async () => {
  line = await openLine({ vms: 60 });
  await knowFleet(line);
}, 120_000);

afterAll(async () => {
  await line.close();
  await removeTemporaryFolders();
});

describe('a session', () => {
  test('installs all due patches at once, verifies them by the guest, and is accounted for', async () => {
    const vm = await machine(line, 'web-stg-01');
    const run = await planFor(line, vm, set2019);
    const result = await runSession(line, run, vm);
    expect(result).toMatchObject({ kind: 'settled', outcome: 'installed' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows.map((row) => row.state)).toEqual(['installed', 'installed']);
    const installs = installsOf(line.simulator.journalFile, vm.name);
    expect(installs).toHaveLength(1);
    expect(installs[0]?.kbs?.toSorted()).toEqual(['KB5066738', 'KB5070883']);
    const session = await line.store.inventory.sessions.session(`${run.runKey}#${vm.vmId}`);
    expect(session?.restorePoint).toMatch(/^patchline-/);
  }, 60_000);

  test('returns a sick machine to its restore point', async () => {
    const vm = await machine(line, 'file-stg-02');
    await line.control('bad-patch', { kb: '5066743', software: 'Contoso Print Agent' });
    const run = await planFor(line, vm, set2022);
    const result = await runSession(line, run, vm);
    expect(result).toMatchObject({ kind: 'settled', outcome: 'rolledBack' });
    const guests =
      await line.control<{ name: string; build: string; services: { running: boolean }[]; osDisk: string }[]>('guests');
    const guest = guests.find((one) => one.name === vm.name);
    expect(guest?.build).toBe('10.0.20348.4171');
    expect(guest?.services.every((service) => service.running)).toBe(true);
    expect(guest?.osDisk).toContain('patchline-');
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows.map((row) => row.state)).toEqual(['rolledBack', 'rolledBack']);
  }, 60_000);

  test('quarantines instead of swapping the disk of a domain controller', async () => {
    const vm = await machine(line, 'dc-stg-01');
    await line.control('software', { vm: vm.name, name: 'Old Directory Agent' });
    await line.control('bad-patch', { kb: '5070884', software: 'Old Directory Agent' });
    const run = await planFor(line, vm, ['5070884']);
    const result = await runSession(line, run, vm);
    expect(result).toMatchObject({ kind: 'settled', outcome: 'quarantined' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows[0]).toMatchObject({ state: 'inDoubt' });
    const guest = (await line.control<{ name: string; osDisk: string }[]>('guests')).find(
      (one) => one.name === vm.name,
    );
    expect(guest?.osDisk).not.toContain('patchline-');
  }, 60_000);

  test.each([
    ['the answer is lost', 'answerLost'],
    ['Azure accepts and answers 503', 'unavailableButAccepted'],
    ['Azure throttles', 'throttled'],
    ['Azure fails at once', 'serverError'],
    ['the location header is missing', 'lostLocation'],
  ])(
    'installs once when %s',
    async (_, kind) => {
      const names = ['answerLost', 'unavailableButAccepted', 'throttled', 'serverError', 'lostLocation'];
      const vm = await machine(line, `web-prd-0${names.indexOf(kind) + 1}`);
      const kbs = vm.osName?.includes('2019') ? set2019 : vm.osName?.includes('2022') ? set2022 : ['5070881'];
      const staging = { ...vm, environment: 'staging' as const };
      await line.store.inventory.fleet.saveListed([{ ...staging, seenAt: vm.seenAt }], [], vm.seenAt);
      await line.control('fault', { kind, action: 'installPatches', vm: vm.name, times: 1 });
      const run = await planFor(line, vm, kbs);
      const result = await runSession(line, run, vm);
      expect(result).toMatchObject({ kind: 'settled', outcome: 'installed' });
      expect(installsOf(line.simulator.journalFile, vm.name)).toHaveLength(1);
    },
    90_000,
  );

  test('an installation that Azure fails leaves every patch accounted for', async () => {
    const vm = await machine(line, 'app-stg-01');
    await line.control('fault', { kind: 'operationFailed', action: 'installPatches', vm: vm.name, times: 1 });
    const run = await planFor(line, vm, set2019);
    const result = await runSession(line, run, vm);
    expect(result).toMatchObject({ kind: 'settled', outcome: 'failed' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows.map((row) => row.state)).toEqual(['failed', 'failed']);
  }, 60_000);

  test('what Azure installed and what it did not are told apart', async () => {
    const vm = await machine(line, 'file-stg-01');
    await line.control('fault', { kind: 'partlyFailed', action: 'installPatches', vm: vm.name, times: 1 });
    const run = await planFor(line, vm, set2019);
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'failed' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows.map((row) => row.state).toSorted()).toEqual(['failed', 'installed']);
    expect(rows.find((row) => row.state === 'failed')?.reason).toContain('Azure reported Failed');
  }, 60_000);

  test('an installation that ran out of its window is told as that', async () => {
    const vm = await machine(line, 'sql-stg-03');
    await line.control('fault', { kind: 'windowExceeded', action: 'installPatches', vm: vm.name, times: 1 });
    const run = await planFor(line, vm, ['5070881']);
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'failed' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows[0]).toMatchObject({ state: 'failed' });
    expect(rows[0]?.reason).toContain('window');
  }, 60_000);

  test.each([
    [
      'is deallocated',
      (name: string) => line.control('power', { vm: name, power: 'deallocated' }),
      'the machine is deallocated',
      'app-stg-02',
    ],
    [
      'has a dead agent',
      (name: string) => line.control('agent', { vm: name, ready: false }),
      'the guest agent does not answer',
      'app-stg-03',
    ],
    [
      'was deleted',
      (name: string) => line.control('delete-vm', { vm: name }),
      'the machine could not be read',
      'sql-stg-01',
    ],
  ])(
    'refuses a machine that %s, and says so in its rows',
    async (_, harm, reason, name) => {
      const vm = await machine(line, name);
      const run = await planFor(
        line,
        vm,
        vm.osName?.includes('2019') ? set2019 : vm.osName?.includes('2022') ? set2022 : ['5070881'],
      );
      await harm(name);
      const result = await runSession(line, run, vm);
      expect(result).toMatchObject({ kind: 'refused' });
      const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
      expect(rows.every((row) => row.state === 'skipped' && row.reason?.includes(reason))).toBe(true);
      expect(installsOf(line.simulator.journalFile, name)).toHaveLength(0);
    },
    60_000,
  );

  test('installs nothing while everything is stopped', async () => {
    const vm = await machine(line, 'sql-stg-02');
    const run = await planFor(line, vm, set2022);
    await line.store.inventory.stops.stopAll('sam', 'a drill', new Date().toISOString());
    const result = await runSession(line, run, vm);
    await line.store.inventory.stops.liftStop('sam', 'the drill is over', new Date().toISOString());
    expect(result).toMatchObject({ kind: 'refused' });
    expect(installsOf(line.simulator.journalFile, vm.name)).toHaveLength(0);
  }, 60_000);
});
