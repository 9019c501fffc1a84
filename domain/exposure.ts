// Can a machine be reached from the internet? By policy, else by its tag; what nobody says counts as yes (I5).

import { matches } from './category.js';
import type { CategoryRule } from './policy.js';
import type { Estimate } from './risk.js';

const tagName = 'exposure';

export function exposureOf(
  vm: Parameters<typeof matches>[1],
  exposed: { match: CategoryRule['match'] }[],
): Estimate<boolean> {
  if (exposed.some((rule) => matches(rule.match, vm))) return { value: true, estimated: false };
  const tag = Object.entries(vm.tags)
    .find(([key]) => key.toLowerCase() === tagName)?.[1]
    .toLowerCase();
  if (tag === 'internal') return { value: false, estimated: false };
  return { value: true, estimated: tag !== 'internet' };
}
