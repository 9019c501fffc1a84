// Resource Graph for the one query that Patchline sends. Any other text gets the error that a broken query gets.

import type { Cloud } from './cloud.js';
import { oddCase, vmJson } from './shapes.js';
import { armError, type ArmAnswer } from './armAnswer.js';

export const machinesQuery =
  "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, location, resourceGroup, subscriptionId, tags, zones, vmId = properties.vmId, vmSize = properties.hardwareProfile.vmSize, osType = properties.storageProfile.osDisk.osType, imageReference = properties.storageProfile.imageReference, availabilitySetId = properties.availabilitySet.id, osName = properties.extended.instanceView.osName, osVersion = properties.extended.instanceView.osVersion, powerState = properties.extended.instanceView.powerState.code | order by id asc";

export function queryResources(cloud: Cloud, body: Record<string, unknown>): ArmAnswer {
  const { subscriptions, query, options } = body as {
    subscriptions?: string[];
    query?: string;
    options?: { $top?: number; $skipToken?: string };
  };
  if (query?.replace(/\s+/g, ' ').trim() !== machinesQuery) {
    return armError(
      400,
      'BadRequest',
      'Please provide below info when asking for support: the query is not one of those that are known here.',
    );
  }
  const wanted = (subscriptions ?? []).map((id) => id.toLowerCase());
  const rows = [...cloud.journal.tables.guests.values()]
    .filter((guest) => wanted.includes(guest.subscriptionId.toLowerCase()))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((guest) => {
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
  const top = Math.min(1000, options?.$top ?? 100);
  const from = Number(
    options?.$skipToken === undefined ? 0 : Buffer.from(options.$skipToken, 'base64').toString('utf8'),
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
