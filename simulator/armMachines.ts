// Machines: reading them, patching them, their power, the swap of their OS disk.

import { type ArmAnswer, type ArmRequest, type ArmRoute, type Base, armError, notFound, route } from './armAnswer.js';
import { accepted, begun, conflictOf, operationHeaders } from './armOperations.js';
import { runCommandRoute } from './armRunCommands.js';
import { deleteMachine, putMachine } from './armNewMachines.js';
import type { Cloud } from './cloud.js';
import { instanceView, vmJson } from './shapes.js';
import { contentOf, type Change, type Guest, type Operation } from './world.js';

export function listRoute(cloud: Cloud, request: ArmRequest, subscription: string): ArmRoute {
  const guests = [...cloud.journal.tables.guests.values()].filter(
    (guest) => guest.subscriptionId.toLowerCase() === subscription,
  );
  const expand = request.query.get('statusOnly') === 'true';
  return route({ subscription, resource: request.path }, 'virtualMachines/read', null, () => ({
    status: 200,
    body: { value: guests.map((guest) => vmJson(cloud, guest, expand)) },
  }));
}

export function vmRoute(cloud: Cloud, request: ArmRequest, base: Base, name = '', sub = ''): ArmRoute | null {
  const path = request.path.toLowerCase();
  const id = path.split('/').slice(0, 9).join('/');
  const guest = cloud.journal.tables.guests.get(id) ?? null;
  const on = (action: string, work: (guest: Guest) => ArmAnswer): ArmRoute =>
    route({ ...base, resource: id }, action, guest, () => (guest === null ? notFound(id) : work(guest)));
  if (name === '') return null;
  if (sub === 'runcommands') return runCommandRoute(cloud, request, on);
  if (request.method === 'GET' && sub === '')
    return on('virtualMachines/read', (vm) => ({
      status: 200,
      body: vmJson(cloud, vm, request.query.get('$expand') === 'instanceView'),
    }));
  if (request.method === 'GET' && sub === 'instanceview')
    return on('virtualMachines/instanceView/read', (vm) => ({ status: 200, body: instanceView(cloud, vm) }));
  if (request.method === 'PUT' && sub === '')
    return route({ ...base, resource: id }, 'virtualMachines/write', guest, () =>
      putMachine(cloud, request, id, guest),
    );
  if (request.method === 'DELETE' && sub === '')
    return route({ ...base, resource: id }, 'virtualMachines/delete', guest, () =>
      deleteMachine(cloud, request, guest),
    );
  if (request.method === 'PATCH' && sub === '')
    return on('virtualMachines/write', (vm) => updateVm(cloud, request, vm));
  if (request.method !== 'POST') return null;
  switch (sub) {
    case 'installpatches':
      return on('virtualMachines/installPatches/action', (vm) => install(cloud, request, vm));
    case 'assesspatches':
      return on('virtualMachines/assessPatches/action', (vm) =>
        patchOperation(cloud, request, vm, 'assessPatches', {}),
      );
    case 'deallocate':
    case 'start':
    case 'restart':
      return on(
        `virtualMachines/${sub}/action`,
        (vm) => conflictOf(cloud, vm, sub) ?? offConflictOf(vm, sub) ?? started(cloud, request, vm, sub),
      );
    case 'poweroff':
      return on(
        'virtualMachines/powerOff/action',
        (vm) =>
          conflictOf(cloud, vm, 'powerOff') ?? offConflictOf(vm, 'powerOff') ?? started(cloud, request, vm, 'powerOff'),
      );
    default:
      return null;
  }
}

/** A machine that is deallocated can be neither restarted nor powered off. */
function offConflictOf(vm: Guest, kind: string): ArmAnswer | null {
  if (vm.power !== 'deallocated' || kind === 'start' || kind === 'deallocate') return null;
  return armError(
    409,
    'OperationNotAllowed',
    `Operation '${kind}' is not allowed on VM '${vm.name}' since the VM is either deallocated or marked to be deallocated.`,
  );
}

function started(cloud: Cloud, request: ArmRequest, vm: Guest, kind: Operation['kind']): ArmAnswer {
  return accepted(request, begun(cloud, request, vm, kind, vm.id, {}));
}

/** Compared without case, as Azure does: its clients write `UpdateRollUp`. */
const classifications = [
  'Unknown',
  'Critical',
  'Security',
  'UpdateRollup',
  'FeaturePack',
  'ServicePack',
  'Definition',
  'Tools',
  'Updates',
];

const linuxClassifications = ['Critical', 'Security', 'Other'];

interface InstallBody {
  rebootSetting?: string;
  maximumDuration?: string;
  windowsParameters?: Record<string, unknown>;
  linuxParameters?: Record<string, unknown>;
}

