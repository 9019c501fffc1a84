// Which category a machine is in. None or more than one is no category: such a machine is reported and never patched (I5).

import { matchesGlob } from './glob.js';
import type { CategoryRule } from './policy.js';
import type { Vm } from './vm.js';

export interface CategoryVerdict {
  category: string | null;
  reason: string;
}

type Matched = Pick<Vm, 'name' | 'tags' | 'osType' | 'osName' | 'subscriptionId' | 'resourceGroup'>;

export function categoryOf(rules: CategoryRule[], vm: Matched): CategoryVerdict {
  const matching = rules.filter((rule) => matches(rule.match, vm));
  const [only] = matching;
  if (only === undefined) return { category: null, reason: 'no category takes it' };
  if (matching.length > 1) {
    return {
      category: null,
      reason: `more than one category takes it: ${matching.map((rule) => rule.name).join(', ')}`,
    };
  }
  return { category: only.name, reason: reasonOf(only.match) };
}

export interface Explanation extends CategoryVerdict {
  rules: { category: string; takes: boolean; conditions: { condition: string; met: boolean }[] }[];
}

/** Why a machine is where it is: every rule with every condition. */
export function explainCategory(rules: CategoryRule[], vm: Matched): Explanation {
  return {
    ...categoryOf(rules, vm),
    rules: rules.map(({ name, match }) => ({
      category: name,
      takes: matches(match, vm),
      conditions: conditionsOf(match).map(({ condition, holds }) => ({ condition, met: holds(vm) })),
    })),
  };
}

/** Does the rule take the machine? One that asks for nothing would take the whole fleet: it takes nothing. */
export function matches(match: CategoryRule['match'], vm: Matched): boolean {
  const conditions = conditionsOf(match);
  return conditions.length > 0 && conditions.every(({ holds }) => holds(vm));
}

interface Condition {
  condition: string;
  holds: (vm: Matched) => boolean;
}

/** Everything that the rule asks for; all of it must hold. */
function conditionsOf({ tags, osType, osName, name, subscription, resourceGroup }: CategoryRule['match']): Condition[] {
  const glob = (what: string, wanted: string | null, of: (vm: Matched) => string | null): Condition[] =>
    wanted === null
      ? []
      : [{ condition: `${what} ${wanted}`, holds: (vm) => matchesGlob(wanted, of(vm) ?? '') && of(vm) !== null }];
  return [
    ...Object.entries(tags).map(([key, value]) => ({
      condition: `tag ${key}=${value}`,
      holds: (vm: Matched) => hasTag(vm.tags, key, value),
    })),
    ...(osType === null
      ? []
      : [{ condition: `operating system ${osType}`, holds: (vm: Matched) => vm.osType === osType }]),
    ...glob('operating system', osName, (vm) => vm.osName),
    ...glob('name', name, (vm) => vm.name),
    ...(subscription === null
      ? []
      : [
          {
            condition: `subscription ${subscription}`,
            holds: (vm: Matched) => vm.subscriptionId.toLowerCase() === subscription.toLowerCase(),
          },
        ]),
    ...glob('resource group', resourceGroup, (vm) => vm.resourceGroup),
  ];
}

/** Azure's tag keys ignore case, its values do not. */
function hasTag(tags: Record<string, string>, key: string, value: string): boolean {
  const held = Object.entries(tags).filter(([name]) => name.toLowerCase() === key.toLowerCase());
  return held.length > 0 && held.every(([, text]) => text === value);
}

function reasonOf(match: CategoryRule['match']): string {
  return conditionsOf(match)
    .map(({ condition }) => condition)
    .join(', ');
}
