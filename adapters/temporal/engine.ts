// The Temporal client behind the engine port.

import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { computeAgain, urgencyWorkflowId } from '../../domain/due.js';
import { queueKeyOf } from '../../domain/priority.js';
import type { RunKey } from '../../domain/run.js';
import type { EnginePort } from '../../ports/engine.js';

export const taskQueue = 'patchline';

/** Registered in the namespace at start; workflows carry them so that people find histories by what they look for. */
export const searchAttributes = {
  PatchId: 'Keyword',
  Category: 'Keyword',
  Environment: 'Keyword',
  Stage: 'Keyword',
  Machine: 'Keyword',
  Tier: 'Keyword',
  DueAt: 'Datetime',
} as const;

export function createEngine(client: Client): EnginePort {
  return {
    async startRun(runKey: RunKey, tier?: string): Promise<void> {
      try {
        await client.workflow.start('maintenanceRun', {
          taskQueue,
          workflowId: runKey,
          // No start delay: a second signal-with-start or an update would end it early. A closed run is never started again.
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: runKey,
          typedSearchAttributes: attributesOf(runKey),
          ...(tier === undefined ? {} : { priority: { priorityKey: queueKeyOf(tier) } }),
          args: [{ runKey }],
        });
      } catch (failure) {
        if (!(failure instanceof WorkflowExecutionAlreadyStartedError)) throw failure;
      }
    },

    async auditUrgency(why: string): Promise<void> {
      // One that has read its facts already is told to read them again.
      await client.workflow.signalWithStart('urgencyAudit', {
        taskQueue,
        workflowId: urgencyWorkflowId,
        staticSummary: `Deadlines: ${why}`,
        signal: computeAgain,
        args: [],
      });
    },

    async isRunning(workflowId: string): Promise<boolean> {
      try {
        const description = await client.workflow.getHandle(workflowId).describe();
        return description.status.name === 'RUNNING';
      } catch (failure) {
        if (failure instanceof WorkflowNotFoundError) return false;
        throw failure;
      }
    },
  };
}

const keys = {
  environment: defineSearchAttributeKey('Environment', SearchAttributeType.KEYWORD),
  category: defineSearchAttributeKey('Category', SearchAttributeType.KEYWORD),
};

/** A run's key begins `maintenance/<environment>/<category>/`. */
function attributesOf(runKey: RunKey) {
  const [, environment = '', category = ''] = runKey.split('/');
  return [
    { key: keys.environment, value: environment },
    { key: keys.category, value: category },
  ];
}
