// Machines that are made of disks which are there, with a network interface of their own, and machines that are deleted.

import { randomUUID } from 'node:crypto';
import { type ArmAnswer, type ArmRequest, armError, nameIn, notFound } from './armAnswer.js';
import { accepted, begun, conflictOf, operationHeaders } from './armOperations.js';
import type { Cloud } from './cloud.js';
import { vmJson } from './shapes.js';
import { contentOf, type Change, type Disk, type Guest } from './world.js';

interface AttachedDisk {
  lun?: number;
  createOption?: string;
  managedDisk?: { id?: string };
}

interface MachineBody {
  location?: string;
  tags?: Record<string, string>;
  properties?: {
    hardwareProfile?: { vmSize?: string };
    storageProfile?: { imageReference?: unknown; osDisk?: AttachedDisk; dataDisks?: AttachedDisk[] };
    osProfile?: unknown;
    networkProfile?: {
      networkApiVersion?: string;
      networkInterfaceConfigurations?: {
        name?: string;
        properties?: { ipConfigurations?: { properties?: { subnet?: { id?: string } } }[] };
      }[];
    };
  };
}

/** A machine that is there already stays as it is. */
export function putMachine(cloud: Cloud, request: ArmRequest, id: string, held: Guest | null): ArmAnswer {
  if (held !== null) {
    const conflict = conflictOf(cloud, held, 'Create or Update VM');
    return conflict ?? { status: 200, body: vmJson(cloud, held, false) };
  }
  const body = request.body as MachineBody;
  const { hardwareProfile, storageProfile, osProfile, networkProfile } = body.properties ?? {};
  if (osProfile !== undefined || storageProfile?.imageReference !== undefined)
    return wrong("Parameter 'osProfile' is not allowed.", osProfile === undefined ? 'imageReference' : 'osProfile');
  const attached = [storageProfile?.osDisk, ...(storageProfile?.dataDisks ?? [])];
  const disks = attached.map((one) => cloud.journal.tables.disks.get(one?.managedDisk?.id?.toLowerCase() ?? ''));
  const problem = attached.map((one, index) => diskProblem(one, disks[index], body.location ?? '')).find(Boolean);
  if (problem !== undefined && problem !== null) return problem;
  const [osDisk, ...dataDisks] = disks as Disk[];
  if (osDisk === undefined || osDisk.content === null || osDisk.guest === undefined)
    return wrong(`Disk '${osDisk?.name ?? ''}' has no operating system.`, 'osDisk');
  const network = networkProfile?.networkInterfaceConfigurations?.[0];
  const subnet = network?.properties?.ipConfigurations?.[0]?.properties?.subnet?.id;
  if (networkProfile?.networkApiVersion === undefined || network?.name === undefined || subnet === undefined)
    return wrong("Required parameter 'networkProfile' is missing (null).", 'networkProfile');
  const [, , subscriptionId = '', , resourceGroup = ''] = request.path.split('/');
  const guest: Guest = {
    ...osDisk.content,
    ...osDisk.guest,
    id,
    guid: randomUUID(),
    name: nameIn(request),
    subscriptionId: subscriptionId.toLowerCase(),
    resourceGroup,
    location: body.location ?? '',
    zone: null,
    availabilitySet: null,
    size: hardwareProfile?.vmSize ?? 'Standard_D4s_v5',
    osType: osDisk.osType,
    image: null,
    tags: body.tags ?? {},
    power: 'starting',
    agentReady: false,
    osDisk: osDisk.id,
    dataDisks: dataDisks.map((disk, index) => ({ lun: storageProfile?.dataDisks?.[index]?.lun ?? index, id: disk.id })),
    made: {
      networkInterface: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/networkInterfaces/${network.name}`,
      subnet,
      state: 'Creating',
    },
    installation: null,
    assessment: null,
  };
  const changes: Change[] = [
    { table: 'guests', key: id, set: { ...guest } },
    ...[osDisk, ...dataDisks].map((disk): Change => ({ table: 'disks', key: disk.id, set: { managedBy: id } })),
  ];
  const operation = begun(cloud, request, guest, 'createVm', id, {}, changes);
  return { status: 201, body: vmJson(cloud, guest, false), headers: operationHeaders(request, operation), operation };
}

function diskProblem(one: AttachedDisk | undefined, disk: Disk | undefined, location: string): ArmAnswer | null {
  if (one?.createOption !== 'Attach') return wrong("Only createOption 'Attach' is known here.", 'createOption');
  if (disk === undefined) return notFound(one.managedDisk?.id ?? '');
  if (disk.location !== location)
    return armError(409, 'ConflictingUserInput', `Disk '${disk.name}' is in another location than the VM.`);
  if (disk.managedBy === null) return null;
  return armError(
    409,
    'ConflictingUserInput',
    `Disk '${disk.name}' cannot be attached as the disk is already owned by VM '${disk.managedBy}'.`,
  );
}

function wrong(message: string, target: string): ArmAnswer {
  return armError(400, 'InvalidParameter', message, target);
}

/** One that was made here takes its disks and its network interface with it; the disks of another are left. */
export function deleteMachine(cloud: Cloud, request: ArmRequest, vm: Guest | null): ArmAnswer {
  if (vm === null) return { status: 204, body: null };
  const conflict = conflictOf(cloud, vm, 'Delete VM');
  if (conflict !== null) return conflict;
  const commands = [...cloud.journal.tables.runCommands.values()].filter((command) => command.vm === vm.id);
  const disks = [vm.osDisk, ...(vm.dataDisks ?? []).map((disk) => disk.id)];
  const left = (id: string) => (id === vm.osDisk ? { managedBy: null, content: contentOf(vm) } : { managedBy: null });
  const changes: Change[] = [
    { table: 'guests', key: vm.id, set: null },
    ...disks.map((id): Change => ({ table: 'disks', key: id, set: vm.made === undefined ? left(id) : null })),
    ...commands.map((command): Change => ({ table: 'runCommands', key: command.id, set: null })),
  ];
  return accepted(request, begun(cloud, request, vm, 'deleteVm', vm.id, { changes }));
}
