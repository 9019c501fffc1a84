// The audit log, and the standing stop.

import type { AuditEntry, ChainedEvent } from '../domain/audit.js';
import type { RunKey } from '../domain/run.js';

/** A change outside of the stores: they tell their own. Without `who` it is whoever acts. */
export type StoryEvent = Pick<AuditEntry, 'key' | 'what' | 'why'> & Partial<AuditEntry>;

/** I8: every change of state as an event of one chain; stores write it in the transaction that makes the change. */
export interface EventStore {
  append(event: StoryEvent): Promise<void>;
  /** In order of `seq`, after the given one; `newest`: the latest first. */
  events(filter: {
    after?: number;
    before?: number;
    patchId?: string;
    vmId?: string;
    runKey?: RunKey;
    who?: string;
    /** That `what` contains, large or small. */
    words?: string;
    limit?: number;
    newest?: boolean;
  }): Promise<(AuditEntry & { seq: number })[]>;
  /** Events as they are hashed, in order, after the given one, up to `last`. */
  chain(after: number, limit: number, last?: number): Promise<ChainedEvent[]>;
  /** Where the log says that it ends; null when even that is gone. */
  head(): Promise<{ seq: number; hash: string } | null>;
  /** The first and the last event of a patch; null when there is none. */
  span(patchId: string): Promise<{ first: number; last: number } | null>;
}

/** The durable stop that every gate honours until it is lifted. */
export interface StopStore {
  stopAll(by: string, reason: string, at: string): Promise<void>;
  liftStop(by: string, reason: string, at: string): Promise<void>;
  standingStop(): Promise<{ by: string; reason: string; at: string } | null>;
}
