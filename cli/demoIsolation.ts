// The demonstration's culprits: patches that break staging machines of their sets, and whether isolation named them and let the others go.

import type { InstallationView, IsolationView, PatchDetail } from '../api/contract/index.js';
import type { ApiClient } from './client.js';
import type { SimulatedCloud } from './simulatedCloud.js';

/** One of the three advisories that Red Hat's machines of the demonstration need together. */
const badAdvisory = 'RHSA-2024:9371';
const badPackage = { name: 'python3-libs', software: 'nginx', service: 'nginx' };

/** What nobody knows yet, in a sentence; null when no machine needs it. */
export async function makeBadPackage(cloud: SimulatedCloud, needed: string[]): Promise<string | null> {
  if (!needed.includes(badAdvisory)) return null;
  await cloud.order('bad-package', badPackage);
  return `${badAdvisory} brings a ${badPackage.name} that takes the ${badPackage.service} of Red Hat's machines down`;
}

/** Isolations of this demonstration. */
export async function isolationsSince(client: ApiClient, since: string): Promise<IsolationView[]> {
  const found = await client.get<IsolationView[]>('/v1/isolations?limit=500');
  return found.filter((one) => one.startedAt >= since);
}

/** Every set of more than one patch that failed has been taken apart. */
export function areIsolated(patches: PatchDetail[], isolations: IsolationView[], since: string): boolean {
  const ended = isolations.filter((one) => one.status !== 'running').map((one) => one.runKey);
  const failed = patches
    .flatMap((patch) => patch.tests)
    .filter((test) => test.at >= since && test.verdict === 'failed' && test.testedSet.length > 1);
  return failed.every((test) => !isOfWholeSet(test.runKey) || ended.includes(test.runKey));
}

/** Trials of isolation have rings of their own. */
function isOfWholeSet(runKey: string): boolean {
  return runKey.split('/')[3] === 'staging';
}

export function toldOf({ category, sets, trials, detail }: IsolationView): string {
  const together = sets.map((set) => `${set.patchIds.join(' + ')} on ${set.machines.join(', ')}`).join('; ');
  const count = new Set(trials.map((trial) => trial.number)).size;
  return `${category}: ${together} failed together. After ${count} trials: ${detail}.`;
}

/** What should have been found out, and was not; `bad`: the patch that breaks the file servers. */
export function isolationProblems(
  isolations: IsolationView[],
  bad: string,
  installations: InstallationView[],
  rejected: { patchId: string; category: string } | null,
): string[] {
  const namedIn = ({ verdicts }: Pick<IsolationView, 'verdicts'>) =>
    verdicts.filter((one) => one.verdict === 'failed').map((one) => one.patchId);
  const problems: string[] = [];
  if (!isolations.some((one) => one.category === 'file' && namedIn(one).join() === bad))
    problems.push(`isolation should have named ${bad} for the file servers, and nobody else`);
  if (!isolations.some((one) => one.patchIds.length > 2 && namedIn(one).length === 1))
    problems.push('no culprit was named among three patches');
  for (const { category, verdicts } of isolations) {
    for (const { patchId } of verdicts.filter((one) => one.verdict === 'passed')) {
      const isRejected = rejected?.patchId === patchId && rejected.category === category;
      if (!isRejected && !isInstalledIn(installations, patchId, category))
        problems.push(`${patchId} passed for ${category} without the culprit, and reached no production machine there`);
    }
    for (const patchId of namedIn({ verdicts }))
      if (isInstalledIn(installations, patchId, category))
        problems.push(`${patchId} was named for ${category}, and reached production there`);
  }
  return problems;
}

function isInstalledIn(installations: InstallationView[], patchId: string, category: string): boolean {
  return installations.some(
    ({ runKey, patches }) =>
      runKey.startsWith(`maintenance/production/${category}/`) &&
      patches.some((patch) => patch.patchId === patchId && patch.state === 'installed'),
  );
}
