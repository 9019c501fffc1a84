// The inventory from Azure and the guests themselves, over Run Command, by the real workflow; and what the API tells of it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  CategoryView,
  ComparisonView,
  CycleView,
  FactView,
  InventoryView,
  VmDetail,
  VmHistoryView,
  VmSoftwareView,
} from '../../../api/contract/index.js';
import { openApi, type TestApi } from '../../support/api.js';
import { openLine, type Line } from '../../support/line.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 24, onPostgres: true });
  api = await openApi(line);
  await line.control('software', { vm: 'web-prd-01', name: '=cmd|"/c calc"!A1', version: '1\t2' });
  expect(await synchronise()).toMatchObject({ failed: 0 });
}, 180_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

async function synchronise(): Promise<unknown> {
  let view = (await api.post('/v1/inventory/synchronisations', {}, 'kim')).body as CycleView;
  while (view.status === 'RUNNING') {
    await pause(200);
    view = (await api.get(`/v1/inventory/synchronisations/${view.cycleId}`, 'kim')).body as CycleView;
  }
  expect(view.status).toBe('COMPLETED');
  return view.result;
}

const read = async <T>(path: string): Promise<T> => (await api.get(path, 'kim')).body as T;
const machineNamed = async (name: string) =>
  (await read<InventoryView>('/v1/inventory')).machines.find((one) => one.name === name);

test('both environments, apart and side by side, with when they were looked at', async () => {
  const production = await read<InventoryView>('/v1/inventory?environment=production');
  expect(production.machines.every((one) => one.environment === 'production' && one.stale === null)).toBe(true);
  expect(production.collectedAt).not.toBeNull();
  expect(production.machines.find((one) => one.name === 'web-prd-01')?.owner).toBe('web-team@contoso.example');
  const { categories } = await read<ComparisonView>('/v1/inventory/comparison');
  const web = categories.find((one) => one.category === 'web');
  expect(web?.softwareOnlyInProduction).toEqual(['=cmd|"/c calc"!A1']);
  expect(web?.withoutTwin).toEqual({});
});

test('software and administrators of Windows and Linux', async () => {
  const web = await read<VmSoftwareView>('/v1/vms/web-prd-01/software');
  expect(web.software.map((one) => `${one.name} ${one.version}`)).toEqual([
    '=cmd|"/c calc"!A1 1 2',
    'Internet Information Services 10.0',
  ]);
  expect(web.administrators).toContain('Administrator');
  const { machines } = await read<InventoryView>('/v1/inventory');
  const linux = machines.find((one) => one.osName === 'ubuntu');
  const packages = await read<VmSoftwareView>(`/v1/vms/${linux?.name ?? ''}/software`);
  expect(packages.software).toContainEqual(expect.objectContaining({ name: 'openssl', source: 'dpkg' }));
});

test('what others install is out of band; what was there before is not tested here', async () => {
  await line.control('install-outside', { vm: 'web-prd-01', kb: '5068787' });
  await synchronise();
  const { applied, changes } = await read<VmHistoryView>('/v1/vms/web-prd-01/history');
  expect(applied.map((row) => row.source)).toEqual(['before', 'before', 'outOfBand']);
  expect(applied[2]).toMatchObject({ patchId: 'KB5068787', testedAt: null, decidedBy: null });
  expect(changes.map((event) => event.what)).toContain('web-prd-01: KB5068787 was installed out of band');
});

test('why a machine is where it is', async () => {
  const view = await read<CategoryView>('/v1/vms/web-prd-01/category');
  expect(view).toMatchObject({ category: 'web', environment: 'production' });
  expect(view.rules.find((rule) => rule.category === 'app')?.conditions).toContainEqual({
    condition: 'tag category=app',
    met: false,
  });
});

