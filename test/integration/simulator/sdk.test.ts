// The simulated Azure through Microsoft's own client, connected as the system connects it: all answers decode, no request repeats itself.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ComputeManagementClient } from '@azure/arm-compute';
import { openAzureSession, type AzureSession } from '../../../adapters/azure/session.js';
import { machinesQuery } from '../../../simulator/resourceGraph.js';
import { stagingSubscription } from '../../../simulator/fleet.js';
import { installAction, requestsOf } from '../../support/journal.js';
import { differencesFrom } from '../../support/openapi.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { openWire, type Wire } from './wire.js';

const quickly = { updateIntervalInMs: 20 };
const group = 'rg-web-staging';
const name = 'web-stg-01';

let wire: Wire;
let session: AzureSession;
let compute: ComputeManagementClient;

beforeAll(async () => {
  wire = await openWire();
  const { url, caFile, tenantId, clientId, clientSecret, subscriptions } = wire.simulator;
  const simulator = { url, ca: readFileSync(caFile, 'utf8'), tenantId, clientId, clientSecret };
  session = openAzureSession({ simulator, subscriptions });
  compute = session.compute(stagingSubscription);
});

afterAll(async () => {
  await wire.close();
  await removeTemporaryFolders();
});

describe('the SDK decodes', () => {
  test('a machine, its instance view and the list', async () => {
    const vm = await compute.virtualMachines.get(group, name, { expand: 'instanceView' });
    expect(vm).toMatchObject({
      name,
      location: 'westeurope',
      tags: { environment: 'staging' },
      provisioningState: 'Succeeded',
      storageProfile: { osDisk: { osType: 'Windows', managedDisk: { storageAccountType: 'Premium_LRS' } } },
      osProfile: { windowsConfiguration: { patchSettings: { patchMode: 'AutomaticByPlatform' } } },
    });
    expect(vm.timeCreated).toBeInstanceOf(Date);
    const view = await compute.virtualMachines.instanceView(group, name);
    for (const { statuses, vmAgent, osVersion } of [view, vm.instanceView ?? {}]) {
      expect(statuses?.map(({ code }) => code)).toEqual(['ProvisioningState/succeeded', 'PowerState/running']);
      expect(statuses?.[0]?.time).toBeInstanceOf(Date);
      expect(vmAgent?.statuses?.[0]?.displayStatus).toBe('Ready');
      expect(osVersion).toBe('10.0.17763.7792');
    }
    const names: (string | undefined)[] = [];
    for await (const one of compute.virtualMachines.listAll({ statusOnly: 'true' })) {
      expect(one.instanceView?.statuses).toHaveLength(2);
      names.push(one.name);
    }
    expect(names).toHaveLength(9);
    expect(names).toContain(name);
  });

  test('an assessment and an installation, and afterwards their summaries', async () => {
    const assessed = await compute.virtualMachines.assessPatches(group, name, quickly);
    expect(assessed).toMatchObject({ status: 'Succeeded', rebootPending: false, criticalAndSecurityPatchCount: 1 });
    expect(assessed.startDateTime).toBeInstanceOf(Date);
    expect(assessed.availablePatches?.map(({ kbId }) => kbId)).toContain('5066738');
    expect(assessed.availablePatches?.[0]?.publishedDate).toBeInstanceOf(Date);

    const input = { rebootSetting: 'IfRequired', windowsParameters: { kbNumbersToInclude: ['KB5070883'] } };
    const installed = await compute.virtualMachines.installPatches(group, name, input, quickly);
    expect(installed).toMatchObject({ status: 'Succeeded', rebootStatus: 'Completed', installedPatchCount: 1 });
    expect(installed.patches?.[0]).toMatchObject({ kbId: '5070883', installationState: 'Installed' });
    expect(installed.error?.code).toBe('0');

    await wire.control('lag', { seconds: 0 });
    const { patchStatus } = await compute.virtualMachines.instanceView(group, name);
    expect(patchStatus?.availablePatchSummary?.assessmentActivityId).toBe(assessed.assessmentActivityId);
    expect(patchStatus?.lastPatchInstallationSummary).toMatchObject({
      status: 'Succeeded',
      installationActivityId: installed.installationActivityId,
      installedPatchCount: 1,
    });
    expect(patchStatus?.lastPatchInstallationSummary?.startTime).toBeInstanceOf(Date);
  });

  test('a restore point, its disk, and the swap', async () => {
    const vm = await compute.virtualMachines.get(group, 'web-stg-02');
    const location = vm.location;
    const collection = await compute.restorePointCollections.createOrUpdate(group, 'Kept', {
      location,
      source: { id: vm.id ?? '' },
    });
    expect(collection).toMatchObject({ name: 'Kept', provisioningState: 'Succeeded' });
    const point = await compute.restorePoints.create(group, 'Kept', 'One', {}, quickly);
    expect(point).toMatchObject({ name: 'One', provisioningState: 'Succeeded' });
    expect(point.timeCreated).toBeInstanceOf(Date);
    const held = await compute.restorePointCollections.get(group, 'Kept', { expand: 'restorePoints' });
    expect(held.restorePoints?.map(({ name }) => name)).toEqual(['One']);

    const sourceResourceId = point.sourceMetadata?.storageProfile?.osDisk?.diskRestorePoint?.id ?? '';
    const wanted = { location, creationData: { createOption: 'Restore', sourceResourceId } };
    const disk = await compute.disks.createOrUpdate(group, 'Restored', wanted, quickly);
    expect(disk).toMatchObject({ name: 'Restored', diskState: 'Unattached', provisioningState: 'Succeeded' });
    expect(disk.creationData?.sourceResourceId?.toLowerCase()).toBe(sourceResourceId.toLowerCase());

    await compute.virtualMachines.deallocate(group, 'web-stg-02', quickly);
    const osDisk = { name: 'Restored', createOption: 'FromImage', managedDisk: { id: disk.id ?? '' } };
    const swapped = await compute.virtualMachines.update(group, 'web-stg-02', { storageProfile: { osDisk } }, quickly);
    expect(swapped.storageProfile?.osDisk?.managedDisk?.id).toBe(disk.id);
    await compute.virtualMachines.start(group, 'web-stg-02', quickly);
    expect((await compute.disks.get(group, 'Restored')).managedBy?.toLowerCase()).toBe(vm.id?.toLowerCase());
  });

  test('a run command', async () => {
    const commands = compute.virtualMachineRunCommands;
    const input = { location: 'westeurope', source: { script: '# patchline-verb: guest-facts/1' } };
    const made = await commands.createOrUpdate(group, name, 'Facts', input, quickly);
    expect(made).toMatchObject({ name: 'Facts', provisioningState: 'Succeeded' });
    const { instanceView } = await commands.getByVirtualMachine(group, name, 'Facts', { expand: 'instanceView' });
    expect(instanceView).toMatchObject({ executionState: 'Succeeded', exitCode: 0 });
    expect(instanceView?.endTime).toBeInstanceOf(Date);
    await commands.delete(group, name, 'Facts', quickly);
    await expect(commands.getByVirtualMachine(group, name, 'Facts')).rejects.toMatchObject({ statusCode: 404 });
  });

  test('what went wrong', async () => {
    const input = { rebootSetting: 'Never', windowsParameters: { kbNumbersToInclude: ['1111'] } };
    await expect(compute.virtualMachines.installPatches(group, name, input).submitted()).rejects.toMatchObject({
      code: 'InvalidParameter',
      statusCode: 400,
    });
    await expect(compute.virtualMachines.get(group, 'nobody')).rejects.toMatchObject({
      code: 'ResourceNotFound',
      statusCode: 404,
    });
    await wire.control('agent', { vm: 'app-stg-01', ready: false });
    const assessed = compute.virtualMachines.assessPatches('rg-app-staging', 'app-stg-01', quickly);
    await expect(assessed.pollUntilDone()).rejects.toThrow(/has not reported status for VM agent/);
  });
});

