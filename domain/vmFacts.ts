// What is known of a machine besides what Azure lists, each value with its source. Contradictions are shown, never overwritten.

import { matches } from './category.js';
import type { OwnerRule } from './policy.js';
import type { Vm } from './vm.js';

export const factNames = ['owner', 'role', 'function', 'businessCriticality', 'securityLevel'] as const;
export type FactName = (typeof factNames)[number];

/** The tag that tells a fact. Azure's tag keys ignore case. */
const tagOf: Record<FactName, string> = {
  owner: 'owner',
  role: 'role',
  function: 'function',
  businessCriticality: 'criticality',
  securityLevel: 'securityLevel',
};

export interface Told {
  value: string;
  source: 'tag' | 'person' | 'policy';
  /** Who said so; null for a tag or policy. */
  by: string | null;
  /** ISO instant at which it was said, or the machine last seen. */
  at: string;
}

export interface Fact {
  name: FactName;
  /** What counts: a person's word before policy before a tag; null when nobody said anything. */
  value: string | null;
  told: Told[];
  /** They do not all say the same. */
  disagree: boolean;
}

export interface PersonsWord {
  name: FactName;
  value: string;
  by: string;
  at: string;
}

type Described = Parameters<typeof matches>[1] & Pick<Vm, 'seenAt' | 'category'>;

export function factsOf(vm: Described, words: PersonsWord[], owners: OwnerRule[]): Fact[] {
  const rule = owners.find((one) => (one.category === null || one.category === vm.category) && matches(one.match, vm));
  return factNames.map((name) => {
    const word = words.find((candidate) => candidate.name === name);
    const told: Told[] = [];
    if (word !== undefined) told.push({ value: word.value, source: 'person', by: word.by, at: word.at });
    if (name === 'owner' && rule !== undefined)
      told.push({ value: rule.owner, source: 'policy', by: null, at: vm.seenAt });
    for (const [key, value] of Object.entries(vm.tags))
      if (key.toLowerCase() === tagOf[name].toLowerCase()) told.push({ value, source: 'tag', by: null, at: vm.seenAt });
    return { name, value: told[0]?.value ?? null, told, disagree: new Set(told.map((one) => one.value)).size > 1 };
  });
}
