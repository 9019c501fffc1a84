// What is kept of waivers of patches: asked for, decided once, ended once; never deleted.

import type { PatchWaiver, WaiverStatus } from '../domain/patchWaiver.js';

export type AskedPatchWaiver = Omit<
  PatchWaiver,
  'status' | 'decidedBy' | 'decidedAt' | 'justification' | 'endedBy' | 'endedAt' | 'endReason'
>;

export interface PatchWaiverFilter {
  patchIds?: string[];
  vmId?: string;
  category?: string;
  statuses?: WaiverStatus[];
  /** Only those that end before this instant. */
  endsBefore?: string;
  /** Id of the one that a page before ended with. */
  after?: string;
  limit?: number;
}

export interface PatchWaiverStore {
  /** Null when one for the same machine or category awaits a decision already. */
  ask(asked: AskedPatchWaiver): Promise<PatchWaiver | null>;
  waiver(waiverId: string): Promise<PatchWaiver | null>;
  /** The earliest end first. */
  waivers(filter: PatchWaiverFilter): Promise<PatchWaiver[]>;
  /** Approved ones that are not over, of these patches or of all. `excusing`: only those whose patch is still as it was granted for. */
  standing(asked: { patchIds?: string[]; now: string; excusing?: boolean }): Promise<PatchWaiver[]>;
  /**
   * One transaction: locks the row, calls `judge`; without problems the decision is stored, and an approved one of the same machine or
   * category that stood until now is replaced. Null when there is no such waiver.
   */
  decide(
    waiverId: string,
    decision: { by: string; verdict: 'approve' | 'reject'; justification: string; at: string },
    judge: (held: PatchWaiver) => string[],
  ): Promise<{ waiver: PatchWaiver; problems: string[] } | null>;
  /** Ends one that is asked for or approved; `judge` as above. What has ended stays as it is. */
  end(
    waiverId: string,
    end: { status: 'revoked' | 'expired'; by: string; reason: string; at: string },
    judge: (held: PatchWaiver) => string[],
  ): Promise<{ waiver: PatchWaiver; problems: string[] } | null>;
}
