// Azure's answers: the JSON of machines, restore points, disks and run commands, as the official examples have them.

import type { Cloud } from './cloud.js';
import type { Collection, Disk, Guest, Operation, RestorePoint, RunCommand } from './world.js';

/** Azure returns resource groups in changing case: whoever compares ids must not mind. */
export function oddCase(id: string): string {
  return id.replace(/\/resourcegroups\/([^/]+)/i, (_, group: string) => `/resourceGroups/${group.toUpperCase()}`);
}

export function vmJson(cloud: Cloud, guest: Guest, expand: boolean) {
  const disk = cloud.journal.tables.disks.get(guest.osDisk);
  const busy = cloud.busyWith(guest.id);
  return {
    id: oddCase(vmId(guest)),
    name: guest.name,
    type: 'Microsoft.Compute/virtualMachines',
    location: guest.location,
    tags: guest.tags,
    ...(guest.zone === null ? {} : { zones: [guest.zone] }),
    properties: {
      vmId: guest.guid,
      hardwareProfile: { vmSize: guest.size },
      provisioningState: provisioningStateOf(guest, busy),
      storageProfile: {
        ...(guest.image === null ? {} : { imageReference: guest.image }),
        osDisk: {
          osType: guest.osType,
          name: disk?.name ?? '',
          createOption: disk?.source === null ? 'FromImage' : 'Attach',
          caching: 'ReadWrite',
          managedDisk: { id: oddCase(guest.osDisk), storageAccountType: 'Premium_LRS' },
          deleteOption: guest.made === undefined ? 'Detach' : 'Delete',
          diskSizeGB: 127,
        },
        dataDisks: (guest.dataDisks ?? []).map(({ lun, id }) => ({
          lun,
          name: nameOf(id),
          createOption: 'Attach',
          caching: 'None',
          managedDisk: { id: oddCase(id), storageAccountType: 'Premium_LRS' },
          deleteOption: guest.made === undefined ? 'Detach' : 'Delete',
          diskSizeGB: 64,
          toBeDetached: false,
        })),
      },
      ...(guest.made === undefined ? { osProfile: osProfileOf(guest) } : {}),
      networkProfile: {
        networkInterfaces:
          guest.made === undefined
            ? []
            : [{ id: guest.made.networkInterface, properties: { primary: true, deleteOption: 'Delete' } }],
      },
      ...(guest.availabilitySet === null ? {} : { availabilitySet: { id: oddCase(guest.availabilitySet) } }),
      timeCreated: '2025-01-15T08:00:00.0000000+00:00',
      ...(expand ? { instanceView: instanceView(cloud, guest) } : {}),
    },
  };
}

function provisioningStateOf({ made }: Guest, busy: Operation | null): string {
  if (busy?.kind === 'createVm') return 'Creating';
  if (busy !== null) return busy.kind === 'deleteVm' ? 'Deleting' : 'Updating';
  return made?.state ?? 'Succeeded';
}

function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** A machine that was made of a disk that had its system already has none. */
function osProfileOf(guest: Guest) {
  const patchSettings = {
    patchMode: 'AutomaticByPlatform',
    assessmentMode: 'ImageDefault',
    automaticByPlatformSettings: { bypassPlatformSafetyChecksOnUserSchedule: true },
  };
  return {
    computerName: guest.name,
    adminUsername: 'patchlineadmin',
    allowExtensionOperations: true,
    ...(guest.osType === 'Windows'
      ? { windowsConfiguration: { provisionVMAgent: true, enableAutomaticUpdates: true, patchSettings } }
      : {
          linuxConfiguration: {
            disablePasswordAuthentication: true,
            provisionVMAgent: true,
            patchSettings: { patchMode: 'ImageDefault', assessmentMode: 'ImageDefault' },
          },
        }),
  };
}

function vmId(guest: Guest): string {
  return `/subscriptions/${guest.subscriptionId}/resourceGroups/${guest.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${guest.name}`;
}

export function instanceView(cloud: Cloud, guest: Guest) {
  const isBusy = cloud.busyWith(guest.id) !== null;
  const now = new Date().toISOString();
  const disk = cloud.journal.tables.disks.get(guest.osDisk);
  return {
    computerName: guest.name,
    osName: guest.osName,
    osVersion: guest.build,
    hyperVGeneration: 'V2',
    vmAgent: {
      vmAgentVersion: guest.agentReady ? '2.7.41491.1183' : 'Unknown',
      statuses: [
        guest.agentReady
          ? status('ProvisioningState/succeeded', 'Ready', 'GuestAgent is running and processing the extensions.', now)
          : {
              ...status(
                'ProvisioningState/Unavailable',
                'Not Ready',
                'VM status blob is found but not yet populated.',
                now,
              ),
              level: 'Warning',
            },
      ],
      extensionHandlers: [],
    },
    disks: [
      {
        name: disk?.name ?? '',
        statuses: [status('ProvisioningState/succeeded', 'Provisioning succeeded', undefined, now)],
      },
    ],
    statuses: [
      status(
        isBusy ? 'ProvisioningState/updating' : 'ProvisioningState/succeeded',
        isBusy ? 'Updating' : 'Provisioning succeeded',
        undefined,
        now,
      ),
      status(`PowerState/${guest.power}`, `VM ${guest.power}`),
    ],
    patchStatus: patchStatus(cloud, guest, now),
  };
}

