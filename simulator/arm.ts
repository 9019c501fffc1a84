// The management API: what each request means, and what it starts. It never de-duplicates: two installations asked for are two.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Cloud } from './cloud.js';
import { collectionJson, diskJson, instanceView, restorePointJson, runCommandJson, vmJson } from './shapes.js';
import { contentOf, type Change, type Disk, type Guest, type Operation, type RestorePoint } from './world.js';

export interface ArmRequest {
  method: string;
  /** Without the query; as sent. */
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  clientRequestId: string | null;
  /** `https://127.0.0.1:port` as the client called it. */
  origin: string;
}

export interface ArmAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  operation?: Operation;
  kbs?: string[];
}

export interface ArmRoute {
  action: string;
  vm: Guest | null;
  subscription: string;
  resource: string;
  answer(): ArmAnswer;
}

export function armError(status: number, code: string, message: string, target?: string): ArmAnswer {
  return { status, body: { error: { code, message, ...(target === undefined ? {} : { target }) } } };
}

/** Null: no such address. */
export function routeArm(cloud: Cloud, request: ArmRequest): ArmRoute | null {
  const { method } = request;
  const path = request.path.toLowerCase();
  const operation =
    /^\/subscriptions\/([^/]+)\/providers\/microsoft\.compute\/locations\/[^/]+\/operations\/([^/]+)$/.exec(path);
  if (operation !== null && method === 'GET')
    return operationRoute(cloud, request, operation[1] ?? '', operation[2] ?? '');
  const list = /^\/subscriptions\/([^/]+)\/providers\/microsoft\.compute\/virtualmachines$/.exec(path);
  if (list !== null && method === 'GET') return listRoute(cloud, request, list[1] ?? '');
  const match =
    /^\/subscriptions\/([^/]+)\/resourcegroups\/[^/]+\/providers\/microsoft\.compute\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?(?:\/[^/]+)?$/.exec(
      path,
    );
  if (match === null) return null;
  const [, subscription = '', type = '', name, sub] = match;
  const base = { subscription, resource: path };
  switch (type) {
    case 'virtualmachines':
      return vmRoute(cloud, request, base, name, sub);
    case 'restorepointcollections':
      return collectionRoute(cloud, request, base, sub);
    case 'disks':
      return diskRoute(cloud, request, base);
    default:
      return null;
  }
}

/** Names keep the case that their first request gave them; ids are compared without it. */
function nameIn({ path }: ArmRequest): string {
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}

type Base = Pick<ArmRoute, 'subscription' | 'resource'>;

