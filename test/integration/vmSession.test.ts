// One machine's session from end to end: the SDK over HTTPS, the engine, the database. What must never happen is looked for in Azure's journal.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSoakActivities } from '../../activities/soak.js';
import { createStepActivities } from '../../activities/steps.js';
import type { Run } from '../../domain/run.js';
import { stagingVerdicts } from '../../domain/stageTest.js';
import { carriersOf } from '../../domain/testVerdict.js';
import type { Vm } from '../../domain/vm.js';
import { openLine, quick, type Line } from '../support/line.js';
import { installsOf } from '../support/journal.js';
import { knowFleet, machine, planFor, runSession } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const set2019 = ['5070883', '5066738'];
const set2022 = ['5070884', '5066743'];
const setOf = (vm: Vm) => (vm.osName?.includes('2019') ? set2019 : vm.osName?.includes('2022') ? set2022 : ['5070881']);
let line: Line;

/** Web servers are asked for more than their services. */
const probes = `
probes:
  web:
    ports: [80]
    http: [{ name: home, url: 'http://localhost/', text: OK }]
    newErrors: true
    counters: { processorPointsMax: 50, diskPointsMax: 10 }
    scripts: [{ name: orders, osType: windows, text: 'exit 0' }]
`;

beforeAll(async () => {
  line = await openLine({ vms: 60, policy: (text) => quick(text) + probes });
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
    const steps = await line.store.inventory.operations.operations(`${run.runKey}#${vm.vmId}`);
    expect(steps[0]).toMatchObject({ step: 'probesBefore', result: { listening: [80, 3389], errors: [] } });
    expect(steps.at(-1)).toMatchObject({ step: 'probesAfter', result: { http: [{ name: 'home', status: 200 }] } });
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

describe('a session of a category that asks for more than services', () => {
  const bad = { kb: '5066738', software: 'Shop Front', error: 'ASP.NET 1309' };

  test('returns a machine whose log has new errors, though all its services run, and finds it well again', async () => {
    const vm = await machine(line, 'web-stg-02');
    await line.control('software', { vm: vm.name, name: bad.software });
    await line.control('bad-patch', { ...bad, kb: vm.osName?.includes('2019') ? bad.kb : '5066743' });
    const run = await planFor(line, vm, setOf(vm));
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'rolledBack' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows.map((row) => row.state)).toEqual(['rolledBack', 'rolledBack']);
    expect(rows[0]?.reason).toBe('new errors of ASP.NET 1309 (1×): ASP.NET 1309 since the update');
    const after = await line.store.inventory.operations.operation(`${run.runKey}#${vm.vmId}`, 'probesAfterUnwind');
    expect(after).toMatchObject({ result: { errors: [], listening: [80, 3389] } });
  }, 60_000);

  test('leaves a staging machine in doubt of which nobody knows how it is: its test did not pass', async () => {
    const vm = await machine(line, 'web-stg-03');
    await line.control('probed', { vm: vm.name, scripts: { orders: null } });
    const run = await planFor(line, vm, setOf(vm));
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'inDoubt' });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows[0]).toMatchObject({ state: 'inDoubt' });
    expect(rows[0]?.reason).toContain('nobody knows whether the machine is well: script orders did not end');
    expect(stagingVerdicts(rows).map((one) => one.verdict)).toEqual(rows.map(() => 'inconclusive'));
    // The patch is there for all that: a person can look, and judge.
    expect(carriersOf(rows[0]?.patchId ?? '', rows)).toEqual([vm.vmId]);
  }, 60_000);

  test('is probed again while it soaks: well, then sick, though all its services run', async () => {
    const vm = await machine(line, 'web-stg-01');
    const { runs, soaks } = line.store.inventory;
    const [row] = await runs.manifest({ vmId: vm.vmId, states: ['installed'] });
    const runKey = row?.runKey ?? '';
    const probe = (number: number) =>
      createSoakActivities(line.ports).probeSoaking({ runKey, vmId: vm.vmId, vmName: vm.name, number, isLast: true });
    expect(await probe(1)).toEqual({ kind: 'told' });
    expect((await soaks.probes({ runKey }))[0]).toMatchObject({
      kind: 'healthy',
      facts: { guest: { services: [{ name: 'W3SVC', running: true }] }, probes: { listening: [80, 3389] } },
    });
    await line.control('probed', { vm: vm.name, errors: [{ kind: 'ASP.NET 1309', sample: 'a page is gone' }] });
    expect(await probe(2)).toEqual({ kind: 'told' });
    const rows = await runs.manifest({ runKey, vmId: vm.vmId });
    expect(rows.map((one) => one.state)).toEqual(rows.map(() => 'failed'));
    expect(rows[0]?.reason).toContain('sick while it soaked: new errors of ASP.NET 1309 (1×): a page is gone');
  }, 60_000);

  test('touches nothing where the machine cannot be probed before', async () => {
    const vm = await machine(line, 'web-stg-02');
    await line.control('garbage', { vm: vm.name, answer: 'no' });
    const installsBefore = installsOf(line.simulator.journalFile, vm.name);
    const run = await planFor(line, vm, setOf(vm));
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'refused' });
    const [row] = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(row).toMatchObject({ state: 'skipped' });
    expect(row?.reason).toContain('nothing was touched: its probes did not answer: the guest answered garbage');
    expect(installsOf(line.simulator.journalFile, vm.name)).toEqual(installsBefore);
  }, 60_000);
});

