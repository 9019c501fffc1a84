// The verdict of a staging run. What is installed together passes or fails together (I1).

import { carries, type ManifestRow } from './run.js';

export interface SetVerdict {
  patchId: string;
  verdict: 'passed' | 'failed' | 'inconclusive';
  reasons: string[];
  /** Staging machines that carried this patch. */
  vmIds: string[];
  testedSet: string[];
}

/** People who are to look at the machines of a run are waited for. */
export interface OpenChecks {
  runKey: string;
  /** ISO instant after which nobody is waited for. */
  until: string;
  remindEverySeconds: number;
}

/** What the test of one patch came to for a category. */
export interface CategoryTest {
  category: string;
  verdict: SetVerdict['verdict'];
  reasons: string[];
  /** It is inconclusive until people have looked. */
  checks?: OpenChecks;
}

/** One verdict per patch of the run; a machine that did not end installed fails everything that it got. */
export function stagingVerdicts(rows: ManifestRow[]): SetVerdict[] {
  const patchIds = [...new Set(rows.map((row) => row.patchId))].sort();
  return patchIds.map((patchId) => {
    const vmIds = [
      ...new Set(rows.filter((row) => row.patchId === patchId && row.wave > 0).map((row) => row.vmId)),
    ].sort();
    const theirs = rows.filter((row) => vmIds.includes(row.vmId) && row.wave > 0);
    const testedSet = [...new Set(theirs.map((row) => row.patchId))].sort();
    return { patchId, vmIds, testedSet, ...verdictOf(theirs) };
  });
}

function verdictOf(rows: ManifestRow[]): Pick<SetVerdict, 'verdict' | 'reasons'> {
  const failed = rows.filter((row) => row.state === 'failed' || row.state === 'rolledBack');
  if (failed.length > 0) {
    return {
      verdict: 'failed',
      reasons: unique(
        failed.map(
          (row) =>
            `${row.vmName}: ${row.state === 'rolledBack' ? 'rolled back' : 'failed'}: ${row.reason ?? 'no reason given'}`,
        ),
      ),
    };
  }
  const open = rows.filter((row) => row.state !== 'installed');
  if (open.length > 0)
    return {
      verdict: 'inconclusive',
      reasons: unique(open.map((row) => `${row.vmName}: ${row.state}: ${row.reason ?? 'no reason given'}`)),
    };
  if (rows.length === 0) return { verdict: 'inconclusive', reasons: ['no staging machine of this category needs it'] };
  return { verdict: 'passed', reasons: [] };
}

/** The sets that ended installed together, one per machine of a staging run. `judgedWell`: machines that a person judged, with all that they carry. */
export function passedSets(rows: ManifestRow[], judgedWell: string[] = []): string[][] {
  const byVm = new Map<string, ManifestRow[]>();
  for (const row of rows) if (row.wave > 0) byVm.set(row.vmId, [...(byVm.get(row.vmId) ?? []), row]);
  return [...byVm]
    .filter(([vmId, mine]) =>
      mine.every((row) => (judgedWell.includes(vmId) ? carries(row) : row.state === 'installed')),
    )
    .map(([, mine]) => mine.map((row) => row.patchId).sort());
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}