function notFound(path: string): ArmAnswer {
  const name = path.split('/').slice(-2).join('/');
  return armError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Compute/${name}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

function route(base: Base, action: string, vm: Guest | null, answer: () => ArmAnswer): ArmRoute {
  return { ...base, action: `Microsoft.Compute/${action}`, vm, answer };
}

function listRoute(cloud: Cloud, request: ArmRequest, subscription: string): ArmRoute {
  const guests = [...cloud.journal.tables.guests.values()].filter(
    (guest) => guest.subscriptionId.toLowerCase() === subscription,
  );
  const expand = request.query.get('statusOnly') === 'true';
  return route({ subscription, resource: request.path }, 'virtualMachines/read', null, () => ({
    status: 200,
    body: { value: guests.map((guest) => vmJson(cloud, guest, expand)) },
  }));
}

function vmRoute(cloud: Cloud, request: ArmRequest, base: Base, name = '', sub = ''): ArmRoute | null {
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

function conflictOf(cloud: Cloud, vm: Guest, kind: string): ArmAnswer | null {
  if (cloud.busyWith(vm.id) === null) return null;
  return armError(
    409,
    'OperationNotAllowed',
    `Operation '${kind}' is not allowed on VM '${vm.name}' since another operation is in progress.`,
  );
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

function begun(
  cloud: Cloud,
  request: ArmRequest,
  vm: Guest,
  kind: Operation['kind'],
  target: string,
  input: Record<string, unknown>,
  changes: Change[] = [],
): Operation {
  const { subscriptionId, location } = vm;
  return cloud.begin(
    { kind, target, vm: vm.id, subscriptionId, location, input, clientRequestId: request.clientRequestId },
    changes,
  );
}

function started(cloud: Cloud, request: ArmRequest, vm: Guest, kind: Operation['kind']): ArmAnswer {
  return accepted(request, begun(cloud, request, vm, kind, vm.id, {}));
}

/** 202 with an empty body and two opaque addresses; no Retry-After. */
function accepted(request: ArmRequest, operation: Operation): ArmAnswer {
  return { status: 202, body: null, headers: bothAddresses(request, operation), operation };
}

/** Writes answered with the resource itself have no second address: their result is read at the resource. */
function operationHeaders(request: ArmRequest, operation: Operation): Record<string, string> {
  const { location: _location, ...headers } = bothAddresses(request, operation);
  return headers;
}

function bothAddresses(request: ArmRequest, { id, subscriptionId, location }: Operation): Record<string, string> {
  const address = `${request.origin}/subscriptions/${subscriptionId}/providers/Microsoft.Compute/locations/${location}/operations/${id}`;
  const version = request.query.get('api-version') ?? '2026-04-01';
  const p = randomUUID();
  const [t, c, s] = [String(Date.now()), randomText(1950), randomText(258)];
  const signed = `t=${t}&c=${c}&s=${s}&h=${sealOf(id, [p, t, c, s])}`;
  return {
    'azure-asyncnotification': 'Enabled',
    'azure-asyncoperation': `${address}?p=${p}&api-version=${version}&${signed}`,
    location: `${address}?p=${p}&monitor=true&api-version=${version}&${signed}`,
  };
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** Whoever takes such an address apart and builds it anew is found out. */
function sealOf(id: string, parts: string[]): string {
  return createHash('sha256')
    .update([id, ...parts].join(' '))
    .digest('base64url');
}

function operationRoute(cloud: Cloud, request: ArmRequest, subscription: string, id: string): ArmRoute {
  const held = cloud.journal.tables.operations.get(id);
  const vm = cloud.journal.tables.guests.get(held?.vm ?? '') ?? null;
  return route({ subscription, resource: id }, 'locations/operations/read', vm, () => {
    if (held === undefined) return armError(404, 'NotFound', `The operation '${id}' could not be found.`);
    const parts = ['p', 't', 'c', 's'].map((name) => request.query.get(name) ?? '');
    if (request.query.get('h') !== sealOf(id, parts))
      return armError(403, 'AuthorizationFailed', 'The address of the operation was altered.');
    return request.query.get('monitor') === 'true' ? monitored(held) : polled(held);
  });
}

function polled(operation: Operation): ArmAnswer {
  const { startedAt, endedAt, status, output, error, id } = operation;
  if (status === 'InProgress') return { status: 200, body: { startTime: startedAt, status, name: id } };
  const result = error === null ? (output === null ? {} : { properties: { output } }) : { error };
  return { status: 200, body: { startTime: startedAt, endTime: endedAt, status, ...result, name: id } };
}

function monitored(operation: Operation): ArmAnswer {
  if (operation.status === 'InProgress') return { status: 202, body: null };
  if (operation.error !== null) return { status: 409, body: { error: operation.error } };
  return operation.output === null ? { status: 200, body: null } : { status: 200, body: operation.output };
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

function install(cloud: Cloud, request: ArmRequest, vm: Guest): ArmAnswer {
  const { rebootSetting, maximumDuration, windowsParameters } = request.body as {
    rebootSetting?: string;
    maximumDuration?: string;
    windowsParameters?: Record<string, unknown>;
  };
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
  const wrong = textsOf(windowsParameters?.['classificationsToInclude']).find((one) => !isClassification(one));
  if (wrong !== undefined) {
    const target = 'windowsParameters.classificationsToInclude';
    return armError(
      400,
      'InvalidParameter',
      `The value '${wrong}' of parameter '${target}' is not allowed. Allowed values are: ${classifications.join(', ')}.`,
      target,
    );
  }
  return { ...patchOperation(cloud, request, vm, 'installPatches', { kbs, rebootSetting }), kbs };
}

function isClassification(text: string): boolean {
  return classifications.some((one) => one.toLowerCase() === text.toLowerCase());
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

function runCommandRoute(
  cloud: Cloud,
  request: ArmRequest,
  on: (action: string, work: (vm: Guest) => ArmAnswer) => ArmRoute,
): ArmRoute | null {
  const id = request.path.toLowerCase();
  const held = cloud.journal.tables.runCommands.get(id);
  switch (request.method) {
    case 'PUT':
      return on('virtualMachines/runCommands/write', (vm) => putRunCommand(cloud, request, vm, id));
    case 'GET':
      return on('virtualMachines/runCommands/read', () =>
        held === undefined
          ? notFound(id)
          : { status: 200, body: runCommandJson(held, request.query.get('$expand') === 'instanceView') },
      );
    case 'DELETE':
      return on('virtualMachines/runCommands/delete', () => {
        cloud.journal.commit('run command deleted', [{ table: 'runCommands', key: id, set: null }]);
        return { status: held === undefined ? 204 : 200, body: null };
      });
    default:
      return null;
  }
}

/** A command of the same name and script is there already: it is not run again. */
function putRunCommand(cloud: Cloud, request: ArmRequest, vm: Guest, id: string): ArmAnswer {
  const properties = request.body['properties'] as
    | { source?: { script?: string }; parameters?: { name: string; value: string }[] }
    | undefined;
  const script = properties?.source?.script;
  if (script === undefined)
    return armError(400, 'InvalidParameter', 'A run command needs properties.source.script.', 'properties.source');
  if (vm.power !== 'running')
    return armError(409, 'OperationNotAllowed', 'Cannot modify extensions in the VM when the VM is not running.');
  const held = cloud.journal.tables.runCommands.get(id);
  if (held !== undefined && held.script === script) return { status: 200, body: runCommandJson(held, false) };
  const command = {
    id,
    name: nameIn(request),
    vm: vm.id,
    location: vm.location,
    script,
    parameters: properties?.parameters ?? [],
    state: 'Running' as const,
    exitCode: null,
    output: '',
    error: '',
    startedAt: new Date().toISOString(),
    endedAt: null,
  };
  const operation = begun(cloud, request, vm, 'runCommand', id, {}, [
    { table: 'runCommands', key: id, set: { ...command } },
  ]);
  return {
    status: 201,
    body: runCommandJson(command, false),
    headers: operationHeaders(request, operation),
    operation,
  };
}

function collectionRoute(cloud: Cloud, request: ArmRequest, base: Base, sub = ''): ArmRoute | null {
  const path = request.path.toLowerCase();
  const { collections, restorePoints, guests } = cloud.journal.tables;
  const collectionId = path.split('/').slice(0, 9).join('/');
  const collection = collections.get(collectionId);
  const vm = collection === undefined ? null : (guests.get(collection.vm) ?? null);
  const points = [...restorePoints.values()].filter((point) => point.collection === collectionId);
  if (sub === '') {
    if (request.method === 'GET') {
      const expanded = request.query.get('$expand') === 'restorePoints' ? cloud : null;
      return route(base, 'restorePointCollections/read', vm, () =>
        collection === undefined ? notFound(path) : { status: 200, body: collectionJson(collection, points, expanded) },
      );
    }
    return request.method === 'PUT'
      ? route(base, 'restorePointCollections/write', vm, () => putCollection(cloud, request, collectionId))
      : null;
  }
  if (sub !== 'restorepoints') return null;
  const held = restorePoints.get(path);
  if (request.method === 'GET')
    return route(base, 'restorePointCollections/restorePoints/read', vm, () =>
      held === undefined ? notFound(path) : { status: 200, body: restorePointJson(held, cloud) },
    );
  if (request.method !== 'PUT') return null;
  return route(base, 'restorePointCollections/restorePoints/write', vm, () => {
    if (collection === undefined || vm === null) return notFound(collectionId);
    return putRestorePoint(cloud, request, vm, { id: path, name: nameIn(request), collection: collectionId }, held);
  });
}

function putCollection(cloud: Cloud, request: ArmRequest, id: string): ArmAnswer {
  const properties = request.body['properties'] as { source?: { id?: string } } | undefined;
  const vmId = properties?.source?.id?.toLowerCase() ?? '';
  const guest = cloud.journal.tables.guests.get(vmId);
  if (guest === undefined) return notFound(vmId);
  const held = cloud.journal.tables.collections.get(id);
  const collection = { id, name: nameIn(request), location: guest.location, vm: guest.id };
  if (held === undefined)
    cloud.journal.commit('restore point collection made', [{ table: 'collections', key: id, set: collection }]);
  return { status: held === undefined ? 201 : 200, body: collectionJson(held ?? collection, [], null) };
}

function putRestorePoint(
  cloud: Cloud,
  request: ArmRequest,
  vm: Guest,
  named: Pick<RestorePoint, 'id' | 'name' | 'collection'>,
  held: RestorePoint | undefined,
): ArmAnswer {
  if (held !== undefined) return { status: 200, body: restorePointJson(held, cloud) };
  const conflict = conflictOf(cloud, vm, 'Create restore point');
  if (conflict !== null) return conflict;
  const point: RestorePoint = {
    ...named,
    vm: vm.id,
    createdAt: new Date().toISOString(),
    osDisk: vm.osDisk,
    state: 'Creating',
    content: contentOf(vm),
  };
  const operation = begun(cloud, request, vm, 'restorePoint', named.id, {}, [
    { table: 'restorePoints', key: named.id, set: { ...point } },
  ]);
  return {
    status: 201,
    body: restorePointJson(point, cloud),
    headers: operationHeaders(request, operation),
    operation,
  };
}

function diskRoute(cloud: Cloud, request: ArmRequest, base: Base): ArmRoute | null {
  const id = request.path.toLowerCase();
  const held = cloud.journal.tables.disks.get(id);
  if (request.method === 'GET')
    return route(base, 'disks/read', null, () =>
      held === undefined ? notFound(id) : { status: 200, body: diskJson(held) },
    );
  return request.method === 'PUT' ? route(base, 'disks/write', null, () => putDisk(cloud, request, id, held)) : null;
}

function putDisk(cloud: Cloud, request: ArmRequest, id: string, held: Disk | undefined): ArmAnswer {
  const { location, zones, properties } = request.body as {
    location?: string;
    zones?: string[];
    properties?: { creationData?: { createOption?: string; sourceResourceId?: string } };
  };
  const source = properties?.creationData?.sourceResourceId?.toLowerCase() ?? '';
  if (properties?.creationData?.createOption !== 'Restore')
    return armError(400, 'InvalidParameter', "Only createOption 'Restore' is known here.", 'creationData.createOption');
  const point = cloud.journal.tables.restorePoints.get(source.replace(/\/diskrestorepoints\/[^/]+$/, ''));
  if (point === undefined || point.state !== 'Succeeded') return notFound(source);
  if (held !== undefined) return { status: 200, body: diskJson(held) };
  const guest = cloud.journal.tables.guests.get(point.vm);
  const disk: Disk = {
    id,
    name: nameIn(request),
    location: location ?? guest?.location ?? '',
    zone: zones?.[0] ?? null,
    osType: guest?.osType ?? 'Windows',
    managedBy: null,
    source,
    content: point.content,
  };
  const changes: Change[] = [{ table: 'disks', key: id, set: { ...disk } }];
  const operation = cloud.begin({
    kind: 'disk',
    target: id,
    vm: null,
    subscriptionId: guest?.subscriptionId ?? '',
    location: disk.location,
    input: { changes },
    clientRequestId: request.clientRequestId,
  });
  return { status: 202, body: diskJson(disk, 'Updating'), headers: bothAddresses(request, operation), operation };
}
