// Which staging machine stands for a production machine, and how well. A score with its differences named; what nobody knows never counts as
// alike (I5), and some differences rule a machine out whatever the score (I1).

import { thresholdOf, type Difference, type Dimension, type EquivalencePolicy } from './equivalencePolicy.js';
import {
  compareDomainRole,
  comparePatchLevel,
  compareServices,
  compareSize,
  compareSoftware,
  compareSystem,
  compareText,
  type Compared,
} from './equivalenceParts.js';
import { profileOf, traitsOf, type MachineFacts, type Profile } from './machineProfile.js';

export interface Match {
  vmId: string;
  name: string;
  /** 0 to 1, in thousandths. */
  score: number;
  differences: Difference[];
  ruledOut: boolean;
  /** It stands for the production machine: its test counts there. */
  stands: boolean;
}

/** How well the staging machine stands for the production machine. `tested`: patches that the test brought, which production is to get. */
export function matchOf(
  production: Profile,
  staging: Profile,
  policy: EquivalencePolicy,
  asked: { threshold: number; tested: string[] },
): Match {
  const compared: [Dimension, Compared][] = [
    ['system', compareSystem(production, staging)],
    ['role', compareText(production.role, staging.role, `tag ${staging.name} with its role`)],
    ['software', compareSoftware(production, staging, policy)],
    ['services', compareServices(production, staging)],
    ['patchLevel', comparePatchLevel(production, staging, asked.tested)],
    ['domainRole', compareDomainRole(production, staging)],
    ['size', compareSize(production, staging)],
    ['image', compareText(production.image, staging.image, `deploy ${staging.name} from the same image`)],
    ['availability', compareText(production.availability, staging.availability, 'nothing: staging may stand alone')],
  ];
  const whole = compared.reduce((sum, [dimension]) => sum + policy.weights[dimension], 0);
  const held = compared.reduce((sum, [dimension, { alike }]) => sum + policy.weights[dimension] * alike, 0);
  const differences = compared.flatMap(([dimension, { alike, kind, rulesOut = false, words = '', remedy = '' }]) =>
    alike === 1 ? [] : [{ dimension, kind: kind ?? ('differs' as const), rulesOut, words, remedy }],
  );
  const score = whole > 0 ? Math.round((held / whole) * 1000) / 1000 : 0;
  const ruledOut = differences.some((one) => one.rulesOut);
  const stands = !ruledOut && score >= asked.threshold;
  return { vmId: staging.vmId, name: staging.name, score, differences, ruledOut, stands };
}

export interface Group {
  /** Production machines that compare alike, in the order of names. */
  machines: { vmId: string; name: string }[];
  /** The best of staging; null where the category has none. */
  best: Match | null;
}

/** Every staging machine as a twin of one production machine, the best first. */
export function candidatesFor(
  production: MachineFacts,
  staging: MachineFacts[],
  policy: EquivalencePolicy,
  asked: { category: string; tested: string[] },
): Match[] {
  const [mine, threshold] = [profileOf(production, policy), thresholdOf(policy, asked.category)];
  return bestFirst(
    staging.map((facts) => matchOf(mine, profileOf(facts, policy), policy, { threshold, tested: asked.tested })),
  );
}

/** Every production machine with its best twin: machines that are alike are compared once. */
export function equivalenceOf(
  production: MachineFacts[],
  staging: MachineFacts[],
  policy: EquivalencePolicy,
  asked: { category: string; tested: string[] },
): Group[] {
  const twins = distinctTwins(staging.map((facts) => profileOf(facts, policy)));
  const threshold = thresholdOf(policy, asked.category);
  const groups = new Map<string, { profile: Profile; machines: Group['machines'] }>();
  for (const facts of production) {
    const { key, vmId, name } = traitsOf(facts);
    const machine = { vmId, name };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { profile: profileOf(facts, policy), machines: [machine] });
    else group.machines.push(machine);
  }
  return [...groups.values()].map(({ profile, machines }) => ({
    machines: machines.sort(byName),
    best:
      bestFirst(twins.map((twin) => matchOf(profile, twin, policy, { threshold, tested: asked.tested })))[0] ?? null,
  }));
}

/** Of staging machines that compare alike the first by name is enough. */
function distinctTwins(twins: Profile[]): Profile[] {
  const seen = new Map<string, Profile>();
  for (const twin of [...twins].sort(byName)) {
    const key = `${twin.key}\n${[...twin.got].sort().join(',')}`;
    if (!seen.has(key)) seen.set(key, twin);
  }
  return [...seen.values()];
}

function bestFirst(matches: Match[]): Match[] {
  return [...matches].sort(
    (a, b) => Number(a.ruledOut) - Number(b.ruledOut) || b.score - a.score || (a.name < b.name ? -1 : 1),
  );
}

function byName(a: { name: string; vmId: string }, b: { name: string; vmId: string }): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.vmId < b.vmId ? -1 : a.vmId > b.vmId ? 1 : 0;
}
