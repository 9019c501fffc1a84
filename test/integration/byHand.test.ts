// What reaches machines past the line: patches that people install, definitions that the platform installs; and a fix that its vendor moves.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { createChannelActivities } from '../../activities/channels.js';
import { createCycleActivities } from '../../activities/cycle.js';
import { createInventoryActivities } from '../../activities/inventory.js';
import { createNewsActivities } from '../../activities/news.js';
import { createNotifyActivities } from '../../activities/notify.js';
import { createStepActivities } from '../../activities/steps.js';
import type {
  AttachmentView,
  ByHandView,
  DefinitionView,
  PatchDetail,
  VmHistoryView,
} from '../../api/contract/index.js';
import { openDocuments } from '../../simulator/documents.js';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, type Line } from '../support/line.js';
import { knowFleet, machine } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 24, worker: false });
  api = await openApi(line);
  await knowFleet(line);
}, 120_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

const computeDemand = async () =>
  (await createCycleActivities(line.ports).computeDemand()).needed.map((one) => one.patchId);
const ask = async (name: string) =>
  createInventoryActivities(line.ports).askGuest({ vmId: (await machine(line, name)).vmId });

/** The activity says when to come again, as the engine would. */
async function assess(name: string): Promise<void> {
  const { vmId } = await machine(line, name);
  const activities = createStepActivities(line.ports);
  for (let tries = 0; tries < 200; tries += 1) {
    const done = await activities
      .performStep({ sessionId: `assess/${name}`, runKey: null, vmId, step: 'assess' })
      .catch(() => null);
    if (done !== null) return expect(done).toEqual({ kind: 'succeeded' });
    await pause(50);
  }
  throw new Error(`${name} was never assessed`);
}

