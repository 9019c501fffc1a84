// Operations of Azure, step by step.

import type { Operation, OperationStep } from '../domain/operation.js';
import type { RunKey } from '../domain/run.js';

export interface OperationStore {
  operation(sessionId: string, step: OperationStep): Promise<Operation | null>;
  operations(sessionId: string): Promise<Operation[]>;
  /** Restore points of these machines that were finished, in the order of time. */
  restorePoints(vmIds: string[]): Promise<Pick<Operation, 'sessionId' | 'vmId' | 'intendedAt'>[]>;
  /** The step that is under way, or was last, in each open session of a run, by machine. */
  stepsUnderWay(runKey: RunKey): Promise<Map<string, OperationStep>>;
  /** Installations in the order of their intents: a page, from an instant on. `after`: session of the one that a page before ended with. */
  installs(page: { since?: string; after?: string; limit: number }): Promise<Operation[]>;
  /** Writes the intent; false when a row exists already (then nothing is changed). */
  intend(sessionId: string, step: OperationStep, vmId: string, at: string): Promise<boolean>;
  /** After a settled lost answer, before posting again: the intent's time moves to `at`. */
  renewIntent(sessionId: string, step: OperationStep, at: string): Promise<void>;
  accepted(sessionId: string, step: OperationStep, operationUrl: string | null): Promise<void>;
  finished(
    sessionId: string,
    step: OperationStep,
    state: 'succeeded' | 'failed' | 'inDoubt',
    result: unknown,
    error: string | null,
  ): Promise<void>;
  /** Removes an intent whose request was refused before it took effect (409, 429): nothing was started. */
  forget(sessionId: string, step: OperationStep): Promise<void>;
}
