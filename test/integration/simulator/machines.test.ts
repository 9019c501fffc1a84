// What happens to simulated machines: bad patches, dead agents, restore points and disks, run commands.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Guest } from '../../../simulator/world.js';
import { installsOf } from '../../support/journal.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import {
  addressIn,
  ended,
  errorIn,
  install2019,
  install2022,
  openWire,
  outputOf,
  post,
  slowly,
  version,
  type Answer,
  type Wire,
} from './wire.js';

let wire: Wire;

beforeAll(async () => {
  wire = await openWire();
});

afterAll(async () => {
  await wire.close();
  await removeTemporaryFolders();
});

async function put(path: string, body: unknown): Promise<Answer> {
  return wire.ask('PUT', `${path}?${version}`, body);
}

async function get(path: string, expand?: string): Promise<Answer> {
  return wire.ask('GET', `${path}?${version}${expand === undefined ? '' : `&%24expand=${expand}`}`);
}

function inGroupOf(guest: Guest, rest: string): string {
  return `${guest.id.slice(0, guest.id.indexOf('/virtualmachines/'))}/${rest}`;
}

function runningServices({ services }: Guest): string[] {
  return services.filter((service) => service.running).map((service) => service.name);
}

describe('a bad patch', () => {
  const framework = { rebootSetting: 'IfRequired', windowsParameters: { kbNumbersToInclude: ['KB5066738'] } };

  test('takes the service of those who have its software, and of nobody else', async () => {
    await wire.control('bad-patch', { kb: '5066738', software: 'Contoso Print Agent' });
    for (const name of ['file-stg-01', 'app-stg-01']) {
      const poll = await ended(wire, await post(wire, name, 'installPatches', framework));
      // To Azure all is well: only a probe tells.
      expect(outputOf(poll)).toMatchObject({ status: 'Succeeded', installedPatchCount: 1 });
    }
    expect(runningServices(await wire.guest('file-stg-01'))).toEqual(['WinDefend']);
    expect(runningServices(await wire.guest('app-stg-01'))).toEqual(['ContosoApp', 'WinDefend']);
  });

  test('that is mended harms nobody', async () => {
    await wire.control('bad-patch', { kb: '5066738', software: null });
    await ended(wire, await post(wire, 'file-prd-01', 'installPatches', framework));
    expect(runningServices(await wire.guest('file-prd-01'))).toEqual(['LanmanServer', 'WinDefend']);
  });

  test('is undone by the disk of a restore point, once the machine is deallocated', async () => {
    const before = await wire.guest('sql-stg-01');
    await wire.control('bad-patch', { kb: '5070883', software: 'Microsoft SQL Server 2022', service: 'MSSQLSERVER' });
    const collection = inGroupOf(before, 'restorePointCollections/Before-Patching');
    const made = await put(collection, { location: before.location, properties: { source: { id: before.id } } });
    expect(made).toMatchObject({ status: 201, json: { name: 'Before-Patching' } });
    const point = await put(`${collection}/restorePoints/First`, { properties: {} });
    expect(point).toMatchObject({ status: 201, json: { properties: { provisioningState: 'Creating' } } });
    expect((await ended(wire, point)).json['status']).toBe('Succeeded');

    await ended(wire, await post(wire, before.name, 'installPatches', install2019));
    expect(runningServices(await wire.guest(before.name))).not.toContain('MSSQLSERVER');

    const held = await get(`${collection}/restorePoints/First`);
    const source = osDiskIn(held).diskRestorePoint.id;
    const disk = inGroupOf(before, 'disks/Restored');
    const creationData = { createOption: 'Restore', sourceResourceId: source };
    const copying = await slowly(wire, () => put(disk, { location: before.location, properties: { creationData } }));
    expect(copying).toMatchObject({ status: 202, json: { properties: { provisioningState: 'Updating' } } });
    expect((await get(disk)).status).toBe(404);
    await ended(wire, copying);
    expect((await get(disk)).json).toMatchObject({ name: 'Restored', properties: { diskState: 'Unattached' } });

    const swap = { properties: { storageProfile: { osDisk: { name: 'Restored', managedDisk: { id: disk } } } } };
    const path = `${before.id}?${version}`;
    const refused = await wire.ask('PATCH', path, swap);
    expect([refused.status, errorIn(refused).code]).toEqual([409, 'OperationNotAllowed']);
    expect(errorIn(refused).message).toMatch(/since the VM is not deallocated\.$/);
    await ended(wire, await post(wire, before.name, 'deallocate'));
    const restart = await post(wire, before.name, 'restart');
    expect(errorIn(restart).message).toMatch(/either deallocated or marked to be deallocated\.$/);
    const swapped = await wire.ask('PATCH', path, swap);
    expect(swapped).toMatchObject({ status: 200, json: { properties: { provisioningState: 'Updating' } } });
    // The result of such a write is read at the machine: there is no second address.
    expect(swapped.headers).not.toHaveProperty('location');
    await ended(wire, swapped);
    await ended(wire, await post(wire, before.name, 'start'));

    const after = await wire.guest(before.name);
    expect(after.osDisk).toBe(disk.toLowerCase());
    const { installation, osDisk, ...rest } = before;
    expect(after).toMatchObject(rest);
    expect((await get(disk)).json).toMatchObject({ properties: { diskState: 'Attached' } });
    // The restore point goes on naming the disk that it was made of.
    const later = osDiskIn(await get(`${collection}/restorePoints/First`));
    expect(later.managedDisk.id.toLowerCase()).toBe(osDisk);
    expect(later.diskRestorePoint.id).toBe(source);
    expect(installation).toBeNull();
  });
});

