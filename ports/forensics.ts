// Evidence of a machine, taken before the patch that would wipe it.

import type { ForensicStep, ForensicState } from '../domain/forensics.js';

/** What the scripts printed, as text; kept for ever. */
export interface ForensicEvidence {
  /** SHA-256 of `content`. */
  hash: string;
  vmId: string;
  sessionId: string;
  scripts: string[];
  content: string;
  takenAt: string;
}

export interface ForensicStore {
  /**
   * The machines on which this patch asks for evidence now: steps are opened for them; open ones of others end. What was done or waived
   * stays.
   */
  reconcile(
    patchId: string,
    needing: { vmId: string; because: string }[],
    at: string,
  ): Promise<{ opened: number; ended: number }>;
  /** The oldest first. */
  steps(filter: { patchId?: string; vmId?: string; state?: ForensicState }): Promise<ForensicStep[]>;
  /** One transaction: the evidence, and every named step that is not waived is done. */
  done(evidence: ForensicEvidence, steps: { patchId: string; because: string }[], by: string): Promise<void>;
  /** It could not be taken: the steps stay open and say why. */
  problem(
    vmId: string,
    steps: { patchId: string; because: string }[],
    problem: string,
    attempt: { sessionId: string; at: string },
  ): Promise<void>;
  /** Locks the step and calls `judge`; without problems it is waived. */
  waive(
    patchId: string,
    vmId: string,
    waiver: { by: string; reason: string; at: string },
    judge: (step: ForensicStep | null) => string[],
  ): Promise<{ step: ForensicStep | null; problems: string[] }>;
  /** The restore point of the session that took the evidence: it holds the disk as it was, and is not deleted. */
  keepRestorePoint(sessionId: string, restorePoint: string, at: string): Promise<void>;
  evidence(hash: string): Promise<ForensicEvidence | null>;
}