describe('a patch of a vendor who only sends mail', () => {
  const entry = {
    patchId: 'MANUAL-2026-001',
    title: 'Contoso Orders: orders of others can be read',
    vendor: 'Contoso',
    severity: 'critical',
    cves: ['CVE-2026-0001'],
    software: [{ name: 'Contoso Orders*', fixedVersion: '7.2.10' }],
    restart: 'no',
    instructions: 'Stop the service, run setup.exe /update, start the service.',
    url: 'https://contoso.example/advisories/1',
  };
  const show = async () => (await api.get('/v1/patches/MANUAL-2026-001', 'kim')).body as PatchDetail;
  const machines = async () =>
    Object.fromEntries(((await show()).byHand as ByHandView).machines.map((one) => [one.vmName, one.need]));

  test.each([
    ['nobody', undefined, entry, 401],
    ['somebody without the role', 'kim', entry, 403],
    ['a number of another vendor', 'sam', { ...entry, patchId: 'KB5070884' }, 400],
    ['an id that is a path', 'sam', { ...entry, patchId: '../MANUAL' }, 400],
    ['software that is everything', 'sam', { ...entry, software: [{ name: '*', fixedVersion: '1' }] }, 400],
    ['a version that is none', 'sam', { ...entry, software: [{ name: 'x', fixedVersion: '7.2-beta' }] }, 400],
    ['no software', 'sam', { ...entry, software: [] }, 400],
    ['a CVE that is none', 'sam', { ...entry, cves: ['CWE-79'] }, 400],
    ['a link that is a script', 'sam', { ...entry, url: 'javascript:alert(1)' }, 400],
    ['an unknown key', 'sam', { ...entry, approve: true }, 400],
  ])('%s is refused', async (_, as, body, status) => {
    expect((await api.post('/v1/patches/manual', body, as)).status).toBe(status);
  });

  test('is entered; which machines need it is told by their software, and unknown where nobody asked', async () => {
    await ask('app-prd-01');
    await line.control('software', { vm: 'web-prd-01', name: 'Contoso Orders (x64)', version: '7.3' });
    await ask('web-prd-01');
    expect((await api.post('/v1/patches/manual', entry, 'sam')).status).toBe(200);
    expect(await machines()).toMatchObject({ 'app-prd-01': 'needed', 'web-prd-01': 'fixed', 'file-prd-01': 'unknown' });
    expect((await api.post('/v1/patches/manual', entry, 'sam')).status).toBe(200);
    expect((await show()).revisions).toEqual([]);
    const changed = { ...entry, software: [{ name: 'Contoso Orders*', fixedVersion: '7.2.11' }] };
    await api.post('/v1/patches/manual', changed, 'sam');
    expect((await show()).revisions).toMatchObject([
      { changes: ['build for Contoso Orders*: 7.2.10 → 7.2.11'], weight: 'content', revision: '2' },
    ]);
  });

  test('is needed like any other, announced, and never gets further than people', async () => {
    expect(await computeDemand()).toContain('MANUAL-2026-001');
    const notified = await createNotifyActivities(line.ports).notifyPatch({ patchId: 'MANUAL-2026-001' });
    expect(notified.byHand).toEqual({ machines: 1 });
    const demand = await line.store.inventory.patches.demand({ patchId: 'MANUAL-2026-001' });
    expect(demand.map((row) => row.reason)).toEqual(['Contoso Orders 7.2 is below 7.2.11']);
  });

  test('its mail and papers are kept as they came, and given out as files that nothing runs', async () => {
    const url = `${api.url}/v1/patches/MANUAL-2026-001/attachments`;
    const send = (name: string, bytes: Uint8Array<ArrayBuffer>, as = 'sam', type = 'application/octet-stream') =>
      fetch(`${url}?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers: { authorization: `Bearer token-of-${as}`, 'content-type': type },
        body: bytes,
      });
    const mail = new TextEncoder().encode('Subject: <script>alert(1)</script>\r\n\r\nUpdate now.\u0000');
    expect((await send('mail.eml', mail, 'kim')).status).toBe(403);
    expect((await send('mail.eml', mail, 'sam', 'text/html')).status).toBe(415);
    expect((await send('mail.eml', new Uint8Array(10 * 1024 * 1024 + 1))).status).toBe(413);
    const kept = (await (await send('..\\..\\evil";\r\nx: y.html', mail)).json()) as AttachmentView;
    expect(kept.name).toBe('evil_;__x_ y.html');
    const large = await send('letter.pdf', new Uint8Array(10 * 1024 * 1024));
    expect(large.status).toBe(200);
    const answer = await fetch(`${url}/${kept.sha256}`, { headers: { authorization: 'Bearer token-of-kim' } });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(mail);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="evil____x_ y.html"; filename*=UTF-8''evil_%3B__x_%20y.html`,
      'x-content-type-options': 'nosniff',
    });
    expect(
      (await fetch(`${url}/${'0'.repeat(64)}`, { headers: { authorization: 'Bearer token-of-kim' } })).status,
    ).toBe(404);
    expect((await show()).byHand?.attachments.map((one) => one.name)).toEqual(['evil_;__x_ y.html', 'letter.pdf']);
  });

  test('is done by a person’s word until the guest shows otherwise, and closed by its evidence', async () => {
    const done = { vms: ['app-prd-01'], evidence: 'ticket 4711: setup.exe ran' };
    const path = '/v1/patches/MANUAL-2026-001/done-by-hand';
    expect((await api.post(path, done, 'kim')).status).toBe(403);
    expect((await api.post(path, { ...done, vms: ['nowhere'] }, 'sam')).status).toBe(404);
    expect((await api.post('/v1/patches/KB5070884/done-by-hand', done, 'sam')).status).toBe(409);
    expect((await api.post(path, done, 'sam')).status).toBe(200);
    expect(await machines()).toMatchObject({ 'app-prd-01': 'doneByHand' });
    expect(await computeDemand()).not.toContain('MANUAL-2026-001');
    const history = (await api.get('/v1/vms/app-prd-01/history', 'kim')).body as VmHistoryView;
    expect(history.applied).toMatchObject([
      expect.anything(),
      expect.anything(),
      { patchId: 'MANUAL-2026-001', source: 'byHand', reason: 'by sam: ticket 4711: setup.exe ran' },
    ]);
    await ask('app-prd-01');
    expect(await machines()).toMatchObject({ 'app-prd-01': 'needed' });
    expect(await computeDemand()).toContain('MANUAL-2026-001');
    await line.control('software', { vm: 'app-prd-01', name: 'Contoso Orders', version: '7.2.11' });
    await ask('app-prd-01');
    await line.store.inventory.patches.setStage('MANUAL-2026-001', 'byHand', '1 machine needs it');
    expect(await computeDemand()).not.toContain('MANUAL-2026-001');
    const activities = createNewsActivities(line.ports);
    await activities.reviewPatches();
    // Machines whose guests were never asked may have it: nobody knows.
    expect((await show()).stage).toBe('byHand');
    for (const { name } of await line.store.inventory.fleet.vms({ existing: true })) {
      if (name.startsWith('app-')) await line.control('software', { vm: name, name: 'Contoso Orders', version: '8.0' });
      await ask(name);
    }
    await activities.reviewPatches();
    expect(await show()).toMatchObject({ stage: 'verified', stageDetail: expect.stringContaining('machines show it') });
  }, 60_000);
});

