// Versions of the policy.

import type { PolicySource } from './policy.js';

export type PolicyStatus = 'applied' | 'proposed' | 'rejected';

/** A policy as it was written, by whom and why; kept for ever. */
export interface PolicyVersion {
  seq: number;
  /** SHA-256 of what it says. */
  version: string;
  sources: PolicySource[];
  author: string;
  reason: string;
  at: string;
  /** The version in force when it was proposed; null for the first. */
  basedOn: number | null;
  /** What of the change needs a second person. */
  guarded: string[];
  /** Parts that it changes; null of the first, and of versions from before that was kept. */
  changed: string[] | null;
  status: PolicyStatus;
  secondBy: string | null;
  secondReason: string | null;
  appliedAt: string | null;
}

export interface PolicyStore {
  current(): Promise<PolicyVersion | null>;
  /** The first version; nothing happens when there is one. */
  seed(first: { version: string; sources: PolicySource[]; at: string }): Promise<void>;
  /** Applied at once when nothing of it is guarded. Null when another version is in force than the one it is based on. */
  propose(
    change: Pick<PolicyVersion, 'version' | 'sources' | 'author' | 'reason' | 'at' | 'guarded' | 'changed'> & {
      basedOn: number;
    },
  ): Promise<PolicyVersion | null>;
  /** Why it could not be; the second person is never the author (I6). */
  settle(
    seq: number,
    second: { by: string; reason: string; at: string; accept: boolean },
  ): Promise<PolicyVersion | 'unknown' | 'notProposed' | 'samePerson' | 'outdated'>;
  /** Newest first. */
  versions(filter: { seq?: number; status?: PolicyStatus; appliedAfter?: string }): Promise<PolicyVersion[]>;
}
