// Role assignments, from Resource Graph: a query for each subscription, since one above it reaches several.

import { z } from 'zod';
import type { RoleAssignment } from '../../ports/access.js';
import { AzureFailure } from '../../ports/azure.js';
import { azureFailure } from './failures.js';
import type { AzureSession } from './session.js';

/** Built-in roles have another id in assignments than in definitions: only the GUID at the end is the same. */
const assignmentsQuery = `authorizationresources
| where type =~ 'microsoft.authorization/roleassignments'
| extend roleGuid = extract('([^/]+)$', 1, tolower(tostring(properties.roleDefinitionId)))
| join kind=leftouter (authorizationresources
  | where type =~ 'microsoft.authorization/roledefinitions'
  | project roleGuid = extract('([^/]+)$', 1, tolower(id)), roleName = tostring(properties.roleName)) on roleGuid
| project id, scope = tolower(tostring(properties.scope)), principalId = tostring(properties.principalId),
  principalType = tostring(properties.principalType), roleName, roleGuid
| order by id asc`.replace(/\s+/g, ' ');

const pageSize = 1000;

const Row = z.object({
  id: z.string().min(1),
  scope: z.string().min(1),
  principalId: z.string(),
  principalType: z.string().nullish(),
  roleName: z.string().nullish(),
  roleGuid: z.string().nullish(),
});

export async function listAssignments(session: AzureSession): Promise<RoleAssignment[]> {
  const all: RoleAssignment[] = [];
  for (const subscriptionId of session.subscriptions) all.push(...(await assignmentsOf(session, subscriptionId)));
  return all;
}

async function assignmentsOf({ graph }: AzureSession, subscriptionId: string): Promise<RoleAssignment[]> {
  const assignments: RoleAssignment[] = [];
  let skipToken: string | undefined;
  do {
    const page = await graph
      .resources({
        subscriptions: [subscriptionId],
        query: assignmentsQuery,
        options: {
          top: pageSize,
          resultFormat: 'objectArray',
          authorizationScopeFilter: 'AtScopeAboveAndBelow',
          ...(skipToken === undefined ? {} : { skipToken }),
        },
      })
      .catch((failure: unknown) => {
        throw azureFailure(failure);
      });
    const rows = z.array(Row).safeParse(page.data);
    if (!rows.success)
      throw new AzureFailure('unavailable', 'Resource Graph answered role assignments in an unknown shape', null, null);
    assignments.push(
      ...rows.data.map((row) => ({
        assignmentId: row.id.toLowerCase(),
        subscriptionId,
        scope: row.scope.toLowerCase(),
        principalId: row.principalId,
        principalType: row.principalType ?? 'unknown',
        role: row.roleName ?? row.roleGuid ?? 'unknown',
      })),
    );
    skipToken = page.skipToken;
  } while (skipToken !== undefined);
  return assignments;
}
