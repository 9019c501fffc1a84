// Reading machines: the fleet from Resource Graph, one machine from the compute provider.

import type { VirtualMachine } from '@azure/arm-compute';
import { z } from 'zod';
import type { ListedVm, PowerState } from '../../domain/vm.js';
import { AzureFailure, type VmNow } from '../../ports/azure.js';
import { azureFailure } from './failures.js';
import type { AzureSession } from './session.js';

const machinesQuery = `resources
| where type =~ 'microsoft.compute/virtualmachines'
| project id, name, location, resourceGroup, subscriptionId, tags, zones,
  vmId = properties.vmId,
  vmSize = properties.hardwareProfile.vmSize,
  osType = properties.storageProfile.osDisk.osType,
  imageReference = properties.storageProfile.imageReference,
  availabilitySetId = properties.availabilitySet.id,
  osName = properties.extended.instanceView.osName,
  osVersion = properties.extended.instanceView.osVersion,
  powerState = properties.extended.instanceView.powerState.code
| order by id asc`.replace(/\s+/g, ' ');

const pageSize = 1000;

/** Texts come from whoever deployed the machine: only their shape is trusted. */
const Row = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  location: z.string(),
  resourceGroup: z.string(),
  subscriptionId: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  zones: z.array(z.string()).nullish(),
  vmId: z.string().min(1),
  vmSize: z.string().nullish(),
  osType: z.string().nullish(),
  imageReference: z
    .object({
      publisher: z.string().nullish(),
      offer: z.string().nullish(),
      sku: z.string().nullish(),
      exactVersion: z.string().nullish(),
      version: z.string().nullish(),
      id: z.string().nullish(),
    })
    .nullish(),
  availabilitySetId: z.string().nullish(),
  osName: z.string().nullish(),
  osVersion: z.string().nullish(),
  powerState: z.string().nullish(),
});

export async function listMachines({ graph, subscriptions }: AzureSession): Promise<ListedVm[]> {
  const machines: ListedVm[] = [];
  let skipToken: string | undefined;
  do {
    const page = await graph
      .resources({
        subscriptions,
        query: machinesQuery,
        options: { top: pageSize, resultFormat: 'objectArray', ...(skipToken === undefined ? {} : { skipToken }) },
      })
      .catch((failure: unknown) => {
        throw azureFailure(failure);
      });
    const rows = z.array(Row).safeParse(page.data);
    if (!rows.success)
      throw new AzureFailure(
        'unavailable',
        `Resource Graph answered in an unknown shape: ${z.prettifyError(rows.error).slice(0, 300)}`,
        null,
        null,
      );
    machines.push(...rows.data.map(machineOf));
    skipToken = page.skipToken;
  } while (skipToken !== undefined);
  return machines;
}

function machineOf(row: z.output<typeof Row>): ListedVm {
  return {
    vmId: row.vmId.toLowerCase(),
    name: row.name,
    azureId: row.id.toLowerCase(),
    subscriptionId: row.subscriptionId.toLowerCase(),
    resourceGroup: row.resourceGroup,
    location: row.location,
    zone: row.zones?.[0] ?? null,
    availabilitySet: row.availabilitySetId?.toLowerCase() ?? null,
    size: row.vmSize ?? null,
    image: imageOf(row.imageReference),
    osType: row.osType?.toLowerCase() === 'linux' ? 'linux' : 'windows',
    osName: row.osName ?? null,
    osVersion: versionOf(row.osVersion),
    power: powerOf(row.powerState),
    tags: row.tags ?? {},
  };
}

/** A marketplace image by its parts, an image of one's own by its id. */
function imageOf(image: z.output<typeof Row>['imageReference']): string | null {
  if (image === null || image === undefined) return null;
  if (image.publisher === null || image.publisher === undefined) return image.id ?? null;
  return [image.publisher, image.offer, image.sku, image.exactVersion ?? image.version]
    .map((part) => part ?? '?')
    .join('/');
}

/** Some agents write `Microsoft Windows NT 10.0.20348.0`. */
function versionOf(text: string | null | undefined): string | null {
  return /\d+(?:\.\d+)+/.exec(text ?? '')?.[0] ?? null;
}

const powerStates: readonly string[] = ['running', 'starting', 'stopping', 'stopped', 'deallocating', 'deallocated'];

function powerOf(code: string | null | undefined): PowerState {
  const word = (code ?? '').toLowerCase().replace('powerstate/', '');
  return powerStates.includes(word) ? (word as PowerState) : 'unknown';
}

export interface Address {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/** The parts of an ARM id of a machine. */
export function addressOf(azureId: string): Address {
  const match =
    /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.compute\/virtualmachines\/([^/]+)$/i.exec(
      azureId,
    );
  if (match === null)
    throw new AzureFailure('invalidInput', `${azureId} is not the id of a virtual machine`, null, null);
  return { subscriptionId: match[1] ?? '', resourceGroup: match[2] ?? '', name: match[3] ?? '' };
}

/** One request tells power, agent, disk, the latest installation, and whether Azure is busy with the machine. */
export async function machineNow(session: AzureSession, azureId: string): Promise<VmNow> {
  const { subscriptionId, resourceGroup, name } = addressOf(azureId);
  const vm = await session
    .compute(subscriptionId)
    .virtualMachines.get(resourceGroup, name, { expand: 'instanceView' })
    .catch((failure: unknown) => {
      throw azureFailure(failure);
    });
  return nowOf(vm);
}

function nowOf(vm: VirtualMachine): VmNow {
  const view = vm.instanceView;
  const codes = (view?.statuses ?? []).map((status) => (status.code ?? '').toLowerCase());
  const summary = view?.patchStatus?.lastPatchInstallationSummary;
  const osDisk = vm.storageProfile?.osDisk;
  return {
    power: powerOf(codes.find((code) => code.startsWith('powerstate/'))),
    agentReady: (view?.vmAgent?.statuses ?? []).some((status) => status.displayStatus === 'Ready'),
    osName: view?.osName ?? null,
    osVersion: versionOf(view?.osVersion),
    shownInstallation: {
      startedAt: summary?.startTime?.toISOString() ?? null,
      activityId: summary?.installationActivityId ?? null,
      inProgress: summary?.status === 'InProgress',
    },
    osDisk: { name: osDisk?.name ?? '', azureId: osDisk?.managedDisk?.id?.toLowerCase() ?? '' },
    busy: codes.some((code) => code === 'provisioningstate/updating') || vm.provisioningState === 'Updating',
  };
}
