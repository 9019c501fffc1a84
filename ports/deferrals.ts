// What deferrals wait for, and which of them wait for it.

import type { DeferEvent } from '../domain/deferral.js';

export interface DeferralStore {
  /** The known issue or incident; null: there is none. */
  closing(
    kind: 'knownIssue' | 'incident',
    id: string,
  ): Promise<{ closedAt: string | null; closedBy: string | null } | null>;
  /** Decisions that stand and answer the newest request of their patch and category. */
  waitingFor(event: DeferEvent): Promise<{ patchId: string; category: string }[]>;
}
