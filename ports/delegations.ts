// What is kept of delegations: granted once, revoked once; never deleted.

import type { Delegation, KeptDelegation } from '../domain/delegation.js';

export interface DelegationStore {
  grant(delegation: Delegation): Promise<KeptDelegation>;
  /** Null when there is none, or it was revoked already. */
  revoke(delegationId: string, end: { by: string; reason: string; at: string }): Promise<KeptDelegation | null>;
  /** Newest first. `category`: of it, or of every one. `standing`: neither revoked nor over at that instant. */
  delegations(filter: {
    delegationId?: string;
    /** As delegator or as delegate. */
    person?: string;
    category?: string;
    standing?: string;
    /** Id of the one that a page before ended with. */
    after?: string;
    limit?: number;
  }): Promise<KeptDelegation[]>;
}