function status(code: string, displayStatus: string, message?: string, time?: string) {
  return {
    code,
    level: 'Info',
    displayStatus,
    ...(message === undefined ? {} : { message }),
    ...(time === undefined ? {} : { time }),
  };
}

function patchStatus(cloud: Cloud, guest: Guest, now: string) {
  const { assessment, installation } = guest;
  const lagMs = (cloud.settings.summaryLagSeconds * 1000) / cloud.settings.speed;
  const isShown = installation !== null && Date.now() - Date.parse(installation.startedAt) >= lagMs;
  return {
    ...(assessment === null
      ? {}
      : {
          availablePatchSummary: {
            status: 'Succeeded',
            assessmentActivityId: assessment.activityId,
            rebootPending: assessment.rebootPending,
            criticalAndSecurityPatchCount: assessment.missing,
            otherPatchCount: assessment.other,
            startTime: assessment.at,
            lastModifiedTime: assessment.at,
          },
        }),
    ...(installation === null || !isShown
      ? {}
      : {
          lastPatchInstallationSummary: {
            status: installation.status,
            installationActivityId: installation.activityId,
            maintenanceWindowExceeded: false,
            notSelectedPatchCount: 0,
            excludedPatchCount: 0,
            pendingPatchCount: 0,
            installedPatchCount: installation.installed,
            failedPatchCount: installation.failed,
            startTime: installation.startedAt,
            lastModifiedTime: installation.endedAt ?? installation.startedAt,
          },
        }),
    configurationStatuses: [
      status('PatchModeConfigurationState/Ready', 'Status_PatchModeConfigurationState_Ready', undefined, now),
    ],
  };
}

export function collectionJson(collection: Collection, points: RestorePoint[], cloud: Cloud | null) {
  return {
    id: oddCase(collection.id),
    name: collection.name,
    type: 'Microsoft.Compute/restorePointCollections',
    location: collection.location,
    properties: {
      source: { id: oddCase(collection.vm), location: collection.location },
      provisioningState: 'Succeeded',
      restorePointCollectionId: collection.id,
      ...(cloud === null ? {} : { restorePoints: points.map((point) => restorePointJson(point, cloud)) }),
    },
  };
}

export function restorePointJson(point: RestorePoint, cloud: Cloud) {
  const guest = cloud.journal.tables.guests.get(point.vm);
  const diskName = nameOf(point.osDisk);
  return {
    id: oddCase(point.id),
    name: point.name,
    type: 'Microsoft.Compute/restorePointCollections/restorePoints',
    properties: {
      consistencyMode: 'ApplicationConsistent',
      provisioningState: point.state,
      timeCreated: point.createdAt,
      sourceMetadata: {
        vmId: guest?.guid ?? '00000000-0000-0000-0000-000000000000',
        location: guest?.location ?? '',
        storageProfile: {
          osDisk: {
            osType: guest?.osType ?? 'Windows',
            name: diskName,
            caching: 'ReadWrite',
            diskSizeGB: 127,
            managedDisk: { id: oddCase(point.osDisk), storageAccountType: 'Premium_LRS' },
            diskRestorePoint: { id: oddCase(`${point.id}/diskRestorePoints/${diskName}`) },
          },
          dataDisks: (point.dataDisks ?? []).map(({ lun, id }) => ({
            lun,
            name: nameOf(id),
            caching: 'None',
            diskSizeGB: 64,
            managedDisk: { id: oddCase(id), storageAccountType: 'Premium_LRS' },
            diskRestorePoint: { id: oddCase(`${point.id}/diskRestorePoints/${nameOf(id)}`) },
          })),
        },
      },
    },
  };
}

export function diskJson(disk: Disk, provisioningState: 'Updating' | 'Succeeded' = 'Succeeded') {
  return {
    id: oddCase(disk.id),
    name: disk.name,
    type: 'Microsoft.Compute/disks',
    location: disk.location,
    ...(disk.tags === undefined ? {} : { tags: disk.tags }),
    ...(disk.managedBy === null ? {} : { managedBy: oddCase(disk.managedBy) }),
    ...(disk.zone === null ? {} : { zones: [disk.zone] }),
    sku: { name: 'Premium_LRS', tier: 'Premium' },
    properties: {
      ...(disk.content === null ? {} : { osType: disk.osType }),
      diskSizeGB: disk.content === null ? 64 : 127,
      provisioningState,
      diskState: disk.managedBy === null ? 'Unattached' : 'Attached',
      creationData:
        disk.source === null
          ? { createOption: 'FromImage' }
          : { createOption: 'Restore', sourceResourceId: oddCase(disk.source) },
    },
  };
}

export function runCommandJson(command: RunCommand, expand: boolean) {
  return {
    id: oddCase(command.id),
    name: command.name,
    type: 'Microsoft.Compute/virtualMachines/runCommands',
    location: command.location,
    properties: {
      source: { script: command.script },
      parameters: command.parameters,
      asyncExecution: true,
      timeoutInSeconds: 600,
      provisioningState: 'Succeeded',
      ...(expand
        ? {
            instanceView: {
              executionState: command.state,
              exitCode: command.exitCode ?? 0,
              output: command.output,
              error: command.error,
              startTime: command.startedAt,
              ...(command.endedAt === null ? {} : { endTime: command.endedAt }),
            },
          }
        : {}),
    },
  };
}
