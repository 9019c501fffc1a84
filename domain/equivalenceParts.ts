// The parts of a comparison of a production machine with one of staging: how much is alike, what differs in words, and what would mend it.
// What nobody knows is no evidence: it counts for nothing (I5).

import type { Difference, EquivalencePolicy } from './equivalencePolicy.js';
import { matchesGlob } from './glob.js';
import type { Profile } from './machineProfile.js';
import { spokenSize } from './vmSize.js';

export type Compared = { alike: number } & Partial<Omit<Difference, 'dimension'>>;

const alike: Compared = { alike: 1 };

function unknown(production: unknown, staging: unknown, remedy: string): Compared {
  const where =
    production === null && staging === null ? 'of both' : production === null ? 'of production' : 'of staging';
  return { alike: 0, kind: 'unknown', words: `not known ${where}`, remedy };
}

/** I1: another operating system, or one that nobody knows, stands for nothing. */
export function compareSystem({ system }: Profile, staging: Profile): Compared {
  const remedy = `add a staging machine with ${system ?? 'the same operating system'}`;
  if (system === null || staging.system === null) return { ...unknown(system, staging.system, remedy), rulesOut: true };
  if (system === staging.system) return alike;
  return { alike: 0, rulesOut: true, words: `${system}, in staging ${staging.system}`, remedy };
}

export function compareText(production: string | null, staging: string | null, remedy: string): Compared {
  if (production === null || staging === null) return unknown(production, staging, remedy);
  return production === staging ? alike : { alike: 0, words: `${production}, in staging ${staging}`, remedy };
}

/** A domain controller is stood for by none but another one, and stands for none but those. */
export function compareDomainRole(production: Profile, staging: Profile): Compared {
  const remedy = `tag ${staging.name} with its domainRole`;
  const compared = compareText(production.domainRole, staging.domainRole, remedy);
  const isController = [production, staging].some((one) => one.domainRole === 'controller');
  return compared.alike === 0 && compared.kind !== 'unknown' && isController
    ? { ...compared, rulesOut: true, remedy: 'add a staging machine of the same domain role' }
    : compared;
}

export function compareServices({ services }: Profile, staging: Profile): Compared {
  if (services === null || staging.services === null)
    return unknown(services, staging.services, 'known from the first session on');
  const [here, there] = [services, staging.services].map((names) => new Set(names)) as [Set<string>, Set<string>];
  const [lacks, extra] = [services.filter((one) => !there.has(one)), staging.services.filter((one) => !here.has(one))];
  if (lacks.length + extra.length === 0) return alike;
  const union = new Set([...services, ...staging.services]).size;
  return {
    alike: 1 - (lacks.length + extra.length) / union,
    words: sides(lacks, extra),
    remedy: `have the same services on ${staging.name}`,
  };
}

export function compareSize({ size }: Profile, staging: Profile): Compared {
  const remedy = `resize ${staging.name}`;
  if (size === null || staging.size === null) return unknown(size, staging.size, remedy);
  const words = `${spokenSize(size)}, in staging ${spokenSize(staging.size)}`;
  if (size.family !== staging.size.family || size.processor !== staging.size.processor)
    return { alike: 0, words, remedy };
  return size.cores === staging.size.cores ? alike : { alike: 0.5, words, remedy };
}

export function compareSoftware(production: Profile, staging: Profile, policy: EquivalencePolicy): Compared {
  const [here, there] = [production.software, staging.software];
  // I5: software that nobody knows might be anything.
  if (here === null || there === null)
    return { ...unknown(here, there, 'have its guest asked: patchline inventory sync'), rulesOut: true };
  if (here === there) return alike;
  const { lacks, extra, changed, same } = programDifferences(here, there);
  if (lacks.length + extra.length + changed.length === 0) return alike;
  const share = (same + changed.length / 2) / (same + changed.length + lacks.length + extra.length);
  const isDecisive = (name: string) => policy.decisiveSoftware.some((glob) => matchesGlob(glob, name));
  const decisive = [...lacks, ...extra, ...changed].filter(isDecisive);
  const first = (names: string[]) => [...names].sort((a, b) => Number(isDecisive(b)) - Number(isDecisive(a)));
  return {
    alike: share,
    rulesOut: decisive.length > 0 || share < policy.softwareAlikeMin,
    words: [
      sides(
        first(lacks).map((name) => named(name, here)),
        first(extra).map((name) => named(name, there)),
      ),
      listed(
        'other versions',
        first(changed).map((name) => `${named(name, here)}, in staging ${there.get(name) ?? '?'}`),
      ),
    ]
      .filter((part) => part !== '')
      .join('; '),
    remedy: [
      listed(
        'install',
        first([...lacks, ...changed]).map((name) => named(name, here)),
      ),
      listed('remove', first(extra)),
    ]
      .filter((part) => part !== '')
      .join(' and ')
      .concat(` on ${staging.name}`),
  };
}

function programDifferences(here: Map<string, string | null>, there: Map<string, string | null>) {
  const lacks: string[] = [];
  const changed: string[] = [];
  let same = 0;
  for (const [name, version] of here) {
    const other = there.get(name);
    if (other === undefined) lacks.push(name);
    else if (other === version) same += 1;
    else changed.push(name);
  }
  const extra = [...there.keys()].filter((name) => !here.has(name));
  return { lacks: lacks.sort(), extra: extra.sort(), changed: changed.sort(), same };
}

function named(name: string, programs: Map<string, string | null>): string {
  const version = programs.get(name) ?? '';
  return version === '' || name.endsWith(version) ? name : `${name} ${version}`;
}

/**
 * By what each needs. A patch that a run of ours put on the staging machine is no difference: that is how staging comes to be ahead, and
 * production is asked about it. Builds are compared only where nothing was tested in between.
 */
export function comparePatchLevel(production: Profile, staging: Profile, tested: string[]): Compared {
  if (production.needs === null || staging.needs === null)
    return unknown(production.needs, staging.needs, 'have them assessed: patchline cycle start');
  const explained = (patchId: string) => tested.includes(patchId) || staging.got.has(patchId);
  const [mine, theirs] = [production.needs, staging.needs].map((ids) => ids.filter((id) => !explained(id))) as [
    string[],
    string[],
  ];
  const behind = mine.filter((id) => !theirs.includes(id));
  const ahead = theirs.filter((id) => !mine.includes(id));
  const union = new Set([...mine, ...theirs]).size;
  const share = union === 0 ? 1 : 1 - (behind.length + ahead.length) / union;
  const isTestedBetween = production.needs.some(explained);
  const otherBuild =
    !isTestedBetween && production.build !== null && staging.build !== null && production.build !== staging.build;
  if (share === 1 && !otherBuild) return alike;
  return {
    alike: otherBuild ? share / 2 : share,
    words: [
      listed('only production needs', behind),
      listed('only staging needs', ahead),
      otherBuild ? `build ${production.build ?? ''}, in staging ${staging.build ?? ''}` : '',
    ]
      .filter((part) => part !== '')
      .join('; '),
    remedy: `bring both to the same patches: ${[...behind, ...ahead].slice(0, namedMax).join(', ') || `build ${production.build ?? ''}`}`,
  };
}

const namedMax = 8;

function listed(what: string, names: string[]): string {
  if (names.length === 0) return '';
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : '';
  return `${what} ${names.slice(0, namedMax).join(', ')}${more}`;
}

function sides(lacks: string[], extra: string[]): string {
  return [listed('only in production', lacks), listed('only in staging', extra)].filter((one) => one !== '').join('; ');
}
