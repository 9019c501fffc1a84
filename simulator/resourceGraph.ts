// Resource Graph for the two queries that Patchline sends. Any other text gets the error that a broken query gets.

import type { Cloud } from './cloud.js';
import type { Guest } from './world.js';
import { oddCase, vmJson } from './shapes.js';
import { armError, type ArmAnswer } from './armAnswer.js';

export const machinesQuery =
  "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, location, resourceGroup, subscriptionId, tags, zones, vmId = properties.vmId, vmSize = properties.hardwareProfile.vmSize, osType = properties.storageProfile.osDisk.osType, imageReference = properties.storageProfile.imageReference, availabilitySetId = properties.availabilitySet.id, osName = properties.extended.instanceView.osName, osVersion = properties.extended.instanceView.osVersion, powerState = properties.extended.instanceView.powerState.code | order by id asc";

export const assignmentsQuery =
  "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | extend roleGuid = extract('([^/]+)$', 1, tolower(tostring(properties.roleDefinitionId))) | join kind=leftouter (authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' | project roleGuid = extract('([^/]+)$', 1, tolower(id)), roleName = tostring(properties.roleName)) on roleGuid | project id, scope = tolower(tostring(properties.scope)), principalId = tostring(properties.principalId), principalType = tostring(properties.principalType), roleName, roleGuid | order by id asc";

export function queryResources(cloud: Cloud, body: Record<string, unknown>): ArmAnswer {
  const { subscriptions, query, options } = body as {
    subscriptions?: string[];
    query?: string;
    options?: { $top?: number; $skipToken?: string };
  };
  const text = query?.replace(/\s+/g, ' ').trim();
  if (text !== machinesQuery && text !== assignmentsQuery) {
    return armError(
      400,
      'BadRequest',
      'Please provide below info when asking for support: the query is not one of those that are known here.',
    );
  }
  const wanted = (subscriptions ?? []).map((id) => id.toLowerCase());
  const guests = [...cloud.journal.tables.guests.values()]
    .filter((guest) => wanted.includes(guest.subscriptionId.toLowerCase()))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return pageOf(text === machinesQuery ? machineRows(cloud, guests) : assignmentRows(guests), options ?? {});
}

function machineRows(cloud: Cloud, guests: Guest[]) {
  return guests.map((guest) => {
    const { id, properties } = vmJson(cloud, guest, false);
    return {
      id,
      name: guest.name,
      location: guest.location,
      resourceGroup: guest.resourceGroup.toLowerCase(),
      subscriptionId: guest.subscriptionId,
      tags: guest.tags,
      zones: guest.zone === null ? null : [guest.zone],
      vmId: guest.guid.toUpperCase(),
      vmSize: guest.size,
      osType: guest.osType,
      imageReference: properties.storageProfile.imageReference,
      availabilitySetId: guest.availabilitySet === null ? null : oddCase(guest.availabilitySet),
      osName: guest.osName,
      osVersion: guest.build,
      powerState: `PowerState/${guest.power}`,
    };
  });
}

/** A platform team on each subscription, an operations team on each resource group, and the management group above them all. */
function assignmentRows(guests: Guest[]) {
  const roles = 'microsoft.authorization/roleassignments';
  const groups = new Set(
    guests.map((guest) => `/subscriptions/${guest.subscriptionId}/resourceGroups/${guest.resourceGroup}`),
  );
  const subscriptions = new Set(guests.map((guest) => `/subscriptions/${guest.subscriptionId}`));
  const assignment = (scope: string, principalId: string, principalType: string, roleName: string) => ({
    id: `${scope}/providers/${roles}/${principalId}`,
    scope: scope.toLowerCase(),
    principalId,
    principalType,
    roleName,
    roleGuid: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  });
  return [
    assignment(
      '/providers/Microsoft.Management/managementGroups/contoso',
      '5e1d0c1a-0000-4000-8000-0000000000a1',
      'Group',
      'Reader',
    ),
    ...[...subscriptions].map((scope) =>
      assignment(scope, '5e1d0c1a-0000-4000-8000-0000000000a2', 'ServicePrincipal', 'Contributor'),
    ),
    ...[...groups].map((scope) =>
      assignment(scope, '5e1d0c1a-0000-4000-8000-0000000000a3', 'Group', 'Virtual Machine Contributor'),
    ),
  ].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function pageOf(rows: unknown[], options: { $top?: number; $skipToken?: string }): ArmAnswer {
  const top = Math.min(1000, options.$top ?? 100);
  const from = Number(
    options.$skipToken === undefined ? 0 : Buffer.from(options.$skipToken, 'base64').toString('utf8'),
  );
  if (!Number.isInteger(from)) return armError(400, 'BadRequest', 'The skip token is not one of ours.');
  const data = rows.slice(from, from + top);
  const isMore = from + data.length < rows.length;
  return {
    status: 200,
    headers: { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:05' },
    body: {
      totalRecords: rows.length,
      count: data.length,
      data,
      facets: [],
      resultTruncated: 'false',
      ...(isMore ? { $skipToken: Buffer.from(String(from + data.length)).toString('base64') } : {}),
    },
  };
}
