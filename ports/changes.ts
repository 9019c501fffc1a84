// What is kept of change records, and of telling them to programs: each version is an outbox row for each webhook of policy.

import type { ChangeContent, ChangeRecord, ChangeState, ExternalChange } from '../domain/changeRecord.js';
import type { AfterAttempt } from '../domain/noticeRetry.js';

export interface ChangeDelivery {
  deliveryId: string;
  changeId: string;
  target: string;
  version: number;
  state: 'waiting' | 'sending' | 'delivered' | 'undeliverable';
  attempts: number;
  nextAttemptAt: string;
  /** What the receiver answered, or what went wrong. */
  detail: string;
}

export interface ChangeStore {
  /**
   * One transaction: the same content again changes nothing; a closed record stays as it is. `targets`: who is told of what changed. True
   * when something was written.
   */
  save(changeId: string, content: ChangeContent, targets: string[], at: string): Promise<boolean>;
  change(changeId: string): Promise<ChangeRecord | null>;
  /** Newest first. */
  changes(filter: {
    patchId?: string;
    category?: string;
    state?: ChangeState;
    open?: boolean;
    after?: string;
    limit?: number;
  }): Promise<ChangeRecord[]>;
  deliveries(filter: { changeId?: string; open?: boolean }): Promise<ChangeDelivery[]>;
  /** Null when it is closed, under way, not due yet, or an earlier version of the same target is not closed. What was claimed longer ago than `staleSeconds` was lost. */
  claim(deliveryId: string, at: string, staleSeconds: number): Promise<ChangeDelivery | null>;
  attempted(deliveryId: string, after: AfterAttempt, external: ExternalChange | null, at: string): Promise<void>;
}
