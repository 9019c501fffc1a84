// Decisions that were taken back, and attempts to that were refused.

import type { SignedWithdrawal, Withdrawn, WithdrawnMachines } from '../domain/withdrawal.js';
import type { Claims, DecisionRequest, RecordedDecision } from './decisions.js';

export interface RecordedWithdrawal extends SignedWithdrawal {
  accepted: boolean;
  /** Why it was refused; empty when accepted. */
  reasons: string[];
  policyVersion: string;
  recordedAt: string;
  /** The request whose answer, or vote, it took back; null: none. */
  requestId: string | null;
  kind: Withdrawn | null;
  /** Null unless an approval was taken back. */
  machines: WithdrawnMachines | null;
  /** Who it was, as policy knew them at that time. */
  claims: Claims | null;
}

export interface WithdrawalGround {
  request: DecisionRequest | null;
  /** The decision that it names, of that request. */
  decision: RecordedDecision | null;
  /** Accepted for that request and not taken back, in the order in which they were taken. */
  votes: RecordedDecision[];
  alreadyUsed: boolean;
}

export interface JudgedWithdrawal {
  accepted: boolean;
  reasons: string[];
  policyVersion: string;
  claims: Claims | null;
  /** What a machine was to get together is taken out together: a part of a set was never tested alone (I1). */
  wholeSets: boolean;
}

export interface WithdrawalStore {
  /**
   * One transaction: locks the newest request, calls `judge`, and stores the withdrawal with the answer. An accepted one of an approval closes the
   * request, deletes its enrolments in runs that are not planned, and revokes what no machine has begun to install in those that are: whoever
   * looks afterwards finds both (I1, I9). Called again for the same request it returns the stored answer.
   */
  record(
    withdrawal: SignedWithdrawal,
    judge: (ground: WithdrawalGround) => JudgedWithdrawal,
    at: string,
  ): Promise<RecordedWithdrawal>;
  /** Newest first. */
  withdrawals(filter: {
    patchId?: string;
    patchIds?: string[];
    category?: string;
    accepted?: boolean;
  }): Promise<RecordedWithdrawal[]>;
}
