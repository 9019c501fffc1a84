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
