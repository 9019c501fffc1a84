// Waivers of patches through the API, and what the line then leaves out: requests, tests, plans and sessions (I1, I5, I6).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCycleActivities } from '../../activities/cycle.js';
import { createSessionActivities } from '../../activities/session.js';
import { createStageTestActivities } from '../../activities/stageTest.js';
import { createUrgencyActivities } from '../../activities/urgency.js';
import { needingMachines } from '../../activities/subject.js';
import { createWaiverActivities } from '../../activities/waivers.js';
import type { DueGroupView, DueView, PatchDetail, VmDetail, WaiverView } from '../../api/contract/index.js';
import { openApi, type TestApi } from '../support/api.js';
import { openLine, type Line } from '../support/line.js';
import { knowFleet, machine, planFor } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;
let api: TestApi;
const patchId = 'KB5070883';
const until = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();
/** Production machines of the category that need it. */
let mine: string;
let other: string;
const asked = {
  patchId,
  vm: '',
  until,
  reason: 'the print server breaks with it',
  control: 'the spooler is switched off',
  owner: 'dana@patchline.example',
};
const yes = { verdict: 'approve', justification: 'seen, and bearable for a month' };

beforeAll(async () => {
  line = await openLine({ vms: 24, worker: false, onPostgres: true });
  api = await openApi(line);
  const guests = await line.control<{ name: string; product: string }[]>('guests');
  const like = guests.find((one) => one.name.startsWith('web-prd-') && one.product === 'Windows Server 2019')?.name;
  await line.control('deploy-vm', { like, name: 'web-prd-99' });
  await knowFleet(line);
  await createUrgencyActivities(line.ports).computeDue();
  [mine = '', other = ''] = (await needingMachines(line.ports, patchId, 'web', 'production')).map((vm) => vm.name);
  asked.vm = mine;
}, 120_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

const ask = (change: object = {}, as = 'sam') => api.post('/v1/waivers', { ...asked, ...change }, as);
const decide = (id: string, as: string, body: object = yes) => api.post(`/v1/waivers/${id}/decision`, body, as);
const detailOf = (answer: { body: unknown }) => (answer.body as { detail: string }).detail;
const get = async <T>(path: string) => (await api.get(path, 'kim')).body as T;
const dueOn = async (vm: string) => (await get<DueView[]>(`/v1/due/machines?vm=${vm}&patch=${patchId}`))[0];

describe('what is asked wrongly is told with what to do', () => {
  test.each([
    ['blanks', { reason: ' '.repeat(100) }, 400, 'a reason of at least 10 characters'],
    ['a megabyte', { control: 'x'.repeat(900_000) }, 400, 'control'],
    ['a body that is far too long', { control: 'x'.repeat(1_100_000) }, 413, 'too large'],
    ['a date in the past', { until: '2020-01-01T00:00:00Z' }, 400, 'ended already'],
    ['a date that is none', { until: 'soon' }, 400, 'until'],
    ['longer than policy allows', { until: '2031-01-01T00:00:00Z' }, 400, '180 days'],
    ['an unknown patch', { patchId: 'KB0000001' }, 404, 'patch list'],
    ['an unknown machine', { vm: 'nowhere' }, 404, 'vm list'],
    ['an unknown category', { vm: null, category: 'ships' }, 404, 'policy show'],
    ['both a machine and a category', { category: 'web' }, 400, 'either a machine'],
    ['neither', { vm: null }, 400, 'either a machine'],
    ['an owner whom nobody knows', { owner: 'somebody' }, 400, 'mail address'],
    ['a key that is none', { forever: true }, 400, 'forever'],
  ])('%s', async (_, change, status, words) => {
    const answer = await ask(change);
    expect([answer.status, detailOf(answer)]).toEqual([status, expect.stringContaining(words)]);
    expect(await get('/v1/waivers')).toEqual([]);
  });

  test('by somebody who may not', async () => {
    expect((await ask({}, 'kim')).status).toBe(403);
    expect((await api.post('/v1/waivers', asked)).status).toBe(401);
    expect((await api.get('/v1/waivers/none', 'kim')).status).toBe(404);
    expect((await decide('none', 'riley')).status).toBe(404);
  });

  test('a patch that the machine has', async () => {
    const vm = await machine(line, other);
    const guest = {
      osVersion: '10.0.17763.99999',
      installedKbs: [patchId.slice(2)],
      pendingReboot: false,
      services: [],
      software: [],
      seenAt: new Date().toISOString(),
    };
    const { fleet } = line.store.inventory;
    const demand = await line.store.inventory.patches.demand({});
    await line.store.inventory.patches.replaceDemand(
      demand.filter((row) => row.vmId !== vm.vmId),
      new Date().toISOString(),
    );
    await fleet.saveGuestFacts(vm.vmId, guest);
    const answer = await ask({ vm: other });
    expect([answer.status, detailOf(answer)]).toEqual([400, expect.stringContaining(`${other} has ${patchId}`)]);
    await line.store.inventory.patches.replaceDemand(demand, new Date().toISOString());
  });
});

describe('a machine', () => {
  let waiver: WaiverView;

  test('is waived when another person has approved it, and not before', async () => {
    waiver = (await ask({ reason: '  <script>alert(1)</script> breaks it ' })).body as WaiverView;
    expect(waiver).toMatchObject({ status: 'asked', effect: 'none', reason: '<script>alert(1)</script> breaks it' });
    expect((await ask()).status).toBe(409);
    expect((await dueOn(mine))?.waived).toBeNull();
    expect((await decide(waiver.waiverId, 'kim')).status).toBe(403);
    expect(detailOf(await decide(waiver.waiverId, 'sam'))).toContain('sam asked for it: somebody else decides');
    expect(detailOf(await decide(waiver.waiverId, 'riley', { ...yes, justification: 'ok' }))).toContain(
      'justification',
    );
    expect((await decide(waiver.waiverId, 'riley')).body).toMatchObject({
      status: 'approved',
      effect: 'waived',
      decidedBy: 'riley',
    });
    expect(detailOf(await decide(waiver.waiverId, 'both'))).toContain('is approved');
  });

  test('whoever owns it never approves it', async () => {
    const owned = (await ask({ vm: other, owner: 'RILEY@patchline.example' })).body as WaiverView;
    expect(owned.owner).toBe('riley');
    expect(detailOf(await decide(owned.waiverId, 'riley'))).toContain('owns it');
    expect((await decide(owned.waiverId, 'both', { ...yes, verdict: 'reject' })).body).toMatchObject({
      status: 'rejected',
      effect: 'none',
    });
  });

  test('lacks it by a waiver everywhere, and is missing nowhere', async () => {
    const waived = { waiverId: waiver.waiverId, until, by: 'riley' };
    expect((await dueOn(mine))?.waived).toMatchObject(waived);
    const vm = await get<VmDetail>(`/v1/vms/${mine}`);
    expect([vm.needed.includes(patchId), vm.waived]).toEqual([
      false,
      [expect.objectContaining({ patchId, ...waived })],
    ]);
    expect(vm.waivers).toMatchObject([{ waiverId: waiver.waiverId }]);
    const patch = await get<PatchDetail>(`/v1/patches/${patchId}`);
    expect([patch.waived, patch.waivers.map((one) => one.status).sort()]).toEqual([1, ['approved', 'rejected']]);
    const group = (await get<DueGroupView[]>(`/v1/due?patch=${patchId}&category=web&environment=production`))[0];
    expect(group?.waived).toBe(1);
    const csv = await api.get(
      `/v1/exports?${new URLSearchParams({ list: '/v1/waivers', format: 'csv' }).toString()}`,
      'kim',
    );
    expect(String(csv.body)).toContain('the spooler is switched off');
    expect(await get<WaiverView[]>('/v1/waivers?withinHours=48')).toEqual([]);
    expect(await get<WaiverView[]>(`/v1/waivers?withinHours=800&vm=${mine}`)).toHaveLength(1);
  });

  test('is not asked about', async () => {
    const { vmId } = await machine(line, mine);
    const needing = await needingMachines(line.ports, patchId, 'web', 'production');
    expect(needing.length).toBeGreaterThan(0);
    expect(needing.map((vm) => vm.vmId)).not.toContain(vmId);
  });

  test('is due again when it is revoked, by somebody who may', async () => {
    const path = `/v1/waivers/${waiver.waiverId}/revocation`;
    expect(detailOf(await api.post(path, { reason: 'no' }, 'sam'))).toContain('reason');
    expect((await api.post(path, { reason: 'the vendor mended it' }, 'sam')).body).toMatchObject({ status: 'revoked' });
    expect((await api.post(path, { reason: 'the vendor mended it' }, 'sam')).status).toBe(409);
    expect((await dueOn(mine))?.waived).toBeNull();
    const events = await line.store.inventory.events.events({ patchId });
    const told = events.filter((event) => event.what.includes(mine)).map((one) => `${one.who}: ${one.what}`);
    expect(told).toEqual([
      `sam: ${patchId} for ${mine}: a waiver was asked for`,
      `sam: ${patchId} for ${mine}: decision on a waiver refused: sam lacks the role changeManager; sam asked for it: somebody else decides`,
      `riley: ${patchId} for ${mine}: decision on a waiver refused: a justification of at least 10 characters is required`,
      `riley: ${patchId} for ${mine}: waived until ${until}`,
      `both: ${patchId} for ${mine}: decision on a waiver refused: the waiver is approved: nothing awaits a decision`,
      `sam: ${patchId} for ${mine}: the waiver was revoked`,
    ]);
  });
});

describe('a category', () => {
  let waiver: WaiverView;

  beforeAll(async () => {
    waiver = (await ask({ vm: null, category: 'web' })).body as WaiverView;
    await decide(waiver.waiverId, 'riley');
  });

  test('is neither tested nor asked, in staging or production', async () => {
    expect(await needingMachines(line.ports, patchId, 'web', 'production')).toEqual([]);
    const trials = await createStageTestActivities(line.ports).enrolStaging({ patchId, notifyWorkflowId: 'nobody' });
    expect(trials.map((one) => one.category)).not.toContain('web');
    const vm = await machine(line, 'web-stg-01');
    await expect(planFor(line, vm, [patchId.slice(2)])).resolves.toMatchObject({ status: 'settled', outcome: 'empty' });
    const rows = await line.store.inventory.runs.manifest({ vmId: vm.vmId, patchId });
    expect(rows.map((row) => [row.state, row.reason])).toEqual([
      ['skipped', `waived until ${until}, by riley: the print server breaks with it`],
    ]);
  });

  test('renewed, the new one counts from its own approval on', async () => {
    const later = new Date(Date.parse(until) + 24 * 3_600_000).toISOString();
    const path = `/v1/waivers/${waiver.waiverId}/renewal`;
    const renewed = (await api.post(path, { until: later, reason: 'not mended yet' }, 'sam')).body as WaiverView;
    expect(renewed).toMatchObject({
      status: 'asked',
      renews: waiver.waiverId,
      control: asked.control,
      category: 'web',
    });
    expect(await get<WaiverView>(`/v1/waivers/${waiver.waiverId}`)).toMatchObject({ status: 'approved' });
    expect((await decide(renewed.waiverId, 'riley')).body).toMatchObject({ status: 'approved', until: later });
    expect(await get<WaiverView>(`/v1/waivers/${waiver.waiverId}`)).toMatchObject({ status: 'replaced' });
    await api.post(`/v1/waivers/${renewed.waiverId}/revocation`, { reason: 'the vendor mended it' }, 'riley');
  });

  test('a waiver that came after the plan keeps the session out', async () => {
    const vm = await machine(line, 'web-stg-01');
    const run = await planFor(line, vm, [patchId.slice(2)]);
    const again = (await ask({ vm: 'web-stg-01' })).body as WaiverView;
    await decide(again.waiverId, 'riley');
    const session = { sessionId: `${run.runKey}#${vm.vmId}`, runKey: run.runKey, vmId: vm.vmId, vmName: vm.name };
    const admission = await createSessionActivities(line.ports).admitSession(session);
    expect(admission).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('is waived until')] });
    const rows = await line.store.inventory.runs.manifest({ runKey: run.runKey });
    expect(rows).toMatchObject([{ state: 'skipped', reason: expect.stringContaining('waived until') }]);
  });
});

