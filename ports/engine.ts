// The workflow engine as the activities see it: start the run that was enrolled in, and look whether a workflow lives.

import type { RunKey } from '../domain/run.js';

export interface EnginePort {
  /**
   * Starts the run's workflow; already started (running or closed) is success: rows decide, the workflow is only the clock. `tier`: of the
   * patch that it is started for, whose place in the queue its tasks take.
   */
  startRun(runKey: RunKey, tier?: string): Promise<void>;
  /** Facts or rules that deadlines follow have changed: they are computed again, once however often it is asked for meanwhile. */
  auditUrgency(why: string): Promise<void>;
  isRunning(workflowId: string): Promise<boolean>;
}
