// The simulated Azure's answers against Microsoft's own specification, and Microsoft's own examples against the same check.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { differencesFrom } from '../../support/openapi.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { authorization, openWire, type Wire } from './wire.js';

const specification = sharedPath(
  'azure',
  'openapi',
  'specification',
  'compute',
  'resource-manager',
  'Microsoft.Compute',
);
const compute = `${specification}/ComputeRP/stable/2024-07-01`;
const machines = `${compute}/virtualMachine.json`;
const has = testWith(machines);
const staging =
  '/subscriptions/5e1d0c1a-0003-4000-8000-000000000003/resourceGroups/rg-web-staging/providers/Microsoft.Compute';
const vm = `${staging}/virtualMachines/web-stg-01`;
const disksOf = `${specification}/DiskRP/stable/2024-03-02/disk.json`;
interface PointBody {
  properties: {
    sourceMetadata: {
      storageProfile: {
        osDisk: { diskRestorePoint: { id: string } };
        dataDisks: { diskRestorePoint: { id: string } }[];
      };
    };
  };
}
/** Real traffic has the one, and newer sizes than the specification of 2024-07-01 lists. */
const undocumented = [/\.maintenanceRunId is unknown$/, /hardwareProfile\.vmSize: .* is none of/];

let wire: Wire;

beforeAll(async () => {
  wire = await openWire({ speed: 6000 });
});

afterAll(async () => {
  await wire.close();
  await removeTemporaryFolders();
});

async function call(method: string, target: string, body?: unknown) {
  const { status, headers, text, json } = await wire.ask(method, target, body, {
    ...authorization,
    'content-type': 'application/json',
  });
  return { status, headers, body: text === '' ? null : (json as unknown) };
}

