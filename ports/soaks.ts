// Probes of staging machines while their run soaks.

import type { RowOutcome, RunKey } from '../domain/run.js';
import type { SoakProbe } from '../domain/soak.js';

export interface SoakStore {
  /**
   * Keeps the probe, and turns the machine's rows with it, in one transaction. False when it was kept already, or the run has settled: then
   * nothing is changed.
   */
  record(probe: SoakProbe, rows: RowOutcome[]): Promise<boolean>;
  /** In the order of time. */
  probes(filter: { runKey: RunKey; vmId?: string }): Promise<SoakProbe[]>;
}
