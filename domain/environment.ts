// Which environment a machine is in: by subscription and resource group, never by tag. In doubt it is production (I5).

import type { EnvironmentRule } from './policy.js';
import type { Environment } from './vm.js';
import { matchesGlob } from './glob.js';

export interface EnvironmentVerdict {
  environment: Environment;
  reason: string;
  /** Rules name it, and all of them say the same. */
  isCertain: boolean;
}

export function environmentOf(
  rules: EnvironmentRule[],
  vm: { subscriptionId: string; resourceGroup: string },
): EnvironmentVerdict {
  const matching = rules.filter((rule) => takes(rule, vm));
  const environments = new Set(matching.map((rule) => rule.environment));
  const [environment] = environments;
  const named = matching.map(nameOf).join('; ');
  if (environment === undefined) {
    const reason = `no environment rule names resource group ${vm.resourceGroup} of subscription ${vm.subscriptionId}: it counts as production`;
    return { environment: 'production', reason, isCertain: false };
  }
  if (environments.size > 1) {
    return {
      environment: 'production',
      reason: `environment rules contradict each other, so it counts as production: ${named}`,
      isCertain: false,
    };
  }
  return { environment, reason: named, isCertain: true };
}

function takes(rule: EnvironmentRule, vm: { subscriptionId: string; resourceGroup: string }): boolean {
  const subscription = rule.subscription === '*' || rule.subscription.toLowerCase() === vm.subscriptionId.toLowerCase();
  return subscription && matchesGlob(rule.resourceGroup, vm.resourceGroup);
}

function nameOf(rule: EnvironmentRule): string {
  const subscription = rule.subscription === '*' ? 'any subscription' : `subscription ${rule.subscription}`;
  return `${rule.environment} by ${subscription}, resource group ${rule.resourceGroup}`;
}
