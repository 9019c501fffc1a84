// Machines back to their baselines, through the API and the real workflow: by restore point, by reinstallation, and never undecided (I1, I5, I6).

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { ComplianceView, CycleView, RestorationView, VmHistoryView } from '../../../api/contract/index.js';
import { openApi, type TestApi } from '../../support/api.js';
import { openLine, type Line } from '../../support/line.js';
import { knowFleet, machine, planFor, runSession } from '../../support/session.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

const kb = '5070883';
let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 24, onPostgres: true });
  api = await openApi(line);
  await knowFleet(line);
  await line.ports.updateServer?.synchronise();
  await line.ports.updateServer?.approve([kb], 'Staging');
  const golden = await machine(line, 'web-stg-01');
  expect(await runSession(line, await planFor(line, golden, [kb]), golden)).toMatchObject({ outcome: 'installed' });
  await run('/v1/inventory/synchronisations');
  const baseline = { name: 'web', category: 'web', from: ['web-stg-01'], reason: 'the golden one' };
  expect((await api.post('/v1/baselines', baseline, 'riley')).status).toBe(200);
  await api.post('/v1/baselines/web/1/status', { to: 'tested', reason: 'looked' }, 'riley');
  await api.post('/v1/baselines/web/1/status', { to: 'approved', reason: 'looked' }, 'both');
}, 180_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

async function run(path: string): Promise<void> {
  let view = (await api.post(path, {}, 'kim')).body as CycleView;
  while (view.status === 'RUNNING') {
    await pause(200);
    view = (await api.get(`${path}/${view.cycleId}`, 'kim')).body as CycleView;
  }
}

const ask = (body: object, as = 'kim', vm = 'web-stg-01') => api.post(`/v1/vms/${vm}/restorations`, body, as);
const decide = (id: string, body: object, as = 'riley') => api.post(`/v1/restorations/${id}/decision`, body, as);
const yes = (digest: string) => ({
  verdict: 'approve',
  digest,
  justification: 'it drifted, nothing of value is on it',
});

async function ended(id: string): Promise<RestorationView> {
  for (;;) {
    const view = (await api.get(`/v1/restorations/${id}`, 'kim')).body as RestorationView;
    if (view.status !== 'waiting' && view.status !== 'approved') return view;
    await pause(200);
  }
}

test('nothing differs: nothing is restored', async () => {
  const answer = await ask({ way: 'restorePoint', reason: 'to be sure' });
  expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('complies') } });
});

test('a removed patch is installed again through maintenance, after another person decided', async () => {
  await line.control('remove-outside', { vm: 'web-stg-01', kb, build: '10.0.17763.7434' });
  const { vmId } = await machine(line, 'web-stg-01');
  await line.store.inventory.fleet.saveAssessment(vmId, {
    missingKbs: [kb],
    rebootPending: false,
    assessedAt: new Date().toISOString(),
  });
  await run('/v1/inventory/synchronisations');
  const asked = (await ask({ way: 'reinstall', reason: 'somebody removed it' }, 'both')).body as RestorationView;
  expect(asked.subject.differences).toContainEqual(expect.objectContaining({ name: `KB${kb}`, verdict: 'missing' }));
  expect(asked.subject.way).toMatchObject({ kind: 'reinstall', patches: [{ patchId: `KB${kb}`, ring: 'staging' }] });
  const { restorationId: id, digest } = asked;
  expect((await ask({ way: 'reinstall', reason: 'again' })).status).toBe(409);
  expect((await decide(id, yes('0'.repeat(64)))).status).toBe(409);
  expect((await decide(id, yes(digest), 'both')).body).toMatchObject({
    detail: expect.stringContaining('requested it'),
  });
  expect((await decide(id, yes(digest), 'kim')).status).toBe(403);
  expect((await decide(id, yes(digest))).body).toMatchObject({ status: 'approved', decidedBy: 'riley' });
  expect((await decide(id, yes(digest))).status).toBe(409);
  expect(await ended(id)).toMatchObject({ outcome: 'restored', differencesAfter: [] });
}, 120_000);

test('back to a restore point: what came after it goes with it, and the history says so', async () => {
  await line.control('software', { vm: 'web-stg-01', name: 'Contoso Miner', version: '1.0' });
  await run('/v1/inventory/synchronisations');
  const forbidding = {
    name: 'web',
    category: 'web',
    reason: 'no miners',
    content: { systems: { 'Windows Server 2019': null }, forbiddenSoftware: ['Contoso Miner'] },
  };
  await api.post('/v1/baselines', forbidding, 'riley');
  await api.post('/v1/baselines/web/2/status', { to: 'tested', reason: 'looked' }, 'riley');
  await api.post('/v1/baselines/web/2/status', { to: 'approved', reason: 'looked' }, 'both');
  const nothing = await ask({ way: 'reinstall', reason: 'a miner' });
  expect(nothing).toMatchObject({ status: 409, body: { detail: expect.stringContaining('nothing is uninstalled') } });
  const asked = (await ask({ way: 'restorePoint', reason: 'a miner' })).body as RestorationView;
  expect(asked.subject.way).toMatchObject({ kind: 'restorePoint', undoes: [`KB${kb}`] });
  expect((await decide(asked.restorationId, yes(asked.digest))).status).toBe(200);
  expect(await ended(asked.restorationId)).toMatchObject({ outcome: 'restored', differencesAfter: [] });
  const { applied, rollbacks } = (await api.get('/v1/vms/web-stg-01/history', 'kim')).body as VmHistoryView;
  expect(applied.at(-1)).toMatchObject({ patchId: `KB${kb}`, state: 'rolledBack' });
  expect(rollbacks).toContainEqual(expect.objectContaining({ cause: 'restoration' }));
  const [row] = (await api.get('/v1/compliance?vm=web-stg-01', 'kim')).body as ComplianceView[];
  expect(row?.compliant).toBe(true);
}, 120_000);

test('silence and a refusal change nothing', async () => {
  await line.control('software', { vm: 'web-stg-01', name: 'Contoso Miner', version: '1.0' });
  await run('/v1/inventory/synchronisations');
  const asked = (await ask({ way: 'restorePoint', reason: 'a miner' })).body as RestorationView;
  await decide(asked.restorationId, { ...yes(asked.digest), verdict: 'reject' });
  expect(await ended(asked.restorationId)).toMatchObject({ status: 'rejected', outcome: null });
  const late = {
    ...((await ask({ way: 'restorePoint', reason: 'a miner' })).body as RestorationView),
  };
  expect(await line.store.inventory.restorations.expire(late.restorationId, new Date().toISOString())).toMatchObject({
    status: 'expired',
  });
  expect((await decide(late.restorationId, yes(late.digest))).status).toBe(409);
}, 60_000);