function osDiskIn({ json }: Answer): { managedDisk: { id: string }; diskRestorePoint: { id: string } } {
  const { sourceMetadata } = json['properties'] as {
    sourceMetadata: { storageProfile: { osDisk: { managedDisk: { id: string }; diskRestorePoint: { id: string } } } };
  };
  return sourceMetadata.storageProfile.osDisk;
}

describe('restore points and disks', () => {
  test('one machine keeps two busy: neither a point during an installation nor an installation during a point', async () => {
    const guest = await wire.guest('app-stg-02');
    const collection = inGroupOf(guest, 'restorePointCollections/busy');
    await put(collection, { location: guest.location, properties: { source: { id: guest.id } } });
    await wire.control('slow', { factor: 4 });
    const accepted = await post(wire, guest.name, 'installPatches', install2022);
    await wire.control('slow', { factor: 1 });
    expect((await put(`${collection}/restorePoints/one`, {})).status).toBe(409);
    await ended(wire, accepted);
    const point = await slowly(wire, () => put(`${collection}/restorePoints/one`, {}));
    expect((await post(wire, guest.name, 'installPatches', install2022)).status).toBe(409);
    await ended(wire, point);
    expect((await put(`${collection}/restorePoints/one`, {})).status).toBe(200);
    expect(installsOf(wire.simulator.journalFile, guest.name)).toHaveLength(1);
  });

  test('a disk comes from a finished restore point only, and a machine takes no disk of another', async () => {
    const guest = await wire.guest('dc-stg-01');
    const other = await wire.guest('dc-prd-01');
    const disk = inGroupOf(guest, 'disks/from-nothing');
    const properties = { creationData: { createOption: 'Restore', sourceResourceId: `${guest.id}/gone` } };
    expect((await put(disk, { properties })).status).toBe(404);
    const copy = await put(disk, { properties: { creationData: { createOption: 'Copy' } } });
    expect([copy.status, errorIn(copy).target]).toEqual([400, 'creationData.createOption']);

    await ended(wire, await post(wire, guest.name, 'deallocate'));
    const swap = { properties: { storageProfile: { osDisk: { managedDisk: { id: other.osDisk } } } } };
    const refused = await wire.ask('PATCH', `${guest.id}?${version}`, swap);
    expect([refused.status, errorIn(refused).code]).toEqual([409, 'ConflictingUserInput']);
  });

  test('a collection needs its machine', async () => {
    const guest = await wire.guest('dc-prd-01');
    const path = inGroupOf(guest, 'restorePointCollections/orphan');
    expect((await put(path, { properties: { source: { id: `${guest.id}-gone` } } })).status).toBe(404);
    expect((await get(path)).status).toBe(404);
  });
});

