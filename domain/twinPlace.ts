// Where a twin goes: everything there is staging by the policy's own rules, or nothing is built (I1, I5).

import { environmentOf } from './environment.js';
import type { EnvironmentRule } from './policy.js';
import type { TwinPlace, TwinPolicy } from './twinPolicy.js';

/** The subnet's, which is the twin's. */
export function subscriptionOf({ subnet }: TwinPlace): string {
  return /^\/subscriptions\/([^/]+)\//.exec(subnet)?.[1] ?? '';
}

/** Why nothing may be built there, null when it may. What no rule makes staging is production (I5). */
export function placeProblem(
  { resourceGroup }: Pick<TwinPolicy, 'resourceGroup'>,
  place: TwinPlace,
  { environments, mayInstall }: { environments: EnvironmentRule[]; mayInstall: string[] },
): string | null {
  const subscriptionId = subscriptionOf(place);
  const { environment, reason } = environmentOf(environments, { subscriptionId, resourceGroup });
  if (environment !== 'staging') return `resource group ${resourceGroup} counts as production there (${reason})`;
  return mayInstall.includes(subscriptionId)
    ? null
    : `subscription ${subscriptionId} is observe-only: mayInstall does not name it`;
}

/** The place in the machine's region, of its own subscription where there is one. */
export function placeFor(
  { places }: Pick<TwinPolicy, 'places'>,
  vm: { location: string; subscriptionId: string },
): TwinPlace | null {
  const near = places.filter((place) => place.region.toLowerCase() === vm.location.toLowerCase());
  return near.find((place) => subscriptionOf(place) === vm.subscriptionId.toLowerCase()) ?? near[0] ?? null;
}
