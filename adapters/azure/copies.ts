// Copies of machines: disks of a restore point, and a machine that starts from them in one subnet, with no public address.

import type { VirtualMachine } from '@azure/arm-compute';
import {
  AzureFailure,
  type AcceptedOperation,
  type DiskOfPoint,
  type OperationRequest,
  type RestorePointAddress,
  type TagsThere,
  type VmAddress,
} from '../../ports/azure.js';
import { azureFailure } from './failures.js';
import { addressOf, type Address } from './machines.js';
import type { AzureSession } from './session.js';
import { submitted } from './submitted.js';

type CopyRequest = Extract<OperationRequest, { kind: 'makeDisk' | 'makeMachine' | 'removeMachine' | 'removeDisk' }>;

/** Where the copy is. */
type Place = { group: string } & Pick<Address, 'subscriptionId' | 'name'>;

export async function startCopy(session: AzureSession, place: Place, request: CopyRequest): Promise<AcceptedOperation> {
  const { virtualMachines, disks } = session.compute(place.subscriptionId);
  switch (request.kind) {
    case 'makeDisk': {
      const { vm, disk, tags } = request;
      const creationData = { createOption: 'Restore', sourceResourceId: disk.source };
      const body = {
        location: vm.location,
        tags,
        creationData,
        publicNetworkAccess: 'Disabled',
        networkAccessPolicy: 'DenyAll',
      };
      return submitted((options) => disks.createOrUpdate(place.group, disk.name, body, options));
    }
    case 'makeMachine': {
      const machine = machineOf(place, request, await pointOf(session, request.from));
      return submitted((options) => virtualMachines.createOrUpdate(place.group, request.name, machine, options));
    }
    case 'removeMachine':
      return submitted((options) => virtualMachines.delete(place.group, place.name, options));
    case 'removeDisk':
      return submitted((options) => disks.delete(place.group, request.diskName, options));
  }
}

type Point = Awaited<ReturnType<typeof pointOf>>;

async function pointOf(session: AzureSession, { vm, collection, name }: RestorePointAddress) {
  const { subscriptionId, resourceGroup } = addressOf(vm.azureId);
  const point = await session
    .compute(subscriptionId)
    .restorePoints.get(resourceGroup, collection, name)
    .catch((failure: unknown) => {
      throw azureFailure(failure);
    });
  if (point.provisioningState !== undefined && point.provisioningState !== 'Succeeded')
    throw new AzureFailure('invalidInput', `restore point ${name} is ${point.provisioningState}`, null, null);
  return point.sourceMetadata ?? {};
}

export async function restorePointDisks(
  session: AzureSession,
  point: RestorePointAddress,
): Promise<Omit<DiskOfPoint, 'name'>[]> {
  const { storageProfile } = await pointOf(session, point);
  const system = storageProfile?.osDisk?.diskRestorePoint?.id;
  if (system === undefined)
    throw new AzureFailure('invalidInput', `restore point ${point.name} holds no OS disk`, null, null);
  const others = (storageProfile?.dataDisks ?? []).flatMap(({ lun, diskRestorePoint }) =>
    diskRestorePoint?.id === undefined || lun === undefined ? [] : [{ lun, source: diskRestorePoint.id }],
  );
  return [{ lun: null, source: system }, ...others];
}

/**
 * No operating system's profile: the disk has its system, and Azure takes none beside it. With the machine go its disks and its network
 * interface, so that nothing of a copy stays behind.
 */
function machineOf(
  { subscriptionId, group }: Place,
  { vm, name, disks, size, subnet, tags }: Extract<CopyRequest, { kind: 'makeMachine' }>,
  { storageProfile, securityProfile }: Point,
): VirtualMachine {
  const attached = (disk: DiskOfPoint) => ({
    name: disk.name,
    createOption: 'Attach',
    deleteOption: 'Delete',
    managedDisk: {
      id: `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Compute/disks/${disk.name}`,
    },
  });
  const system = disks.find((disk) => disk.lun === null);
  if (system === undefined)
    throw new AzureFailure('invalidInput', 'a machine needs the disk of its system', null, null);
  const { osDisk, diskControllerType } = storageProfile ?? {};
  const { securityType, uefiSettings } = securityProfile ?? {};
  return {
    location: vm.location,
    tags,
    hardwareProfile: { vmSize: size },
    storageProfile: {
      osDisk: { ...attached(system), osType: osDisk?.osType === 'Linux' ? 'Linux' : 'Windows' },
      dataDisks: disks.flatMap((disk) => (disk.lun === null ? [] : [{ ...attached(disk), lun: disk.lun }])),
      ...(diskControllerType === undefined ? {} : { diskControllerType }),
    },
    ...(securityType === undefined
      ? {}
      : { securityProfile: { securityType, ...(uefiSettings === undefined ? {} : { uefiSettings }) } }),
    networkProfile: {
      networkApiVersion: '2020-11-01',
      networkInterfaceConfigurations: [
        {
          name: `${name}-nic`,
          tags,
          primary: true,
          deleteOption: 'Delete',
          ipConfigurations: [{ name: 'internal', primary: true, subnet: { id: subnet } }],
        },
      ],
    },
  };
}

export async function tagsThere(session: AzureSession, vm: VmAddress, diskNames: string[]): Promise<TagsThere> {
  const { subscriptionId, resourceGroup, name } = addressOf(vm.azureId);
  const { virtualMachines, disks } = session.compute(subscriptionId);
  const machine = await orNone(virtualMachines.get(resourceGroup, name));
  const found = await Promise.all(
    diskNames.map(async (diskName) => ({ name: diskName, disk: await orNone(disks.get(resourceGroup, diskName)) })),
  );
  return {
    machine: machine === null ? null : (machine.tags ?? {}),
    disks: found.flatMap((one) => (one.disk === null ? [] : [{ name: one.name, tags: one.disk.tags ?? {} }])),
  };
}

async function orNone<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((cause: unknown) => {
    const failure = azureFailure(cause);
    if (failure instanceof AzureFailure && failure.kind === 'notFound') return null;
    throw failure;
  });
}