test('a patch that every machine does without begins no story and is shown as waived', async () => {
  const cycle = createCycleActivities(line.ports);
  const before = await cycle.computeDemand();
  const [resting] = before.needed.filter((one) => one.patchId !== patchId);
  const id = resting?.patchId ?? '';
  const lacking = (await line.store.inventory.patches.demand({ patchId: id })).map((row) => row.vmId);
  const vms = (await line.store.inventory.fleet.vms({ existing: true })).filter((vm) => lacking.includes(vm.vmId));
  for (const category of new Set(vms.map((vm) => vm.category ?? ''))) {
    const made = (await ask({ patchId: id, vm: null, category })).body as WaiverView;
    expect((await decide(made.waiverId, 'riley')).status).toBe(200);
  }
  const after = await cycle.computeDemand();
  expect(lacking.length).toBeGreaterThan(0);
  expect(after.needed.map((one) => one.patchId)).not.toContain(id);
  expect(await line.store.inventory.patches.patch(id)).toMatchObject({ stage: 'waived', needed: lacking.length });
  expect(await get<PatchDetail>(`/v1/patches/${id}`)).toMatchObject({ needed: 0, waived: lacking.length });
});

describe('by itself', () => {
  const days = (count: number) => new Date(Date.now() + count * 24 * 3_600_000).toISOString();
  const on = (day: number) => createWaiverActivities({ ...line.ports, clock: { now: () => days(day) } });
  const told = async (waiverId: string) => {
    const listed = await line.store.inventory.notices.list({ limit: 500 });
    const mine = listed.filter((one) => one.notice.occasion.startsWith(waiverId));
    return mine.map((one) => `${one.recipient}: ${one.notice.subject}`).sort();
  };
  const scope = () => ({ patchId, vm: mine, owner: 'kim' });

  test('it is asked for, reminded of, and over: its owner and those who decide hear of each once', async () => {
    const { waiverId } = (await ask(scope())).body as WaiverView;
    await on(0).attendWaiver({ waiverId });
    await on(0).attendWaiver({ waiverId });
    const about = `${patchId} for ${mine}`;
    const all = ['both', 'kim', 'riley', 'sam'].map((name) => `${name}@patchline.example`);
    const toAll = (subject: string) => all.map((mail) => `${mail}: ${subject}`);
    expect(await told(waiverId)).toEqual(toAll(`Waiver asked for: ${about}`));
    await decide(waiverId, 'riley');
    expect(await on(22).attendWaiver({ waiverId })).toMatchObject({ status: 'approved', reopened: false });
    await on(24).attendWaiver({ waiverId });
    await on(29.5).attendWaiver({ waiverId });
    expect(await on(30).attendWaiver({ waiverId })).toMatchObject({ status: 'expired', reopened: true, nextAt: null });
    expect(await on(31).attendWaiver({ waiverId })).toMatchObject({ status: 'expired' });
    const subjects = [
      `asked for: ${about}`,
      `approved: ${about} until ${until}`,
      `ends in a week: ${about}`,
      `ends in a day: ${about}`,
      `expired: ${about} is due again`,
    ];
    expect(await told(waiverId)).toEqual(subjects.flatMap((words) => toAll(`Waiver ${words}`)).sort());
    expect(await get<WaiverView>(`/v1/waivers/${waiverId}`)).toMatchObject({ endedBy: 'Patchline', effect: 'none' });
  });

  test('unanswered it expires; a second look, and the sweep, find nothing left to do', async () => {
    const { waiverId } = (await ask(scope())).body as WaiverView;
    await on(40).sweepWaivers();
    expect(await get<WaiverView>(`/v1/waivers/${waiverId}`)).toMatchObject({
      status: 'expired',
      decidedBy: null,
      endReason: expect.stringContaining('nobody approved it'),
    });
    expect(await on(41).sweepWaivers()).toEqual({ attended: 0 });
  });

  test('a deadline that moved into a tier of which policy lets nobody waive anything ends it', async () => {
    const { waiverId } = (await ask(scope())).body as WaiverView;
    await decide(waiverId, 'riley');
    const policy = await line.ports.policy.current();
    const [row] = await line.store.inventory.due.rows({ patchIds: [patchId] });
    const forbidding = { ...policy, patchWaivers: { daysMax: 180, forbiddenTiers: [row?.tier ?? ''] } };
    const ports = { ...line.ports, policy: { ...line.ports.policy, current: async () => forbidding } };
    await createWaiverActivities(ports).attendWaiver({ waiverId });
    expect(await get<WaiverView>(`/v1/waivers/${waiverId}`)).toMatchObject({
      status: 'revoked',
      endReason: `policy lets nobody waive what is due in tier ${row?.tier ?? ''}`,
    });
  });
});
