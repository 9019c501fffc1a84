// What a person looks at before a test counts: items of policy, each ticked once by whoever is responsible. Unticked is never passed (I1, I5).

import { justificationProblem } from './justification.js';
import type { SetVerdict } from './stageTest.js';

/** A person as the current policy knows them. */
interface Checker {
  name: string;
  roles: string[];
}

/** Either a role or a person is responsible. */
export interface ChecklistItem {
  name: string;
  text: string;
  role: string | null;
  person: string | null;
}

/** One item of the checklist of one staging run: what was installed together is looked at together. */
export interface Check extends ChecklistItem {
  runKey: string;
  category: string;
  /** ISO instants. Nobody is waited for after the second. */
  assignedAt: string;
  until: string;
  outcome: 'passed' | 'failed' | null;
  by: string | null;
  note: string | null;
  at: string | null;
}

export interface Tick {
  outcome: 'passed' | 'failed';
  by: string;
  note: string;
  at: string;
}

export function whoOf({ role, person }: Pick<ChecklistItem, 'role' | 'person'>): string {
  return person ?? role ?? 'nobody';
}

export function isResponsible({ role, person }: Pick<ChecklistItem, 'role' | 'person'>, by: Checker): boolean {
  return person === null ? role !== null && by.roles.includes(role) : person === by.name;
}

/** Why it cannot be ticked; empty when it can. A word stands once it is given. */
export function tickProblems(check: Check, { note, at }: Pick<Tick, 'note' | 'at'>, by: Checker): string[] {
  const words = justificationProblem(note);
  const problems = words === null ? [] : [words.replace('justification', 'note')];
  if (check.outcome !== null)
    problems.push(`${check.by ?? 'somebody'} ticked it ${check.outcome} at ${check.at ?? 'no time'}`);
  else if (!(Date.parse(at) < Date.parse(check.until))) problems.push(`nobody is waited for since ${check.until}`);
  if (!isResponsible(check, by))
    problems.push(
      check.person === null
        ? `it is for the role ${check.role ?? 'of nobody'}, which ${by.name} lacks`
        : `it is for ${check.person}`,
    );
  return problems;
}

/** Somebody is waited for: an item that failed has decided already. */
export function isWaiting(checks: Check[], now: string): boolean {
  if (checks.some((check) => check.outcome === 'failed')) return false;
  return checks.some((check) => check.outcome === null && Date.parse(now) < Date.parse(check.until));
}

/** What the machines said, and what people saw: nothing that did not pass passes by a checklist. */
export function checkedVerdict(found: SetVerdict, checks: Check[], now: string): SetVerdict {
  if (found.verdict === 'failed' || checks.length === 0) return found;
  const failed = checks.filter((check) => check.outcome === 'failed');
  if (failed.length > 0) {
    const seen = failed.map(({ by, name, note }) => `${by ?? 'somebody'} found that ${name} fails: ${note ?? ''}`);
    return { ...found, verdict: 'failed', reasons: [...seen, ...found.reasons] };
  }
  const open = checks.filter((check) => check.outcome === null);
  if (open.length === 0) return found;
  const reasons = open.map((check) =>
    isWaiting([check], now)
      ? `${whoOf(check)} is to check ${check.name} by ${check.until}`
      : `nobody checked ${check.name} by ${check.until}: it was for ${whoOf(check)}`,
  );
  return { ...found, verdict: 'inconclusive', reasons: [...reasons, ...found.reasons] };
}