describe('a session whose patch asks for forensic evidence', () => {
  const kev = { cve: 'CVE-2025-59287', name: 'WSUS', addedOn: '2025-10-24', dueOn: '2025-11-14', ransomware: false };
  const patchId = 'KB5070884';
  let vms: Vm[];

  beforeAll(async () => {
    const { risks, fleet } = line.store.inventory;
    const document = { channel: 'kev' as const, document: '2025.10.24', kev: [kev], epss: [], ssvc: [], cvss: [] };
    await risks.save(document, new Date().toISOString());
    vms = (await fleet.vms({ environment: 'production', category: 'app' })).filter((vm) => vm.osName?.includes('2022'));
  });

  /** A production run of one machine, planned and open; what allows it is tested elsewhere. */
  async function production(vm: Vm): Promise<Run> {
    const { runs } = line.store.inventory;
    const now = Date.now();
    const iso = (offset: number) => new Date(now + offset).toISOString();
    const identity = { environment: 'production' as const, category: 'app', ring: 'canary', occurrence: `soon@${now}` };
    const entry = {
      patchId,
      category: 'app',
      digest: 'd',
      decisionId: 'd',
      vmIds: [vm.vmId],
      notifyWorkflowId: 'nobody',
    };
    const times = { planAt: iso(-1000), opensAt: iso(-1000), closesAt: iso(3_600_000) };
    const { run } = await runs.enrol({ ...identity, ...times }, entry, iso(-2000));
    const row = { vmId: vm.vmId, vmName: vm.name, patchId, kb: '5070884', packages: [], wave: 1, position: 0 };
    return runs.plan(run.runKey, () => ({ waves: 1, rows: [row], left: [] }));
  }

  const stepOf = async (vm: Vm) => (await line.store.inventory.forensics.steps({ vmId: vm.vmId }))[0];
  const aMachine = (index: number): Vm => {
    const vm = vms[index];
    if (vm === undefined) throw new Error(`there are only ${vms.length} machines`);
    return vm;
  };

  test('installs nothing where the guest gives none, and says so', async () => {
    const vm = aMachine(0);
    await line.control('garbage', { vm: vm.name, answer: 'no' });
    const run = await production(vm);
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'refused' });
    const [row] = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(row).toMatchObject({ state: 'skipped' });
    expect(row?.reason).toContain(`forensic evidence is missing: ${patchId}: the guest answered garbage`);
    expect(installsOf(line.simulator.journalFile, vm.name)).toEqual([]);
    expect(await stepOf(vm)).toMatchObject({ state: 'open', evidence: null });
  }, 60_000);

  test('takes it first, then the restore point, which is kept, then installs', async () => {
    const vm = aMachine(0);
    await line.control('garbage', { vm: vm.name, answer: null });
    const run = await production(vm);
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'installed' });
    const sessionId = `${run.runKey}#${vm.vmId}`;
    const { sessions, operations, forensics } = line.store.inventory;
    const step = await stepOf(vm);
    expect(step).toMatchObject({ state: 'done', scripts: ['forensics/1'], sessionId, doneBy: sessionId });
    expect(step?.because).toBe(`known exploited: ${kev.cve}`);
    const session = await sessions.session(sessionId);
    expect(step?.keptRestorePoint).toBe(session?.restorePoint);
    const evidence = await forensics.evidence(step?.evidence ?? '');
    expect(evidence?.content).toContain(`== forensics/1 of ${vm.name}\ntaken\t${vm.name}\nprocess\t`);
    expect(line.ports.digests.sha256(evidence?.content ?? '')).toBe(step?.evidence);
    const restorePoint = await operations.operation(sessionId, 'restorePoint');
    expect(Date.parse(evidence?.takenAt ?? '')).toBeLessThan(Date.parse(restorePoint?.intendedAt ?? ''));
  }, 60_000);

  test('goes on without it by a waiver', async () => {
    const vm = aMachine(1);
    const { forensics } = line.store.inventory;
    await forensics.reconcile(patchId, [{ vmId: vm.vmId, because: 'known exploited' }], new Date().toISOString());
    const waiver = { by: 'riley', reason: 'it is rebuilt today', at: new Date().toISOString() };
    await forensics.waive(patchId, vm.vmId, waiver, () => []);
    const run = await production(vm);
    expect(await runSession(line, run, vm)).toMatchObject({ kind: 'settled', outcome: 'installed' });
    expect(await stepOf(vm)).toMatchObject({ state: 'waived', evidence: null, keptRestorePoint: null });
  }, 60_000);

  test('is refused by the installation itself, whatever way led there', async () => {
    const vm = aMachine(2);
    const run = await production(vm);
    const steps = createStepActivities(line.ports);
    const done = await steps.performStep({
      sessionId: `${run.runKey}#${vm.vmId}`,
      runKey: run.runKey,
      vmId: vm.vmId,
      step: 'install',
    });
    expect(done).toMatchObject({ kind: 'failed', untouched: true });
    expect(done.kind === 'failed' ? done.message : '').toContain('forensic evidence is missing');
    expect(installsOf(line.simulator.journalFile, vm.name)).toEqual([]);
  });
});