test('a tag and a person that disagree are both shown, and the person’s word counts', async () => {
  const { body } = await api.post('/v1/vms/web-prd-01/facts', { name: 'owner', value: 'lee', reason: 'moved' }, 'both');
  const owner = (body as FactView[]).find((fact) => fact.name === 'owner');
  expect(owner).toMatchObject({ value: 'lee', disagree: true });
  expect(owner?.told.map((one) => one.source)).toEqual(['person', 'tag']);
  const detail = await read<VmDetail>('/v1/vms/web-prd-01');
  expect(detail.facts).toContainEqual(owner);
  expect(detail.twins.length).toBeGreaterThan(0);
  expect(detail.image).toContain('WindowsServer');
});

test('who has access, by role, from the management group down', async () => {
  const { access, administrators } = await read<VmDetail>('/v1/vms/web-prd-01');
  expect(access.map((one) => one.role)).toEqual(['Reader', 'Contributor', 'Virtual Machine Contributor']);
  expect(access.every((one) => one.scope.startsWith('/subscriptions/') || one.role === 'Reader')).toBe(true);
  expect(administrators).toContain('Administrator');
});

test('a security issue by hand, until it is closed', async () => {
  const input = { title: 'An open share', severity: 'high', note: 'found by the yearly review' };
  const made = await api.post('/v1/vms/web-prd-01/security-issues', input, 'both');
  expect((await read<VmDetail>('/v1/vms/web-prd-01')).securityIssues).toEqual([made.body]);
  const { issueId } = made.body as { issueId: string };
  const close = () => api.post(`/v1/security-issues/${issueId}/close`, { outcome: 'closed the share' }, 'both');
  expect((await close()).body).toMatchObject({ closedBy: 'both', outcome: 'closed the share' });
  expect((await close()).status).toBe(404);
  expect((await read<VmDetail>('/v1/vms/web-prd-01')).securityIssues).toEqual([]);
  const wrong = { ...input, cve: 'CVE-none' };
  expect((await api.post('/v1/vms/web-prd-01/security-issues', wrong, 'both')).status).toBe(400);
  const { changes } = await read<VmHistoryView>('/v1/vms/web-prd-01/history');
  expect(changes.map((one) => one.what)).toContain('security issue closed: An open share');
});

describe('a guest that answers badly', () => {
  test.each([
    ['garbage', 'Segmentation fault', 'garbage'],
    ['nothing', '', 'garbage'],
    ['half of the list', page('H4sIAAAA', 2000), 'half'],
    ['a list that does not fit its digest', page('H4sIAAAA', 8), 'digest'],
  ])('%s keeps its old facts, marked', async (_, answer, why) => {
    const before = await read<VmSoftwareView>('/v1/vms/app-prd-01/software');
    await line.control('garbage', { vm: 'app-prd-01', answer });
    expect(await synchronise()).toMatchObject({ failed: 1 });
    const after = await read<VmSoftwareView>('/v1/vms/app-prd-01/software');
    expect(after.software).toEqual(before.software);
    expect(after.stale).toContain(why);
    expect((await machineNamed('app-prd-01'))?.stale).toContain(why);
    await line.control('garbage', { vm: 'app-prd-01', answer: null });
  });

  test('is whole again when it answers', async () => {
    await synchronise();
    expect((await read<VmSoftwareView>('/v1/vms/app-prd-01/software')).stale).toBeNull();
  });
});

function page(data: string, total: number): string {
  return JSON.stringify({ total, offset: 0, sha256: 'a'.repeat(64), data: total > 8 ? '' : data });
}

test('a machine that disappears keeps its history', async () => {
  await line.control('delete-vm', { vm: 'file-prd-01' });
  await synchronise();
  expect(await machineNamed('file-prd-01')).toBeUndefined();
  const { applied, changes } = await read<VmHistoryView>('/v1/vms/file-prd-01/history');
  expect(applied.length).toBeGreaterThan(0);
  expect(changes[0]?.what).toBe('file-prd-01 is gone');
});
