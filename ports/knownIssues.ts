// Known issues of patches. The vendor's flag opens one by itself, in the change that brings the flag.

import type { Acceptance, KnownIssue } from '../domain/knownIssue.js';

export interface KnownIssueStore {
  open(issue: Omit<KnownIssue, 'closedBy' | 'closedAt' | 'outcome'>): Promise<KnownIssue>;
  /** Null when there is none, or it is closed already. */
  close(issueId: string, end: { by: string; at: string; outcome: string }): Promise<KnownIssue | null>;
  /** `known`: it was accepted for the category before; the first acceptance stays. */
  accept(acceptance: Acceptance): Promise<'accepted' | 'known' | 'unknown' | 'closed' | 'samePerson'>;
  /** Newest first. */
  issues(filter: {
    issueId?: string;
    patchIds?: string[];
    open?: boolean;
    /** Id of the one that a page before ended with. */
    after?: string;
    limit?: number;
  }): Promise<KnownIssue[]>;
  acceptances(filter: { issueIds: string[] }): Promise<Acceptance[]>;
  /** Whose opening, or whose end, nobody was told of yet. */
  untold(): Promise<KnownIssue[]>;
  /** Told of it, and of its end when it is closed. */
  told(issueId: string, at: string): Promise<void>;
}
