// What is kept of copies of production machines. Every move is from a status that it may come from: repeated, it changes nothing.

import type { Twin, TwinStatus } from '../domain/twin.js';

export interface TwinWord {
  at: string;
  /** Null: whoever acts. */
  who: string | null;
  what: string;
  why: string;
}

export interface TwinFilter {
  statuses?: readonly TwinStatus[];
  category?: string;
  sourceVmIds?: string[];
  /** Id of the one that a page before ended with. */
  after?: string;
  limit?: number;
}

export interface TwinStore {
  /** Null: one of this machine is proposed or there. */
  propose(
    asked: Pick<Twin, 'twinId' | 'subject' | 'digest' | 'proposedBy' | 'reason' | 'proposedAt' | 'expiresAt'>,
  ): Promise<Twin | null>;
  twin(twinId: string): Promise<Twin | null>;
  /** Newest first. */
  twins(filter: TwinFilter): Promise<Twin[]>;
  /** Judged under the row's lock; a refused decision is told to the audit log and changes nothing. Null: there is none. */
  decide(
    decision: {
      twinId: string;
      verdict: 'approve' | 'refuse';
      by: string;
      at: string;
      justification: string;
      signature: string;
    },
    judge: (held: Twin) => string[],
  ): Promise<{ twin: Twin; problems: string[] } | null>;
  /** Changes a twin that is in one of these states; any other stays as it is. Returns what is there then. */
  move(twinId: string, from: readonly TwinStatus[], set: TwinChange, told: TwinWord): Promise<Twin>;
}

export type TwinChange = Partial<
  Pick<
    Twin,
    | 'status'
    | 'disks'
    | 'vmId'
    | 'score'
    | 'standsFor'
    | 'builtAt'
    | 'retiresAt'
    | 'retireAskedBy'
    | 'retireReason'
    | 'detail'
    | 'endedAt'
  >
>;
