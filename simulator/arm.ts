// The management API: which address means what. It never de-duplicates: two installations asked for are two.

import type { ArmRequest, ArmRoute } from './armAnswer.js';
import { collectionRoute, diskRoute } from './armDisks.js';
import { listRoute, vmRoute } from './armMachines.js';
import { operationRoute } from './armOperations.js';
import type { Cloud } from './cloud.js';

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