describe('with retries off', () => {
  test.each(['serverError', 'throttled', 'unavailableButAccepted', 'answerLost'])(
    'an installation that meets %s is asked for once',
    async (kind) => {
      const machine = { serverError: 'dc-stg-01', throttled: 'file-stg-01', answerLost: 'sql-stg-01' }[kind];
      const vm = machine ?? 'app-stg-02';
      await wire.control('fault', { kind, vm, action: 'installPatches' });
      const input = { rebootSetting: 'Never', windowsParameters: { kbNumbersToInclude: ['KB5070883'] } };
      const category = vm.slice(0, vm.indexOf('-'));
      const poller = compute.virtualMachines.installPatches(`rg-${category}-staging`, vm, input);
      await expect(poller.submitted()).rejects.toThrow();
      const lines = requestsOf(wire.simulator.journalFile);
      expect(lines.filter((line) => line.action === installAction && line.vm === vm)).toHaveLength(1);
    },
  );
});

const graph = sharedPath(
  'azure',
  'openapi',
  'specification/resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/2024-04-01/resourcegraph.json',
);

testWith(graph)('Resource Graph pages as its client and its specification have it', async () => {
  const bodies: unknown[] = [];
  const onResponse = ({ bodyAsText }: { bodyAsText?: string | null }): void => {
    bodies.push(JSON.parse(bodyAsText ?? ''));
  };
  const query = { subscriptions: session.subscriptions, query: machinesQuery };
  const first = await session.graph.resources({ ...query, options: { top: 15 } }, { onResponse });
  expect(first).toMatchObject({ count: 15, totalRecords: 20, resultTruncated: 'false' });
  const options = { top: 15, skipToken: first.skipToken ?? '' };
  const second = await session.graph.resources({ ...query, options }, { onResponse });
  expect(second.count).toBe(5);
  expect(second.skipToken).toBeUndefined();
  expect(bodies).toHaveLength(2);
  // The specification calls the rows an object, and its own example has a list.
  const example = JSON.parse(
    readFileSync(join(dirname(graph), 'examples', 'ResourcesFirstPageQuery.json'), 'utf8'),
  ) as {
    responses: { 200: { body: unknown } };
  };
  const known = differencesFrom(graph, 'QueryResponse', example.responses[200].body);
  for (const body of bodies) expect(differencesFrom(graph, 'QueryResponse', body)).toEqual(known);
});
