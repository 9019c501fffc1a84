// The Temporal client behind the engine port.

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { deliveryWorkflowId, pageWorkflowId } from '../../domain/notice.js';
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
} as const;

export function createEngine(client: Client): EnginePort {
  /** Started already is success. */
  async function start(type: string, options: Omit<WorkflowStartOptions, 'taskQueue'>): Promise<void> {
    try {
      await client.workflow.start(type, { ...options, taskQueue });
    } catch (failure) {
      if (!(failure instanceof WorkflowExecutionAlreadyStartedError)) throw failure;
    }
  }

  return {
    startRun: (runKey) =>
      start('maintenanceRun', {
        workflowId: runKey,
        // No start delay: a second signal-with-start or an update would end it early. A closed run is never started again.
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: runKey,
        typedSearchAttributes: attributesOf(runKey),
        args: [{ runKey }],
      }),

    startDelivery: (noticeId, round) =>
      start('noticeDelivery', {
        workflowId: deliveryWorkflowId(noticeId, round),
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [{ noticeId, round }],
      }),

    startPage: (noticeId) =>
      start('page', {
        workflowId: pageWorkflowId(noticeId),
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        args: [{ noticeId }],
      }),

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
