// Which category a machine is in. None or more than one is no category: such a machine is reported and never patched (I5).

import { matchesGlob } from './environment.js';
import type { CategoryRule } from './policy.js';
import type { OsType } from './vm.js';

export interface CategoryVerdict {
  category: string | null;
  reason: string;
}

interface Matched {
  tags: Record<string, string>;
  osType: OsType;
  resourceGroup: string;
}

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
      conditions: [
        ...(match.osType === null
          ? []
          : [{ condition: `operating system ${match.osType}`, met: match.osType === vm.osType }]),
        ...(match.resourceGroup === null
          ? []
          : [
              {
                condition: `resource group ${match.resourceGroup}`,
                met: matchesGlob(match.resourceGroup, vm.resourceGroup),
              },
            ]),
        ...Object.entries(match.tags).map(([key, value]) => ({
          condition: `tag ${key}=${value}`,
          met: hasTag(vm.tags, key, value),
        })),
      ],
    })),
  };
}

/** Does the rule take the machine? One that names nothing takes none. */
export function matches(match: CategoryRule['match'], vm: Matched): boolean {
  const wanted = Object.entries(match.tags);
  // A rule that asks for nothing would take the whole fleet: it takes nothing.
  if (wanted.length === 0 && match.osType === null && match.resourceGroup === null) return false;
  if (match.osType !== null && match.osType !== vm.osType) return false;
  if (match.resourceGroup !== null && !matchesGlob(match.resourceGroup, vm.resourceGroup)) return false;
  return wanted.every(([key, value]) => hasTag(vm.tags, key, value));
}

/** Azure's tag keys ignore case, its values do not. */
function hasTag(tags: Record<string, string>, key: string, value: string): boolean {
  const held = Object.entries(tags).filter(([name]) => name.toLowerCase() === key.toLowerCase());
  return held.length > 0 && held.every(([, text]) => text === value);
}

function reasonOf({ tags, osType, resourceGroup }: CategoryRule['match']): string {
  const facts = Object.entries(tags).map(([key, value]) => `tag ${key}=${value}`);
  if (osType !== null) facts.push(`operating system ${osType}`);
  if (resourceGroup !== null) facts.push(`resource group ${resourceGroup}`);
  return facts.join(', ');
}
