// What is kept of machines that came after a decision was asked for: who joined it, who did not, and why. Written with the plan of the run.

import type { ArrivalVerdict } from '../domain/arrivals.js';
import type { RunKey } from '../domain/run.js';

export interface RecordedArrival extends ArrivalVerdict {
  runKey: RunKey;
  /** ISO instant. */
  at: string;
}

export interface ArrivalStore {
  /** The oldest first: of several words on one machine the last one counts. */
  arrivals(filter: {
    patchId?: string;
    digest?: string;
    digests?: string[];
    runKey?: RunKey;
    vmId?: string;
  }): Promise<RecordedArrival[]>;
}
