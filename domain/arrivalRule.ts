// Which machines that join a category later may join a decision: what policy says of it, and what is signed of it. Without words that were signed
// nobody joins (I1, I9).

import type { ArrivalRule } from './arrivalPolicy.js';
import { exceptionRing } from './ring.js';

/** What is signed of it by whoever approves. */
export interface SignedArrivals {
  /** Of policy, when it was asked. */
  ruleId: string;
  /** The ring that they join: nobody joins after it was planned. */
  ring: string;
  machinesMax: number;
  /** What whoever decides reads. */
  words: string;
}

interface Asked {
  category: string;
  vmIds: string[];
  testedSet: string[];
  rings: { name: string; vmIds: string[] }[];
}

export function arrivalRuleOf(rules: ArrivalRule[], category: string): ArrivalRule | null {
  return rules.find((rule) => rule.categories.includes(category)) ?? null;
}

/** `machines`: how many the decision names. */
export function arrivalsMax({ machinesMax, percentMax }: ArrivalRule, machines: number): number {
  return Math.min(machinesMax, Math.floor((machines * percentMax) / 100));
}

/** The last ring with machines, those of exceptions aside; null: there is none. */
export function lastRing(rings: Asked['rings']): string | null {
  return filledRings(rings).at(-1)?.name ?? null;
}

function filledRings(rings: Asked['rings']): Asked['rings'] {
  return rings.filter((ring) => ring.vmIds.length > 0 && ring.name !== exceptionRing);
}

/** Null: nobody joins, since policy has no rule, its share is less than one machine, or no ring goes before the one that they would join. */
export function signedArrivals(rules: ArrivalRule[], asked: Asked): SignedArrivals | null {
  const rule = arrivalRuleOf(rules, asked.category);
  const ring = lastRing(asked.rings);
  const machinesMax = rule === null ? 0 : arrivalsMax(rule, asked.vmIds.length);
  if (rule === null || ring === null || machinesMax < 1 || filledRings(asked.rings).length < 2) return null;
  return { ruleId: rule.id, ring, machinesMax, words: wordsOf(asked, { ruleId: rule.id, ring, machinesMax }) };
}

const namesShownMax = 8;

function wordsOf({ category, testedSet }: Asked, { ruleId, ring, machinesMax }: Omit<SignedArrivals, 'words'>): string {
  const set =
    testedSet.length > namesShownMax ? `the ${testedSet.length} patches that were tested` : testedSet.join(' + ');
  const most = machinesMax === 1 ? 'one machine' : `${machinesMax} machines`;
  return `Machines that join ${category} before ring ${ring} is planned, and miss no more than ${set} from the same state as was tested, may join it in that ring: ${most} at most (rule ${ruleId})`;
}
