// A gap in staging closed by a twin, through the whole line: shown, proposed, decided by another, built of a restore point, measured, and gone (I1, I6).

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { taskQueue } from '../../adapters/temporal/engine.js';
import type { EquivalenceView, TwinView } from '../../api/contract/index.js';
import { twinSessionId, twinTag, twinWorkflowId } from '../../domain/twin.js';
import type { Guest } from '../../simulator/world.js';
import { openApi, type TestApi } from '../support/api.js';
import { requestsOf } from '../support/journal.js';
import { openLine, type Line } from '../support/line.js';
import { knowFleet } from '../support/session.js';
import { until } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const source = 'sql-prd-01';
const program = 'Microsoft SQL Server 2019';

let line: Line;
let api: TestApi;

beforeAll(async () => {
  line = await openLine({ vms: 24 });
  api = await openApi(line);
  // A release that no staging machine has: whatever the score, none stands for it.
  await line.control('software', { vm: source, name: program, version: '15.0' });
  await knowFleet(line);
  await line.engine.client.workflow.execute('inventorySync', {
    taskQueue,
    workflowId: 'inventory/twins',
    args: [{ offset: 0, asked: 0, failed: 0 }],
  });
}, 200_000);

afterAll(async () => {
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

const equivalence = async () => (await api.get('/v1/categories/sql/equivalence', 'kim')).body as EquivalenceView;
const guests = () => line.control<Guest[]>('guests');
const shown = async (id: string) => (await api.get(`/v1/twins/${id}`, 'kim')).body as TwinView;
const ended = (id: string, ...wanted: TwinView['status'][]) =>
  until(`a twin that is ${wanted.join(' or ')}`, async () => {
    const twin = await shown(id);
    return wanted.includes(twin.status) ? twin : null;
  });
const propose = async (fresh = false) => {
  const made = await api.post('/v1/twins', { vm: source, reason: 'the only one with this release', fresh }, 'sam');
  expect([made.status, made.body]).toEqual([200, expect.objectContaining({ status: 'proposed' })]);
  return made.body as TwinView;
};
const approve = ({ twinId, digest }: TwinView) =>
  api.post(`/v1/twins/${twinId}/decision`, { verdict: 'approve', digest, reason: 'the subnet is closed' }, 'riley');

test('what nothing stands for has a twin that does, once another person has decided', async () => {
  const before = await equivalence();
  expect(before.gaps.flatMap((gap) => gap.remedies)).toContain(`or build a twin: patchline twin propose ${source}`);
  const proposed = await propose();
  // It was never in a session: there is no restore point of it yet.
  expect(proposed.subject).toMatchObject({
    restorePoint: null,
    standsFor: [source],
    resourceGroup: 'rg-twins-staging',
  });
  expect((await approve(proposed)).status).toBe(200);
  const built = await ended(proposed.twinId, 'built', 'failed');
  expect(built).toMatchObject({ status: 'built', standsFor: 1, detail: '' });
  expect(built.score).toBeGreaterThan(0.6);

  const after = await equivalence();
  expect(after.gaps.flatMap((gap) => gap.machines.map((machine) => machine.name))).not.toContain(source);
  expect(after.staging).toContain(built.subject.name);
  const all = await guests();
  const [twin, original] = [built.subject.name, source].map((name) => all.find((guest) => guest.name === name));
  expect(twin).toMatchObject({
    resourceGroup: 'rg-twins-staging',
    build: original?.build,
    services: original?.services,
    software: original?.software,
    tags: { category: 'sql', [twinTag]: built.twinId, 'patchline-twin-of': source },
    made: { subnet: built.subject.subnet },
  });
  expect(twin?.dataDisks).toHaveLength(1);
  // Tags by which others would take it for production stay behind.
  expect(Object.keys(twin?.tags ?? {})).not.toContain('environment');
  const vm = await line.store.inventory.fleet.vm(built.subject.name);
  expect(vm).toMatchObject({ environment: 'staging', category: 'sql', vmId: built.vmId });
  // Nothing was installed on it, and the source was only asked for a restore point.
  const asked = requestsOf(line.simulator.journalFile).filter((one) => one.vm === source);
  expect(asked.map((one) => one.action)).toContain('Microsoft.Compute/restorePointCollections/restorePoints/write');
  expect(
    asked.some((one) => /installPatches|deallocate|delete$/.test(one.action) && !/runCommands/.test(one.action)),
  ).toBe(false);

  const gone = await api.post(`/v1/twins/${built.twinId}/retirement`, { reason: 'tested' }, 'sam');
  expect(gone.status).toBe(200);
  await line.engine.client.workflow.getHandle(twinWorkflowId(built.twinId)).result();
  expect(await shown(built.twinId)).toMatchObject({ status: 'retired', endedAt: expect.any(String) });
  expect((await guests()).map((guest) => guest.name)).not.toContain(built.subject.name);
  expect(await line.store.inventory.fleet.vm(built.subject.name)).toMatchObject({ goneAt: expect.any(String) });
  expect((await equivalence()).staging).not.toContain(built.subject.name);
}, 200_000);

test('of its newest restore point, as it was then; one that cannot be made leaves nothing behind', async () => {
  await line.control('software', { vm: source, name: 'Contoso Miner', version: '1' });
  // Each disk is looked for before it is made: the fourth request makes the second.
  await line.control('fault', { kind: 'operationFailed', action: 'disks', after: 3 });
  const proposed = await propose();
  expect(proposed.subject.restorePoint).not.toBeNull();
  await approve(proposed);
  const { twinId, subject } = await ended(proposed.twinId, 'failed');
  await line.engine.client.workflow.getHandle(twinWorkflowId(twinId)).result();
  const failed = await shown(twinId);
  expect(failed).toMatchObject({ status: 'failed', endedAt: expect.any(String) });
  expect(failed.detail).toContain('InternalOperationError');
  expect((await guests()).map((guest) => guest.name)).not.toContain(subject.name);
  const left = await line.ports.azure.tagsThere(
    {
      azureId: `/subscriptions/${subject.subscriptionId}/resourcegroups/${subject.resourceGroup}/providers/microsoft.compute/virtualmachines/${subject.name}`,
      location: subject.region,
    },
    (failed.disks ?? []).map((disk) => disk.name),
  );
  expect(left).toEqual({ machine: null, disks: [] });

  // A request whose answer was lost is made once more, for the same name.
  await line.control('fault', { kind: 'answerLost', action: 'disks', after: 1 });
  const again = await propose();
  await approve(again);
  const built = await ended(again.twinId, 'built', 'failed');
  expect(built).toMatchObject({ status: 'built', detail: '' });
  const twin = (await guests()).find((guest) => guest.name === built.subject.name);
  expect(twin?.software.map((one) => one.name)).toContain(program);
  expect(twin?.software.map((one) => one.name)).not.toContain('Contoso Miner');
  const operations = await line.store.inventory.operations.operations(twinSessionId(built.twinId));
  expect(operations.map((one) => one.step)).toEqual(['makeDisk0', 'makeDisk1', 'makeMachine', 'assess', 'probe']);
}, 200_000);

test('the rights that it takes are those of the two roles', () => {
  const actions = (file: string) =>
    (JSON.parse(readFileSync(new URL(`../../deploy/azure/${file}`, import.meta.url), 'utf8')) as { Actions: string[] })
      .Actions;
  const used = new Set(requestsOf(line.simulator.journalFile).map((request) => request.action));
  const [usual, twins] = [actions('role.json'), actions('twin-role.json')];
  expect([...used].filter((action) => !usual.includes(action)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    twins.filter((action) => action.startsWith('Microsoft.Compute/')),
  );
});
