// What runs by itself: one schedule of the engine each, made when a worker starts, kept by the engine.

import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Policy } from '../domain/policy.js';

export async function ensureSchedules(
  client: Client,
  taskQueue: string,
  { schedules, notices }: Policy,
): Promise<void> {
  const every = (minutes: number, scheduleId: string, workflowType: string, summary: string, args: unknown[]) =>
    ensure(client, {
      scheduleId,
      spec: { intervals: [{ every: minutes * 60_000 }], jitter: '1 minute' },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
      action: {
        type: 'startWorkflow',
        workflowType,
        workflowId: `${scheduleId}/scheduled`,
        taskQueue,
        staticSummary: `${summary}, by schedule`,
        args,
      },
    });
  await every(schedules.complianceMinutes, 'compliance', 'complianceAudit', 'Compliance', []);
  await every(schedules.inventoryMinutes, 'inventory', 'inventorySync', 'Inventory', [
    { offset: 0, asked: 0, failed: 0 },
  ]);
  await every(notices.lookEveryMinutes, 'notices', 'noticeWatch', 'Notices', []);
}

/** A schedule that is there takes the interval of today's policy; paused by a person, it stays paused. */
async function ensure(client: Client, schedule: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (failure) {
    if (!(failure instanceof ScheduleAlreadyRunning)) throw failure;
    await client.schedule.getHandle(schedule.scheduleId).update((held) => ({ ...held, spec: schedule.spec }));
  }
}
