// Says for an activity that its process lives. One whose worker died is repeated when no heartbeat came for its time-out, long before
// its start-to-close time-out has run out: https://docs.temporal.io/encyclopedia/detecting-activity-failures#activity-heartbeat

import type { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Heartbeats within one time-out; one that is late does no harm. */
const beatsPerTimeout = 4;

/** Of activities whose workflow set a heartbeat time-out; others run as they are. */
export const withHeartbeats: ActivityInterceptorsFactory = (context) => ({
  inbound: { execute: (activity, next) => beating(context, () => next(activity)) },
});

async function beating<T>(context: Context, work: () => Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs } = context.info;
  if (heartbeatTimeoutMs === undefined) return work();
  const beat = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / beatsPerTimeout);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
