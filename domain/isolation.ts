// Culprit isolation of a staging run: which machines repeat which sets, what a trial's rows say, where a machine stands, and what becomes
// of each patch in the end (I1, I5).

import type { BisectionStep, Trial } from './bisection.js';
import type { ManifestRow } from './run.js';
import { stagingVerdicts } from './stageTest.js';

export interface IsolationPolicy {
  enabled: boolean;
  /** Trials of one set at most; a single culprit among 500 patches needs 12. */
  trialsMax: number;
  /** After so many days a person looks instead. */
  daysMax: number;
}

/** Staging machines that failed with the same set: they try its parts together. */
export interface IsolationGroup {
  machines: { vmId: string; vmName: string }[];
  /** In the order in which beginnings of the set are tried. */
  patchIds: string[];
  /** Patches whose own installation failed on a machine that stayed healthy. */
  suspects: string[];
}

/** One subset on one group's machines, in a staging run of its own that the groups share. */
export interface IsolationTrial {
  number: number;
  /** Place of the group. */
  group: number;
  patchIds: string[];
  /** Null until it is enrolled. */
  runKey: string | null;
  /** Null while it goes on. */
  verdict: Trial['verdict'] | null;
  reasons: string[];
  startedAt: string;
  endedAt: string | null;
}

/** What isolation found out about one patch of the run. */
export interface IsolatedVerdict {
  patchId: string;
  /** `inconclusive`: the verdict of the failed set stays. */
  verdict: Trial['verdict'];
  reasons: string[];
  testedSet: string[];
  vmIds: string[];
  /** The run whose rows prove it. */
  runKey: string;
}

export interface Isolation {
  /** Also the workflow id: one for each staging run that failed. */
  isolationId: string;
  runKey: string;
  category: string;
  patchIds: string[];
  groups: IsolationGroup[];
  trialsMax: number;
  /** Ends without a result then. */
  until: string;
  status: 'running' | 'named' | 'inconclusive';
  detail: string;
  verdicts: IsolatedVerdict[];
  startedAt: string;
  endedAt: string | null;
  trials: IsolationTrial[];
}

export function isolationIdOf(runKey: string): string {
  return `isolation/${runKey}`;
}

/** Stands where a run's key stands while a machine goes back, so that it counts among its category's machines in flight (I4). */
export function returnKeyOf({ runKey, category }: Pick<Isolation, 'runKey' | 'category'>): string {
  return `maintenance/staging/${category}/return/${runKey}`;
}

/** Machines that failed and were not left for a person, by what they got. `first`: what others need comes before them. */
export function isolationGroups(rows: ManifestRow[], first: ReadonlySet<string>): IsolationGroup[] {
  const groups = new Map<string, IsolationGroup>();
  for (const [vmId, mine] of byMachine(rows)) {
    const isFailed = mine.some((row) => row.state === 'failed' || row.state === 'rolledBack');
    if (!isFailed || mine.some((row) => row.state === 'inDoubt')) continue;
    const got = mine.filter((row) => row.state !== 'skipped' && row.state !== 'revoked').map((row) => row.patchId);
    const sorted = got.toSorted();
    const patchIds = [...sorted.filter((id) => first.has(id)), ...sorted.filter((id) => !first.has(id))];
    const suspects = mine.filter((row) => row.state === 'failed').map((row) => row.patchId);
    const key = JSON.stringify([patchIds, suspects.toSorted()]);
    const group = groups.get(key) ?? { machines: [], patchIds, suspects: suspects.toSorted() };
    group.machines.push({ vmId, vmName: mine[0]?.vmName ?? vmId });
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => compare(a.patchIds.join(), b.patchIds.join()));
}

/** I1, I5: of this very set on each of these machines; anything less says nothing about it. */
export function trialVerdict(
  rows: ManifestRow[],
  { machines }: IsolationGroup,
  patchIds: readonly string[],
): { verdict: Trial['verdict']; reasons: string[] } {
  const missing = machines.flatMap(({ vmId, vmName }) =>
    patchIds.flatMap((patchId) => {
      const row = rows.find((one) => one.vmId === vmId && one.patchId === patchId);
      if (row !== undefined && row.wave > 0) return [];
      return [`${vmName}: ${patchId} was left out: ${row?.reason ?? 'it was not enrolled'}`];
    }),
  );
  if (missing.length > 0) return { verdict: 'inconclusive', reasons: missing };
  const mine = rows.filter((row) => machines.some(({ vmId }) => vmId === row.vmId));
  const [found] = stagingVerdicts(mine);
  if (found === undefined) return { verdict: 'inconclusive', reasons: ['no machine carried it'] };
  return { verdict: found.verdict, reasons: found.reasons };
}

/** A session of a machine that has ended. */
export interface PastSession {
  sessionId: string;
  runKey: string;
  endedAt: string | null;
  outcome: string | null;
  restorePoint: string | null;
}

export type Standing =
  /** As it was before the set that failed. */
  | { kind: 'before' }
  /** A trial left something on it: back to the restore point of its session first. */
  | { kind: 'changed'; sessionId: string; restorePoint: string }
  | { kind: 'lost'; reason: string };

