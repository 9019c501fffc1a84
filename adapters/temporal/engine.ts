// The Temporal client behind the engine port.

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { changeUpdated } from '../../domain/changeRecord.js';
import { computeAgain, urgencyWorkflowId } from '../../domain/due.js';
import { emergencyChanged, emergencyWorkflowId } from '../../domain/emergency.js';
import { waiverChanged, waiverWorkflowId } from '../../domain/patchWaiver.js';
import { queueKeyOf } from '../../domain/priority.js';
import { deliveryWorkflowId, pageWorkflowId } from '../../domain/notice.js';
import type { RunKey } from '../../domain/run.js';
import { twinChanged, twinWorkflowId } from '../../domain/twin.js';
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
  /** Started already is success. */
  async function start(type: string, options: Omit<WorkflowStartOptions, 'taskQueue'>): Promise<void> {
    try {
      await client.workflow.start(type, { ...options, taskQueue });
    } catch (failure) {
      if (!(failure instanceof WorkflowExecutionAlreadyStartedError)) throw failure;
    }
  }

  /** One that runs goes on; `signal`: it looks at its row again. */
  async function startTimer(type: string, workflowId: string, input: object, signal: string | null): Promise<void> {
    const options = { workflowId, workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const, args: [input] };
    if (signal === null) return start(type, options);
    await client.workflow.signalWithStart(type, { ...options, taskQueue, signal });
  }

  return {
    startRun: (runKey, tier) =>
      start('maintenanceRun', {
        workflowId: runKey,
        // No start delay: a second signal-with-start or an update would end it early. A closed run is never started again.
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: runKey,
        typedSearchAttributes: attributesOf(runKey),
        ...(tier === undefined ? {} : { priority: { priorityKey: queueKeyOf(tier) } }),
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

    startWaiver: (waiverId, look) =>
      startTimer('patchWaiver', waiverWorkflowId(waiverId), { waiverId }, look ? waiverChanged : null),

    startEmergency: (emergencyId, look) =>
      startTimer('emergency', emergencyWorkflowId(emergencyId), { emergencyId }, look ? emergencyChanged : null),

    startTwin: (twinId, look) => startTimer('twinBuild', twinWorkflowId(twinId), { twinId }, look ? twinChanged : null),

    async startChangeDelivery(changeId): Promise<void> {
      await client.workflow.signalWithStart('changeDelivery', {
        taskQueue,
        workflowId: `${changeId}/webhooks`,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        signal: changeUpdated,
        args: [{ changeId }],
      });
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
