// The workflow engine as the activities see it: start the run that was enrolled in, and look whether a workflow lives.

import type { RunKey } from '../domain/run.js';

export interface EnginePort {
  /** Starts the run's workflow; already started (running or closed) is success: rows decide, the workflow is only the clock. */
  startRun(runKey: RunKey): Promise<void>;
  isRunning(workflowId: string): Promise<boolean>;
}