const leavesNothing: ReadonlySet<string | null> = new Set(['refused', 'nothingDue', null]);

/** `sessions` in the order of time; `ours`: the failed run, its trials and returns. */
export function standingOf(sessions: PastSession[], ours: ReadonlySet<string>): Standing {
  const that = sessions.filter((session) => !leavesNothing.has(session.outcome));
  const at = that.findLastIndex((session) => ours.has(session.runKey));
  const last = that[at];
  if (last === undefined) return { kind: 'lost', reason: 'none of its sessions belongs to the set that failed' };
  if (last.outcome === 'rolledBack') return { kind: 'before' };
  if (last.outcome !== 'installed' && last.outcome !== 'failed')
    return {
      kind: 'lost',
      reason: `it was left for a person: ${last.sessionId} ended as ${last.outcome ?? 'unknown'}`,
    };
  const later = that[at + 1];
  // Its restore point would undo what came since.
  if (later !== undefined) return { kind: 'lost', reason: `${later.runKey} changed it meanwhile` };
  if (last.restorePoint === null) return { kind: 'lost', reason: `${last.sessionId} took no restore point` };
  return { kind: 'changed', sessionId: last.sessionId, restorePoint: last.restorePoint };
}

/** What isolation says of each patch; `steps`: where each group ended, `rows`: of the run that failed. */
export function isolatedVerdicts(
  { groups, trials, runKey, patchIds }: Pick<Isolation, 'groups' | 'trials' | 'runKey' | 'patchIds'>,
  steps: BisectionStep[],
  rows: ManifestRow[],
): IsolatedVerdict[] {
  return patchIds.map((patchId) => {
    const mine = groups.flatMap((group, place) =>
      group.patchIds.includes(patchId)
        ? [
            verdictIn(
              patchId,
              group,
              steps[place],
              trials.filter((one) => one.group === place),
              runKey,
            ),
          ]
        : [],
    );
    const failed = mine.find((one) => one.verdict === 'failed');
    if (failed !== undefined) return failed;
    const open = mine.find((one) => one.verdict === 'inconclusive');
    if (open !== undefined) return open;
    return (
      together(patchId, mine, rows) ?? unknown(patchId, runKey, ['other machines that got it were left for a person'])
    );
  });
}

function verdictIn(
  patchId: string,
  group: IsolationGroup,
  step: BisectionStep | undefined,
  trials: IsolationTrial[],
  runKey: string,
): IsolatedVerdict {
  const vmIds = group.machines.map((machine) => machine.vmId);
  if (step === undefined || step.kind === 'try') return unknown(patchId, runKey, ['isolation did not end']);
  if (step.kind === 'inconclusive') return unknown(patchId, runKey, step.reasons);
  const blamed = step.blamed.find((one) => one.includes(patchId));
  const proof = (set: string[], verdict: Trial['verdict']) =>
    trials.findLast((one) => one.verdict === verdict && isSame(one.patchIds, set));
  if (blamed !== undefined) {
    const trial = proof(blamed, 'failed');
    const where = trial?.runKey ?? trials.at(-1)?.runKey ?? runKey;
    const reason = whyBlamed(patchId, blamed, trial?.number);
    return {
      patchId,
      verdict: 'failed',
      reasons: [`named by isolation: ${reason}`],
      testedSet: blamed,
      vmIds,
      runKey: where,
    };
  }
  const trial = proof(step.innocents, 'passed');
  if (trial === undefined || trial.runKey === null) return unknown(patchId, runKey, ['it passed in no trial']);
  return { patchId, verdict: 'passed', reasons: [], testedSet: step.innocents, vmIds, runKey: trial.runKey };
}

function whyBlamed(patchId: string, blamed: string[], trial: number | undefined): string {
  const others = blamed.filter((id) => id !== patchId);
  if (others.length > 0) return `it fails together with ${others.join(' + ')}, and each goes without the other`;
  return trial === undefined
    ? 'its own installation failed, and the others go without it'
    : `it fails alone (trial ${trial})`;
}

/** Innocent wherever it was tried again; machines that were healthy with it at once count too. Null: some machine never got that far. */
function together(patchId: string, mine: IsolatedVerdict[], rows: ManifestRow[]): IsolatedVerdict | null {
  const last = mine.at(-1);
  if (last === undefined) return null;
  const retried = new Set(mine.flatMap((one) => one.vmIds));
  const others = [...byMachine(rows)].filter(
    ([vmId, got]) => !retried.has(vmId) && got.some((row) => row.patchId === patchId),
  );
  if (others.some(([, got]) => got.some((row) => row.state !== 'installed'))) return null;
  return { ...last, vmIds: [...retried, ...others.map(([vmId]) => vmId)].toSorted() };
}

function unknown(patchId: string, runKey: string, reasons: string[]): IsolatedVerdict {
  return { patchId, verdict: 'inconclusive', reasons, testedSet: [], vmIds: [], runKey };
}

function byMachine(rows: ManifestRow[]): Map<string, ManifestRow[]> {
  const machines = new Map<string, ManifestRow[]>();
  for (const row of rows) if (row.wave > 0) machines.set(row.vmId, [...(machines.get(row.vmId) ?? []), row]);
  return machines;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
