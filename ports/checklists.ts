// Checklists of staging runs: who looks at what, and what they saw.

import type { Check, Tick } from '../domain/checklist.js';
import type { RunKey } from '../domain/run.js';

export interface ChecklistStore {
  /** Once for each run: a list that is there stays as it is. Returns what is there. */
  open(runKey: RunKey, checks: Check[]): Promise<Check[]>;
  /** The newest first. `patchId`: of runs that carry it. `after`: the item that a page before ended with. */
  checks(filter: {
    runKey?: RunKey | undefined;
    patchId?: string | undefined;
    category?: string | undefined;
    waitingAt?: string | undefined;
    after?: { assignedAt: string; runKey: string; name: string };
    limit?: number;
  }): Promise<Check[]>;
  /** `decide` sees the item as it is, locked; with any problem nothing changes. Null: there is no such item. */
  tick(
    runKey: RunKey,
    name: string,
    tick: Tick,
    decide: (check: Check) => string[],
  ): Promise<{ check: Check; problems: string[] } | null>;
}