test('definition updates are counted and shown, and never become a patch, a need or a request', async () => {
  const updatedAt = new Date(Date.now() - 100 * 3_600_000).toISOString();
  await line.control('definitions', { vm: 'web-prd-01', version: '1.439.12.0', updatedAt, offered: true });
  await Promise.all([assess('web-prd-01'), ask('web-prd-01')]);
  const { assessment } = await machine(line, 'web-prd-01');
  expect(assessment?.missingKbs.length).toBeGreaterThan(0);
  expect(assessment?.missingKbs).not.toContain('2267602');
  expect(await computeDemand()).not.toContain('KB2267602');
  expect(JSON.stringify((await api.get('/v1/reports/unknown-needs', 'kim')).body)).not.toContain('2267602');
  const late = (await api.get('/v1/definitions?verdict=late', 'kim')).body as DefinitionView[];
  expect(late).toMatchObject([
    {
      vmName: 'web-prd-01',
      version: '1.439.12.0',
      updatedAt,
      reason: expect.stringContaining('72 are allowed'),
      offered: [expect.stringContaining('KB2267602')],
    },
  ]);
  const unknown = (await api.get('/v1/definitions?verdict=unknown', 'kim')).body as DefinitionView[];
  expect(unknown.map((one) => one.vmName)).toContain('file-prd-01');
});

describe('a fix that its vendor moves to another KB', () => {
  const now = openDocuments(null).text('2025-Oct') ?? '';
  const moved = [
    ['5070883', '10.0.17763.7922', '5066586', '10.0.17763.7919'],
    ['5070884', '10.0.20348.4297', '5066782', '10.0.20348.4294'],
    ['5070881', '10.0.26100.6905', '5066835', '10.0.26100.6899'],
  ] as const;

  /** As it was on 14 October: the first KBs fixed CVE-2025-59287, before the out-of-band ones took their place. */
  function before(): string {
    let text = now;
    for (const [kb, build, old, oldBuild] of moved) text = text.replaceAll(kb, old).replaceAll(build, oldBuild);
    return text;
  }

  test('reopens the machines that have the first one, and tells whom they concern', async () => {
    const fresh = await openLine({ vms: 12, worker: false });
    try {
      const activities = { ...createCycleActivities(fresh.ports), ...createChannelActivities(fresh.ports) };
      await fresh.control('feed', { id: '2025-Oct', text: before() });
      await activities.syncChannel({ month: '2025-Oct' });
      await activities.syncInventory();
      const vms = await fresh.store.inventory.fleet.vms({ existing: true });
      const patched = vms.find((vm) => vm.name === 'web-prd-01');
      const [, , old, build] =
        moved.find(([, fixed]) => fixed.split('.')[2] === patched?.osVersion?.split('.')[2]) ?? moved[0];
      const guest = {
        installedKbs: [old],
        pendingReboot: false,
        services: [],
        software: [],
        seenAt: new Date().toISOString(),
      };
      await fresh.store.inventory.fleet.saveGuestFacts(patched?.vmId ?? '', { ...guest, osVersion: build });
      await activities.computeDemand();
      const needs = async () => fresh.store.inventory.patches.demand({ vmId: patched?.vmId ?? '' });
      expect((await needs()).map((row) => row.patchId)).not.toContain(`KB${old}`);
      expect(await createNewsActivities(fresh.ports).reviewPatches()).toMatchObject({ revised: false });

      await fresh.control('feed', { id: '2025-Oct', text: now });
      expect((await activities.syncChannel({ month: '2025-Oct' })).revised).toBe(3);
      await activities.computeDemand();
      const successor = moved.find((one) => one[2] === old)?.[0] ?? '';
      expect((await needs()).map((row) => row.patchId)).toContain(`KB${successor}`);
      expect(await createNewsActivities(fresh.ports).reviewPatches()).toMatchObject({ revised: true });
      const told = (await fresh.store.inventory.notices.list({ limit: 100 })).find(
        ({ notice }) => notice.subject === `KB${old} was revised by its vendor`,
      );
      const { lines } = (await fresh.store.inventory.notices.notice(told?.noticeId ?? '')) ?? { lines: [] };
      expect(lines.join('\n')).toContain(`CVE-2025-59287: fixed by KB${successor} in place of KB${old}.`);
      expect(lines.join('\n')).toContain(`1 machines that have KB${old} need KB${successor}: web-prd-01.`);
      expect(await createNewsActivities(fresh.ports).reviewPatches()).toMatchObject({ revised: false });
    } finally {
      await fresh.close();
    }
  }, 60_000);
});
