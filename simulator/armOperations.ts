// Long-running operations on the wire: accepted, addressed, polled. Addresses are sealed: nobody may build one.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type ArmAnswer, type ArmRequest, type ArmRoute, armError, route } from './armAnswer.js';
import type { Cloud } from './cloud.js';
import type { Change, Guest, Operation } from './world.js';

export function conflictOf(cloud: Cloud, vm: Guest, kind: string): ArmAnswer | null {
  if (cloud.busyWith(vm.id) === null) return null;
  return armError(
    409,
    'OperationNotAllowed',
    `Operation '${kind}' is not allowed on VM '${vm.name}' since another operation is in progress.`,
  );
}

export function begun(
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

/** 202 with an empty body and two opaque addresses; no Retry-After. */
export function accepted(request: ArmRequest, operation: Operation): ArmAnswer {
  return { status: 202, body: null, headers: bothAddresses(request, operation), operation };
}

/** Writes answered with the resource itself have no second address: their result is read at the resource. */
export function operationHeaders(request: ArmRequest, operation: Operation): Record<string, string> {
  const { location: _location, ...headers } = bothAddresses(request, operation);
  return headers;
}

export function bothAddresses(
  request: ArmRequest,
  { id, subscriptionId, location }: Operation,
): Record<string, string> {
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

export function operationRoute(cloud: Cloud, request: ArmRequest, subscription: string, id: string): ArmRoute {
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
