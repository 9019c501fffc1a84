// Restore points, and disks made from them.

import {
  type ArmAnswer,
  type ArmRequest,
  type ArmRoute,
  type Base,
  armError,
  nameIn,
  notFound,
  route,
} from './armAnswer.js';
import { begun, bothAddresses, conflictOf, operationHeaders } from './armOperations.js';
import type { Cloud } from './cloud.js';
import { collectionJson, diskJson, restorePointJson } from './shapes.js';
import { contentOf, type Change, type Disk, type Guest, type RestorePoint } from './world.js';

export function collectionRoute(cloud: Cloud, request: ArmRequest, base: Base, sub = ''): ArmRoute | null {
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
    dataDisks: vm.dataDisks ?? [],
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

export function diskRoute(cloud: Cloud, request: ArmRequest, base: Base): ArmRoute | null {
  const id = request.path.toLowerCase();
  const held = cloud.journal.tables.disks.get(id);
  if (request.method === 'GET')
    return route(base, 'disks/read', null, () =>
      held === undefined ? notFound(id) : { status: 200, body: diskJson(held) },
    );
  if (request.method === 'DELETE') return route(base, 'disks/delete', null, () => deleteDisk(cloud, request, held));
  return request.method === 'PUT' ? route(base, 'disks/write', null, () => putDisk(cloud, request, id, held)) : null;
}

function deleteDisk(cloud: Cloud, request: ArmRequest, held: Disk | undefined): ArmAnswer {
  if (held === undefined) return { status: 204, body: null };
  if (held.managedBy !== null)
    return armError(
      409,
      'OperationNotAllowed',
      `Disk ${held.name} is attached to VM ${held.managedBy}. Detach the disk before deleting it.`,
    );
  const operation = cloud.begin({
    kind: 'deleteDisk',
    target: held.id,
    vm: null,
    subscriptionId: subscriptionIn(held.id),
    location: held.location,
    input: { changes: [{ table: 'disks', key: held.id, set: null }] },
    clientRequestId: request.clientRequestId,
  });
  return { status: 202, body: null, headers: bothAddresses(request, operation), operation };
}

function subscriptionIn(id: string): string {
  return id.split('/')[2] ?? '';
}

function putDisk(cloud: Cloud, request: ArmRequest, id: string, held: Disk | undefined): ArmAnswer {
  const { location, zones, tags, properties } = request.body as {
    location?: string;
    zones?: string[];
    tags?: Record<string, string>;
    properties?: { creationData?: { createOption?: string; sourceResourceId?: string } };
  };
  const source = properties?.creationData?.sourceResourceId?.toLowerCase() ?? '';
  if (properties?.creationData?.createOption !== 'Restore')
    return armError(400, 'InvalidParameter', "Only createOption 'Restore' is known here.", 'creationData.createOption');
  const [pointId = '', diskName = ''] = source.split('/diskrestorepoints/');
  const point = cloud.journal.tables.restorePoints.get(pointId);
  const all = [point?.osDisk ?? '', ...(point?.dataDisks ?? []).map((one) => one.id)];
  const original = all.find((one) => one.slice(one.lastIndexOf('/') + 1) === diskName);
  if (point === undefined || point.state !== 'Succeeded' || original === undefined) return notFound(source);
  if (held !== undefined) return { status: 200, body: diskJson(held) };
  const guest = cloud.journal.tables.guests.get(point.vm);
  if (guest !== undefined && location !== undefined && location !== guest.location)
    return armError(
      400,
      'InvalidParameter',
      `The source '${source}' is in '${guest.location}', and the disk is to be in '${location}'.`,
      'location',
    );
  const isSystem = original === point.osDisk;
  const disk: Disk = {
    id,
    name: nameIn(request),
    location: location ?? guest?.location ?? '',
    zone: zones?.[0] ?? null,
    osType: guest?.osType ?? 'Windows',
    managedBy: null,
    source,
    content: isSystem ? point.content : null,
    ...(tags === undefined ? {} : { tags }),
    ...(isSystem && guest !== undefined ? { guest: restOf(guest, point) } : {}),
  };
  const changes: Change[] = [{ table: 'disks', key: id, set: { ...disk } }];
  const operation = cloud.begin({
    kind: 'disk',
    target: id,
    vm: null,
    subscriptionId: subscriptionIn(id),
    location: disk.location,
    input: { changes },
    clientRequestId: request.clientRequestId,
  });
  return { status: 202, body: diskJson(disk, 'Updating'), headers: bothAddresses(request, operation), operation };
}

/** What the guest was then, besides what its disk's content says. */
function restOf(
  { osName, product, remembered, installedAt, administrators, definitions }: Guest,
  { content, createdAt }: RestorePoint,
): NonNullable<Disk['guest']> {
  const then = Object.entries(installedAt).filter(([kb, at]) => content.installedKbs.includes(kb) && at <= createdAt);
  const rest = { osName, product, remembered, administrators, installedAt: Object.fromEntries(then) };
  return definitions === undefined ? rest : { ...rest, definitions };
}