describe('a dead agent', () => {
  const recording = sharedPath('azure', 'recordings', 'errors.json');

  test('is noticed only long after the installation was accepted', async () => {
    await wire.control('agent', { vm: 'web-prd-01', ready: false });
    const { id } = await wire.guest('web-prd-01');
    const view = (await get(`${id}/instanceView`)).json as { vmAgent: { statuses: unknown[] } };
    expect(view.vmAgent.statuses).toMatchObject([
      { code: 'ProvisioningState/Unavailable', displayStatus: 'Not Ready', level: 'Warning' },
    ]);
    const accepted = await post(wire, 'web-prd-01', 'installPatches', install2022);
    expect(accepted.status).toBe(202);
    const poll = await ended(wire, accepted);
    expect(poll).toMatchObject({ status: 200, json: { status: 'Failed' } });
    expect(errorIn(poll).code).toBe('VMAgentStatusCommunicationError');
    const took = Date.parse(String(poll.json['endTime'])) - Date.parse(String(poll.json['startTime']));
    expect(took).toBeGreaterThanOrEqual((25 * 60_000) / 3000);
    const result = await wire.ask('GET', addressIn(accepted, 'location'));
    expect([result.status, errorIn(result)]).toEqual([409, errorIn(poll)]);
    const guest = await wire.guest('web-prd-01');
    expect(guest).toMatchObject({ installation: { status: 'Failed', installed: 0 }, installedKbs: [] });
  });

  testWith(recording)('fails in the words of the real one', async () => {
    const { samples } = JSON.parse(readFileSync(recording, 'utf8')) as { samples: { body?: Answer['json'] }[] };
    const isAgent = ({ body }: { body?: Answer['json'] }): boolean =>
      (body?.['error'] as { code?: string } | undefined)?.code === 'VMAgentStatusCommunicationError';
    const real = samples.find(isAgent)?.body ?? {};
    await wire.control('agent', { vm: 'web-prd-02', ready: false });
    const poll = await ended(wire, await post(wire, 'web-prd-02', 'assessPatches'));
    expect(Object.keys(poll.json)).toEqual(Object.keys(real));
    const { code, message } = real['error'] as { code: string; message: string };
    expect(errorIn(poll)).toEqual({ code, message: message.replace('xplattestvm29', 'web-prd-02') });
  });
});

describe('a run command', () => {
  const facts = {
    properties: {
      source: { script: '# patchline-verb: guest-facts/1\n"the rest"' },
      parameters: [{ name: 'services', value: 'w3svc' }],
    },
  };

  async function viewOf(path: string): Promise<Record<string, unknown>> {
    const { json } = await get(path, 'instanceView');
    return (json['properties'] as { instanceView: Record<string, unknown> }).instanceView;
  }

  test('is accepted, runs, and leaves what it printed in its instance view', async () => {
    const { id, location } = await wire.guest('web-stg-01');
    const path = `${id}/runCommands/Facts-1`;
    const accepted = await put(path, { location, ...facts });
    expect(accepted).toMatchObject({ status: 201, json: { name: 'Facts-1', location } });
    expect(addressIn(accepted, 'azure-asyncoperation')).toContain('/operations/');
    expect((await ended(wire, accepted)).json['status']).toBe('Succeeded');
    const view = await viewOf(path);
    expect(view).toMatchObject({ executionState: 'Succeeded', exitCode: 0, error: '' });
    expect(JSON.parse(String(view['output']))).toMatchObject({
      osVersion: '10.0.17763.7792',
      services: [{ name: 'W3SVC', running: true }],
    });
    expect((await get(path)).json['properties']).not.toHaveProperty('instanceView');

    // The same again is there already: nothing runs.
    const again = await put(path, { location, ...facts });
    expect(again.status).toBe(200);
    expect(again.headers).not.toHaveProperty('azure-asyncoperation');
  });

  test('that fails was delivered all the same', async () => {
    const { id, location } = await wire.guest('web-stg-02');
    const path = `${id}/runCommands/unknown`;
    const command = { location, properties: { source: { script: 'Get-Unknown' } } };
    const accepted = await slowly(wire, () => put(path, command));
    expect(await viewOf(path)).toMatchObject({ executionState: 'Running' });
    expect((await ended(wire, accepted)).json['status']).toBe('Succeeded');
    expect(await viewOf(path)).toMatchObject({ executionState: 'Failed', exitCode: 1, output: '' });
  });

  test('can be deleted once, and is gone', async () => {
    const { id, location } = await wire.guest('app-prd-01');
    const path = `${id}/runCommands/short`;
    await ended(wire, await put(path, { location, ...facts }));
    expect((await wire.ask('DELETE', `${path}?${version}`)).status).toBe(200);
    expect((await wire.ask('DELETE', `${path}?${version}`)).status).toBe(204);
    expect((await get(path)).status).toBe(404);
  });

  test('needs a script and a running machine', async () => {
    const { id } = await wire.guest('web-prd-03');
    const path = `${id}/runCommands/none`;
    expect((await put(path, { properties: {} })).status).toBe(400);
    await wire.control('power', { vm: 'web-prd-03', power: 'deallocated' });
    const refused = await put(path, facts);
    expect(refused.status).toBe(409);
    expect(errorIn(refused).message).toBe('Cannot modify extensions in the VM when the VM is not running.');
  });
});
