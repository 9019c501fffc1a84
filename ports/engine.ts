// The workflow engine as the activities see it: start what rows ask for, and look whether a workflow lives.

import type { RunKey } from '../domain/run.js';

export interface EnginePort {
  /** Starts the run's workflow; already started (running or closed) is success: rows decide, the workflow is only the clock. */
  startRun(runKey: RunKey): Promise<void>;
  /** Delivers one round of a notice; one that is running goes on. */
  startDelivery(noticeId: string, round: number): Promise<void>;
  /** Repeats and escalates a page; one that has ended by itself is over. */
  startPage(noticeId: string): Promise<void>;
  isRunning(workflowId: string): Promise<boolean>;
}
