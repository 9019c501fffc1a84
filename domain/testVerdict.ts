// A person's verdict on a test that said nothing: who may give it, on what, and what then counts (I1, I5, I6).

import { carries, type ManifestRow } from './run.js';
import { justificationProblem } from './justification.js';
import type { SetVerdict } from './stageTest.js';

/** What a person made of a test; kept beside what the machines said. */
export interface PersonsVerdict {
  runKey: string;
  patchId: string;
  category: string;
  verdict: 'passed' | 'failed';
  by: string;
  reason: string;
  /** ISO instant. */
  at: string;
}

export interface VerdictFacts {
  /** As the machines left it. */
  test: { verdict: 'passed' | 'failed' | 'inconclusive' };
  /** Of the staging run, all patches. */
  rows: ManifestRow[];
  /** Somebody's word that stands already. */
  given: PersonsVerdict | null;
}

/** Staging machines that carry the whole set that they were to get: what a pass can stand on. How they are is for the person to judge. */
export function carriersOf(patchId: string, rows: ManifestRow[]): string[] {
  const mine = new Set(rows.filter((row) => row.patchId === patchId && row.wave > 0).map((row) => row.vmId));
  return [...mine].filter((vmId) => rows.every((row) => row.vmId !== vmId || row.wave === 0 || carries(row))).sort();
}

/** Why the verdict cannot stand; empty when it can. Machines that were rolled back or failed are no question of opinion: they are tested again. */
export function verdictProblems(
  asked: Pick<PersonsVerdict, 'patchId' | 'verdict' | 'reason'>,
  { test, rows, given }: VerdictFacts,
): string[] {
  const words = justificationProblem(asked.reason);
  const problems =
    words === null ? [] : [words.replace('a justification', 'a reason').replace('the justification', 'the reason')];
  if (given !== null) problems.push(`${given.by} judged it ${given.verdict} at ${given.at}`);
  if (test.verdict !== 'inconclusive')
    problems.push(
      test.verdict === 'failed'
        ? 'it failed: a person cannot make it pass, it can be tested again (`patchline test retry`)'
        : 'it passed: nothing is open',
    );
  if (asked.verdict === 'passed' && carriersOf(asked.patchId, rows).length === 0)
    problems.push(
      'no staging machine ended with everything that was tested installed: there is nothing that could have passed',
    );
  return problems;
}

/** What counts of a test: the machines' word, unless that says nothing and a person's stands. A pass covers the machines that carry the set, no others. */
export function settledVerdict(found: SetVerdict, rows: ManifestRow[], given: PersonsVerdict | null): SetVerdict {
  if (found.verdict !== 'inconclusive' || given === null) return found;
  const reasons = [`${given.by} judged it ${given.verdict} at ${given.at}: ${given.reason}`, ...found.reasons];
  if (given.verdict === 'failed') return { ...found, verdict: 'failed', reasons };
  const vmIds = carriersOf(found.patchId, rows);
  if (vmIds.length === 0) return found;
  const theirs = rows.filter((row) => vmIds.includes(row.vmId) && row.wave > 0);
  return {
    ...found,
    verdict: 'passed',
    reasons,
    vmIds,
    testedSet: [...new Set(theirs.map((row) => row.patchId))].sort(),
  };
}
