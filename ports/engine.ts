// The workflow engine as the activities see it: start what rows ask for, and look whether a workflow lives.

import type { RunKey } from '../domain/run.js';

export interface EnginePort {
  /**
   * Starts the run's workflow; already started (running or closed) is success: rows decide, the workflow is only the clock. `tier`: of the
   * patch that it is started for, whose place in the queue its tasks take.
   */
  startRun(runKey: RunKey, tier?: string): Promise<void>;
  /** Facts or rules that deadlines follow have changed: they are computed again, once however often it is asked for meanwhile. */
  auditUrgency(why: string): Promise<void>;
  /** Delivers one round of a notice; one that is running goes on. */
  startDelivery(noticeId: string, round: number): Promise<void>;
  /** Repeats and escalates a page; one that has ended by itself is over. */
  startPage(noticeId: string): Promise<void>;
  /** The timer of a waiver; one that runs goes on, and looks at its row again where `look` says so. */
  startWaiver(waiverId: string, look: boolean): Promise<void>;
  /** The timer of an emergency; like that of a waiver. */
  startEmergency(emergencyId: string, look: boolean): Promise<void>;
  /** The story of a twin; like that of a waiver. */
  startTwin(twinId: string, look: boolean): Promise<void>;
  /** Tells webhooks of a change; one that runs looks again. */
  startChangeDelivery(changeId: string): Promise<void>;
  isRunning(workflowId: string): Promise<boolean>;
}