function install(cloud: Cloud, request: ArmRequest, vm: Guest): ArmAnswer {
  const body = request.body as InstallBody;
  const { rebootSetting, maximumDuration } = body;
  if (!['IfRequired', 'Never', 'Always'].includes(rebootSetting ?? '')) {
    return armError(
      400,
      'InvalidParameter',
      `The value '${rebootSetting ?? ''}' of parameter 'rebootSetting' is not allowed. Allowed values are: IfRequired, Never, Always.`,
      'rebootSetting',
    );
  }
  if (maximumDuration !== undefined && !/^PT(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?$/.test(maximumDuration)) {
    return armError(
      400,
      'InvalidParameter',
      `The value '${maximumDuration}' of parameter 'maximumDuration' is not a valid ISO 8601 duration.`,
      'maximumDuration',
    );
  }
  return vm.osType === 'Linux' ? installPackages(cloud, request, vm, body) : installKbs(cloud, request, vm, body);
}

function installKbs(
  cloud: Cloud,
  request: ArmRequest,
  vm: Guest,
  { rebootSetting, windowsParameters }: InstallBody,
): ArmAnswer {
  const kbs = textsOf(windowsParameters?.['kbNumbersToInclude']);
  const bad = kbs.find((kb) => !/^KB\d{6,8}$/i.test(kb));
  if (bad !== undefined) {
    const target = 'windowsParameters.kbNumbersToInclude';
    return armError(
      400,
      'InvalidParameter',
      `The entry in 'kbNumbersToInclude' with value '${bad}' is not valid. It must be a KBID such as KB4512508.`,
      target,
    );
  }
  return (
    wrongClassification('windowsParameters', windowsParameters, classifications) ?? {
      ...patchOperation(cloud, request, vm, 'installPatches', { kbs, rebootSetting }),
      kbs,
    }
  );
}

function installPackages(
  cloud: Cloud,
  request: ArmRequest,
  vm: Guest,
  { rebootSetting, linuxParameters }: InstallBody,
): ArmAnswer {
  const masks = textsOf(linuxParameters?.['packageNameMasksToInclude']);
  const excluded = textsOf(linuxParameters?.['packageNameMasksToExclude']);
  const wanted = textsOf(linuxParameters?.['classificationsToInclude']);
  const selection = { masks, excluded, classifications: linuxClassifications.filter((one) => isIn(one, wanted)) };
  return (
    wrongClassification('linuxParameters', linuxParameters, linuxClassifications) ?? {
      ...patchOperation(cloud, request, vm, 'installPatches', { selection, rebootSetting }),
      masks,
    }
  );
}

function wrongClassification(
  part: string,
  parameters: Record<string, unknown> | undefined,
  allowed: string[],
): ArmAnswer | null {
  const wrong = textsOf(parameters?.['classificationsToInclude']).find((one) => !isIn(one, allowed));
  if (wrong === undefined) return null;
  const target = `${part}.classificationsToInclude`;
  return armError(
    400,
    'InvalidParameter',
    `The value '${wrong}' of parameter '${target}' is not allowed. Allowed values are: ${allowed.join(', ')}.`,
    target,
  );
}

function isIn(text: string, all: string[]): boolean {
  return all.some((one) => one.toLowerCase() === text.toLowerCase());
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function patchOperation(
  cloud: Cloud,
  request: ArmRequest,
  vm: Guest,
  kind: 'installPatches' | 'assessPatches',
  input: Record<string, unknown>,
): ArmAnswer {
  const conflict = conflictOf(cloud, vm, kind);
  if (conflict !== null) return conflict;
  if (vm.power !== 'running')
    return armError(409, 'OperationNotAllowed', 'The operation requires the VM to be running (or set to run).');
  return accepted(request, begun(cloud, request, vm, kind, vm.id, input));
}

/** Only the swap of the OS disk: the rest of a machine stays as it is. */
function updateVm(cloud: Cloud, request: ArmRequest, vm: Guest): ArmAnswer {
  const properties = request.body['properties'] as
    | { storageProfile?: { osDisk?: { managedDisk?: { id?: string } } } }
    | undefined;
  const wanted = properties?.storageProfile?.osDisk?.managedDisk?.id?.toLowerCase();
  if (wanted === undefined)
    return armError(
      400,
      'InvalidParameter',
      'Only storageProfile.osDisk.managedDisk can be changed here.',
      'properties',
    );
  const conflict = conflictOf(cloud, vm, 'Update VM');
  if (conflict !== null) return conflict;
  const disk = cloud.journal.tables.disks.get(wanted);
  if (disk === undefined) return notFound(wanted);
  if (vm.osDisk === wanted) return { status: 200, body: vmJson(cloud, vm, false) };
  if (vm.power !== 'deallocated')
    return armError(
      409,
      'OperationNotAllowed',
      `Operation 'Swap OS disk' is not allowed on VM '${vm.name}' since the VM is not deallocated.`,
    );
  if (disk.managedBy !== null)
    return armError(
      409,
      'ConflictingUserInput',
      `Disk '${disk.name}' cannot be attached as the disk is already owned by VM '${disk.managedBy}'.`,
    );
  const changes: Change[] = [
    { table: 'disks', key: vm.osDisk, set: { managedBy: null, content: contentOf(vm) } },
    { table: 'disks', key: disk.id, set: { managedBy: vm.id } },
    { table: 'guests', key: vm.id, set: { osDisk: disk.id, ...disk.content } },
  ];
  const operation = begun(cloud, request, vm, 'updateVm', vm.id, { changes });
  return { status: 200, body: vmJson(cloud, vm, false), headers: operationHeaders(request, operation), operation };
}
