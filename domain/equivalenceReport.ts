// What an equivalence says to people: who stands for whom, who stands for nobody and why, and what would close the gap.

import type { Group, Match } from './equivalence.js';
import type { Difference } from './equivalencePolicy.js';

/** What an approver signs of it: which staging machine stands for which machines, how well, and what differs. */
export interface SignedEquivalence {
  threshold: number;
  groups: { twin: { vmId: string; name: string }; score: number; differences: string[]; vmIds: string[] }[];
  /** Machines that are left out, since nothing in staging stands for them. */
  without: { machines: number; words: string }[];
}

export interface Gap {
  /** Why no staging machine stands for them. */
  words: string;
  machines: { vmId: string; name: string }[];
  /** What would close it; the last one always would. */
  remedies: string[];
}

export function differenceWords({ dimension, words }: Difference): string {
  return `${spoken[dimension]}: ${words}`;
}

const spoken: Record<Difference['dimension'], string> = {
  system: 'operating system',
  role: 'role',
  software: 'software',
  services: 'services',
  patchLevel: 'patch level',
  domainRole: 'domain role',
  size: 'size',
  image: 'image',
  availability: 'availability',
};

export function gapsOf(groups: Group[], threshold: number): Gap[] {
  const gaps = new Map<string, Gap>();
  for (const { machines, best } of groups) {
    if (best?.stands === true) continue;
    const words = gapWords(best, threshold);
    const held = gaps.get(words);
    if (held === undefined) gaps.set(words, { words, machines: [...machines], remedies: remediesOf(best) });
    else held.machines.push(...machines);
  }
  return [...gaps.values()].map(withTwin).sort((a, b) => b.machines.length - a.machines.length);
}

function withTwin(gap: Gap): Gap {
  const machines = gap.machines.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const [first] = machines;
  const twin = first === undefined ? [] : [`or build a twin: patchline twin propose ${first.name}`];
  return { ...gap, machines, remedies: [...gap.remedies, ...twin] };
}

function gapWords(best: Match | null, threshold: number): string {
  if (best === null) return 'no staging machine in the category';
  const decisive = best.differences.filter((one) => one.rulesOut);
  const named = decisive.length > 0 ? decisive : best.differences;
  const told = named.map(differenceWords).join('; ');
  return decisive.length > 0
    ? `${told} (${best.name} is nearest)`
    : `${best.name} scores ${best.score}, ${threshold} is asked for: ${told}`;
}

/** Of what rules out, else of all that costs score. */
function remediesOf(best: Match | null): string[] {
  if (best === null) return [];
  const decisive = best.differences.filter((one) => one.rulesOut);
  const wanted = decisive.length > 0 ? decisive : best.differences.filter((one) => one.dimension !== 'availability');
  return wanted.map((one) => one.remedy).filter((remedy) => remedy !== '');
}

/** `12 machines have no equivalent in staging: …` */
export function gapLine({ words, machines }: { words: string; machines: number }): string {
  return `${machines} production machine${machines === 1 ? ' has' : 's have'} no equivalent in staging: ${words}`;
}

/** Why nobody is asked. */
export function nothingEquivalent({ without }: SignedEquivalence): string {
  const gaps = without.map(gapLine).join('; ');
  return `no production machine that needs it has an equivalent among the tested ones${gaps === '' ? '' : `: ${gaps}`}`;
}

/** Groups with the same twin, score and differences are one. `excepted`: machines that come nevertheless, by an exception. */
export function signedEquivalence(
  groups: Group[],
  threshold: number,
  excepted: ReadonlySet<string> = new Set(),
): SignedEquivalence {
  const signed = new Map<string, SignedEquivalence['groups'][number]>();
  for (const { machines, best } of groups) {
    if (best === null || !best.stands) continue;
    const differences = best.differences.map(differenceWords);
    const key = JSON.stringify([best.vmId, best.score, differences]);
    const vmIds = machines.map((machine) => machine.vmId);
    const held = signed.get(key);
    if (held === undefined)
      signed.set(key, { twin: { vmId: best.vmId, name: best.name }, score: best.score, differences, vmIds });
    else held.vmIds.push(...vmIds);
  }
  const sorted = [...signed.values()].map((group) => ({ ...group, vmIds: group.vmIds.toSorted() }));
  return {
    threshold,
    groups: sorted.toSorted((a, b) =>
      a.twin.name < b.twin.name ? -1 : a.twin.name > b.twin.name ? 1 : b.score - a.score,
    ),
    without: gapsOf(groups, threshold).flatMap(({ words, machines }) => {
      const left = machines.filter(({ vmId }) => !excepted.has(vmId)).length;
      return left === 0 ? [] : [{ machines: left, words }];
    }),
  };
}

/** Why nothing stands for a machine, by machine; those for which something does are not in it. */
export function withoutTwin(groups: Group[], threshold: number): Map<string, string> {
  const gaps = gapsOf(groups, threshold);
  return new Map(gaps.flatMap(({ words, machines }) => machines.map(({ vmId }) => [vmId, words] as const)));
}
