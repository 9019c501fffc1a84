// A worker of Patchline's task queue: the workflows as they are, the activities over the given ports.

import { Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import type { Ports } from '../activities/ports.js';
import { acting } from '../composition/acting.js';
import { workflowsCachedDefault } from '../composition/settings.js';
import { withHeartbeats } from './heartbeats.js';

export interface WorkerInput {
  ports: Ports;
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  /** Workflow code, bundled before. */
  bundle: { code: string };
  activitiesAtOnce?: number;
  workflowsCached?: number;
}

export function createWorker(input: WorkerInput): Promise<Worker> {
  return Worker.create({
    connection: input.connection,
    namespace: input.namespace,
    taskQueue: input.taskQueue,
    activities: createActivities(input.ports),
    workflowBundle: input.bundle,
    maxConcurrentActivityTaskExecutions: input.activitiesAtOnce ?? 50,
    maxCachedWorkflows: input.workflowsCached ?? workflowsCachedDefault,
    shutdownGraceTime: '5 seconds',
    interceptors: {
      activity: [
        withHeartbeats,
        ({ info }) => ({
          inbound: {
            execute: (activity, next) =>
              acting.as(`${info.workflowExecution?.workflowId ?? 'no workflow'} (${info.activityType})`, () =>
                next(activity),
              ),
          },
        }),
      ],
    },
  });
}
