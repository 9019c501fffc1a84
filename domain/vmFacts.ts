// What is known of a machine besides what Azure lists, each value with its source. Contradictions are shown, never overwritten.

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
  source: 'tag' | 'person';
  /** Who said so; null for a tag. */
  by: string | null;
  /** ISO instant at which it was said, or the tag last seen. */
  at: string;
}

export interface Fact {
  name: FactName;
  /** What counts: a person's word before a tag; null when nobody said anything. */
  value: string | null;
  told: Told[];
  /** A tag and a person that disagree. */
  disagree: boolean;
}

export interface PersonsWord {
  name: FactName;
  value: string;
  by: string;
  at: string;
}

export function factsOf(vm: { tags: Record<string, string>; seenAt: string }, words: PersonsWord[]): Fact[] {
  return factNames.map((name) => {
    const word = words.find((candidate) => candidate.name === name);
    const told: Told[] = [];
    if (word !== undefined) told.push({ value: word.value, source: 'person', by: word.by, at: word.at });
    for (const [key, value] of Object.entries(vm.tags))
      if (key.toLowerCase() === tagOf[name].toLowerCase()) told.push({ value, source: 'tag', by: null, at: vm.seenAt });
    return { name, value: told[0]?.value ?? null, told, disagree: new Set(told.map((one) => one.value)).size > 1 };
  });
}