/** Follows a long operation to its end; its output. */
async function finish(answer: Awaited<ReturnType<typeof call>>): Promise<unknown> {
  const url = String(answer.headers['azure-asyncoperation']);
  for (;;) {
    const { body } = await call('GET', url);
    const { status, properties } = body as { status: string; properties?: { output: unknown } };
    if (status !== 'InProgress') return properties?.output ?? status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function unexpected(differences: string[]): string[] {
  return differences.filter((one) => !undocumented.some((known) => known.test(one)));
}

has('a machine, its list and its instance view', async () => {
  const one = await call('GET', `${vm}?$expand=instanceView&api-version=2026-04-01`);
  const view = await call('GET', `${vm}/instanceView?api-version=2026-04-01`);
  const list = await call(
    'GET',
    '/subscriptions/5e1d0c1a-0003-4000-8000-000000000003/providers/Microsoft.Compute/virtualMachines?api-version=2026-04-01',
  );
  expect(unexpected(differencesFrom(machines, 'VirtualMachine', one.body))).toEqual([]);
  expect(unexpected(differencesFrom(machines, 'VirtualMachineInstanceView', view.body))).toEqual([]);
  expect(unexpected(differencesFrom(machines, 'VirtualMachineListResult', list.body))).toEqual([]);
});

has(
  'an assessment and an installation, accepted as recorded',
  async () => {
    const assess = await call('POST', `${vm}/assessPatches?api-version=2026-04-01`);
    expect({
      status: assess.status,
      body: assess.body,
      wait: assess.headers['retry-after'],
      length: assess.headers['content-length'],
    }).toEqual({ status: 202, body: null, wait: undefined, length: '0' });
    expect(String(assess.headers['location'])).toContain('monitor=true');
    const found = await finish(assess);
    expect(unexpected(differencesFrom(machines, 'VirtualMachineAssessPatchesResult', found))).toEqual([]);
    const parameters = { kbNumbersToInclude: ['KB5070883', 'KB5066738'] };
    const install = await call('POST', `${vm}/installPatches?api-version=2026-04-01`, {
      rebootSetting: 'IfRequired',
      maximumDuration: 'PT90M',
      windowsParameters: parameters,
    });
    const done = await finish(install);
    expect(unexpected(differencesFrom(machines, 'VirtualMachineInstallPatchesResult', done))).toEqual([]);
    expect(done).toMatchObject({ status: 'Succeeded', error: { code: '0' }, installedPatchCount: 2 });
    expect((done as { patches: { kbId: string }[] }).patches.map((patch) => patch.kbId)).toContain('5070883');
  },
  30_000,
);

has(
  'the same of Linux machines, whose patches are packages',
  async () => {
    for (const name of ['linux-stg-01', 'linux-stg-02']) {
      const linux = `${staging.replace('rg-web', 'rg-linux')}/virtualMachines/${name}`;
      const found = await finish(await call('POST', `${linux}/assessPatches?api-version=2026-04-01`));
      expect(unexpected(differencesFrom(machines, 'VirtualMachineAssessPatchesResult', found))).toEqual([]);
      expect((found as { availablePatches: object[] }).availablePatches.length).toBeGreaterThan(3);
      const body = { rebootSetting: 'IfRequired', maximumDuration: 'PT90M' };
      const linuxParameters = { packageNameMasksToInclude: ['openssl*'], classificationsToInclude: ['Critical'] };
      expect(unexpected(differencesFrom(machines, 'LinuxParameters', linuxParameters))).toEqual([]);
      const install = await call('POST', `${linux}/installPatches?api-version=2026-04-01`, {
        ...body,
        linuxParameters,
      });
      const done = await finish(install);
      expect(unexpected(differencesFrom(machines, 'VirtualMachineInstallPatchesResult', done))).toEqual([]);
      expect((done as { installedPatchCount: number }).installedPatchCount).toBeGreaterThan(0);
    }
  },
  30_000,
);

has(
  'a restore point, a run command and a disk',
  async () => {
    const points = `${compute}/restorePoint.json`;
    const collection = `${staging}/restorePointCollections/c1`;
    const made = await call('PUT', `${collection}?api-version=2026-04-01`, {
      location: 'westeurope',
      properties: { source: { id: vm } },
    });
    expect(unexpected(differencesFrom(points, 'RestorePointCollection', made.body))).toEqual([]);
    await finish(await call('PUT', `${collection}/restorePoints/p1?api-version=2026-04-01`, { properties: {} }));
    const point = await call('GET', `${collection}/restorePoints/p1?api-version=2026-04-01`);
    expect(unexpected(differencesFrom(points, 'RestorePoint', point.body))).toEqual([]);
    const script = {
      location: 'westeurope',
      properties: { source: { script: '# patchline-verb: guest-facts/1\n' }, asyncExecution: true },
    };
    await finish(await call('PUT', `${vm}/runCommands/r1?api-version=2026-04-01`, script));
    const command = await call('GET', `${vm}/runCommands/r1?$expand=instanceView&api-version=2026-04-01`);
    expect(unexpected(differencesFrom(`${compute}/runCommand.json`, 'VirtualMachineRunCommand', command.body))).toEqual(
      [],
    );
    const source = (
      point.body as {
        properties: { sourceMetadata: { storageProfile: { osDisk: { diskRestorePoint: { id: string } } } } };
      }
    ).properties.sourceMetadata.storageProfile.osDisk.diskRestorePoint.id;
    const disk = await call('PUT', `${staging}/disks/d1?api-version=2026-03-02`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Restore', sourceResourceId: source } },
    });
    expect(existsSync(disksOf)).toBe(true);
    expect(unexpected(differencesFrom(disksOf, 'Disk', disk.body))).toEqual([]);
  },
  30_000,
);

has(
  'a machine made of the disks of a restore point, with a network interface of its own, and deleted with them',
  async () => {
    const group = '/subscriptions/5e1d0c1a-0003-4000-8000-000000000003/resourceGroups/rg-twins-staging';
    const sql = `${staging.replace('rg-web', 'rg-sql')}/virtualMachines/sql-stg-01`;
    const collection = `${staging.replace('rg-web', 'rg-sql')}/restorePointCollections/c2`;
    const location = 'westeurope';
    await call('PUT', `${collection}?api-version=2026-04-01`, { location, properties: { source: { id: sql } } });
    await finish(await call('PUT', `${collection}/restorePoints/p1?api-version=2026-04-01`, { properties: {} }));
    const point = await call('GET', `${collection}/restorePoints/p1?api-version=2026-04-01`);
    expect(unexpected(differencesFrom(`${compute}/restorePoint.json`, 'RestorePoint', point.body))).toEqual([]);
    const { osDisk, dataDisks } = (point.body as PointBody).properties.sourceMetadata.storageProfile;
    const sources = [osDisk, ...dataDisks].map((one) => one.diskRestorePoint.id);
    expect(sources).toHaveLength(2);
    const names = ['t-os', 't-data-0'];
    for (const [place, name] of names.entries()) {
      const disk = {
        location,
        tags: { 'patchline-twin': 't' },
        properties: {
          creationData: { createOption: 'Restore', sourceResourceId: sources[place] },
          networkAccessPolicy: 'DenyAll',
          publicNetworkAccess: 'Disabled',
        },
      };
      expect(differencesFrom(disksOf, 'Disk', disk)).toEqual([]);
      await finish(
        await call('PUT', `${group}/providers/Microsoft.Compute/disks/${name}?api-version=2026-03-02`, disk),
      );
    }
    const attached = (name: string) => ({
      name,
      createOption: 'Attach',
      deleteOption: 'Delete',
      managedDisk: { id: `${group}/providers/Microsoft.Compute/disks/${name}` },
    });
    const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/isolated`;
    const machine = {
      location,
      tags: { 'patchline-twin': 't' },
      properties: {
        hardwareProfile: { vmSize: 'Standard_D4s_v3' },
        storageProfile: {
          osDisk: { ...attached('t-os'), osType: 'Windows' },
          dataDisks: [{ ...attached('t-data-0'), lun: 0 }],
        },
        networkProfile: {
          networkApiVersion: '2020-11-01',
          networkInterfaceConfigurations: [
            {
              name: 't-nic',
              properties: {
                primary: true,
                deleteOption: 'Delete',
                ipConfigurations: [{ name: 'internal', properties: { primary: true, subnet: { id: subnet } } }],
              },
            },
          ],
        },
      },
    };
    expect(unexpected(differencesFrom(machines, 'VirtualMachine', machine))).toEqual([]);
    const target = `${group}/providers/Microsoft.Compute/virtualMachines/t?api-version=2026-04-01`;
    const refused = async (properties: object) =>
      (await call('PUT', target, { ...machine, properties: { ...machine.properties, ...properties } })).status;
    expect(await refused({ osProfile: { computerName: 't' } })).toBe(400);
    expect(await refused({ networkProfile: {} })).toBe(400);
    expect(await refused({ storageProfile: { osDisk: attached('t-data-0') } })).toBe(400);
    expect((await call('PUT', target, { ...machine, location: 'switzerlandnorth' })).status).toBe(409);
    const made = await call('PUT', target, machine);
    expect(made.status).toBe(201);
    expect(unexpected(differencesFrom(machines, 'VirtualMachine', made.body))).toEqual([]);
    await finish(made);
    const there = await call('GET', target);
    expect(there.body).toMatchObject({ properties: { provisioningState: 'Succeeded' }, tags: machine.tags });
    expect(JSON.stringify(there.body)).not.toContain('imageReference');
    const inUse = `${group}/providers/Microsoft.Compute/disks/t-os?api-version=2026-03-02`;
    expect((await call('DELETE', inUse)).status).toBe(409);
    await finish(await call('DELETE', target));
    expect((await call('GET', target)).status).toBe(404);
    expect((await call('GET', inUse)).status).toBe(404);
    expect((await call('DELETE', inUse)).status).toBe(204);
  },
  30_000,
);

has('a bad installation is refused in Azure’s own words', async () => {
  const parameters = { kbNumbersToInclude: ['1111'] };
  const { status, body } = await call('POST', `${vm}/installPatches?api-version=2026-04-01`, {
    rebootSetting: 'Never',
    windowsParameters: parameters,
  });
  expect(status).toBe(400);
  const recorded = JSON.parse(
    readFileSync(sharedPath('azure', 'recordings', 'installPatches-2024-11-23.json'), 'utf8'),
  ) as { exchanges: { response: { status: number; body: unknown } }[] };
  expect(body).toEqual(recorded.exchanges.find((exchange) => exchange.response.status === 400)?.response.body);
});

has('the check itself: it takes the official example, and finds what is wrong in a spoiled one', () => {
  const example = JSON.parse(
    readFileSync(
      sharedPath('azure', 'examples-2026', '2026-04-01__virtualMachineExamples__VirtualMachine_AssessPatches.json'),
      'utf8',
    ),
  ) as { response: Record<string, unknown> };
  expect(differencesFrom(machines, 'VirtualMachineAssessPatchesResult', example.response)).toEqual([]);
  const spoiled = { ...example.response, rebootPending: 'yes', colour: 'red', status: 'Fine' };
  expect(differencesFrom(machines, 'VirtualMachineAssessPatchesResult', spoiled)).toHaveLength(3);
});
