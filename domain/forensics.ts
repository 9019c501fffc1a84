// A compromise is looked for before the patch that would wipe its traces. Without evidence, or a person's waiver, nothing is installed (I2, I5).

import { justificationProblem } from './justification.js';
import { closed, open, type Verdict } from './verdict.js';

export type ForensicState =
  | 'open'
  | 'done'
  | 'waived'
  /** It was no longer asked for before anybody took it. */
  | 'ended';

/** Evidence that is to be taken of one machine before one patch. */
export interface ForensicStep {
  patchId: string;
  vmId: string;
  /** Which fact asks for it. */
  because: string;
  openedAt: string;
  state: ForensicState;
  /** Built-in scripts that were run. */
  scripts: string[];
  /** What came of the newest attempt, in words. */
  result: string;
  /** SHA-256 of the evidence. */
  evidence: string | null;
  /** Session under which it was taken, and the restore point of that session: kept, since it holds the disk as it was. */
  sessionId: string | null;
  keptRestorePoint: string | null;
  doneAt: string | null;
  doneBy: string | null;
}

/** `needing`: patches that ask for evidence of this machine now; a step of another machine or patch counts for none of them. */
export function evidenceVerdict(vmId: string, needing: string[], steps: ForensicStep[]): Verdict {
  const reasons = needing.flatMap((patchId) => {
    const step = steps.find((one) => one.vmId === vmId && one.patchId === patchId);
    if (step?.state === 'waived') return [];
    if (step?.state === 'done' && step.evidence !== null) return [];
    const why = step === undefined ? 'nobody has looked for a compromise' : step.result || 'it was not taken yet';
    return [`forensic evidence is missing: ${patchId}: ${why}`];
  });
  return reasons.length === 0 ? open : closed(...reasons);
}

export interface WaiverFacts {
  by: { name: string; roles: string[] };
  reason: string;
  /** Null: policy does not know the machine's category. */
  approverRole: string | null;
  /** Whoever asked for the patch on this machine. */
  requestedBy: string[];
  step: ForensicStep | null;
}

/** Why the waiver cannot stand; empty when it can (I5, I6). */
export function waiverProblems({ by, reason, approverRole, requestedBy, step }: WaiverFacts): string[] {
  const problems: string[] = [];
  if (step === null) problems.push('no evidence is asked for here');
  else if (step.state !== 'open') problems.push(`the step is ${step.state}: there is nothing to waive`);
  if (approverRole === null || !by.roles.includes(approverRole))
    problems.push(`${by.name} lacks the role ${approverRole ?? 'of a category that policy does not know'}`);
  if (requestedBy.includes(by.name)) problems.push(`${by.name} requested this change and cannot waive its evidence`);
  const problem = justificationProblem(reason);
  return problem === null ? problems : [...problems, problem];
}
