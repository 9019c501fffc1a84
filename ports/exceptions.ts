// What is kept of signed exceptions: granted once, revoked once; never deleted.

import type { GrantedException, TestException } from '../domain/testException.js';

export interface ExceptionStore {
  grant(exception: TestException): Promise<GrantedException>;
  /** Null when there is none, or it was revoked already. */
  revoke(exceptionId: string, end: { by: string; reason: string; at: string }): Promise<GrantedException | null>;
  /** Newest first. `standing`: neither revoked nor over at that instant. */
  exceptions(filter: {
    exceptionId?: string;
    vmIds?: string[];
    category?: string;
    standing?: string;
    /** Id of the one that a page before ended with. */
    after?: string;
    limit?: number;
  }): Promise<GrantedException[]>;
}
