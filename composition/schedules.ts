// What runs by itself: one schedule of the engine each, made when a worker starts, kept by the engine.

import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { Policy } from '../domain/policy.js';

interface Recurring {
  scheduleId: string;
  minutes: number;
  workflowType: string;
  summary: string;
  args: unknown[];
  /** Also as soon as it is made: nobody waits a day for the first time. */
  atOnce?: boolean;
}

const channelPrefix = 'channel-';

export async function ensureSchedules(client: Client, taskQueue: string, policy: Policy): Promise<void> {
  const wanted = recurringOf(policy);
  for (const one of wanted) await ensure(client, optionsOf(one, taskQueue));
  await removeOthers(client, new Set(wanted.map((one) => one.scheduleId)));
}

function recurringOf({ schedules, channels }: Policy): Recurring[] {
  return [
    {
      scheduleId: 'compliance',
      minutes: schedules.complianceMinutes,
      workflowType: 'complianceAudit',
      summary: 'Compliance',
      args: [],
    },
    {
      scheduleId: 'urgency',
      minutes: schedules.urgencyMinutes,
      workflowType: 'urgencyAudit',
      summary: 'Deadlines',
      args: [],
    },
    {
      scheduleId: 'inventory',
      minutes: schedules.inventoryMinutes,
      workflowType: 'inventorySync',
      summary: 'Inventory',
      args: [{ offset: 0, asked: 0, failed: 0 }],
    },
    ...channels.sources.flatMap(({ name, everyMinutes }) =>
      everyMinutes === null
        ? []
        : [
            {
              scheduleId: `${channelPrefix}${name}`,
              minutes: everyMinutes,
              workflowType: 'channelSync',
              summary: `Channel ${name}`,
              args: [{ channel: name, begun: null }],
              atOnce: true,
            },
          ],
    ),
  ];
}

function optionsOf(one: Recurring, taskQueue: string): ScheduleOptions {
  return {
    scheduleId: one.scheduleId,
    spec: { intervals: [{ every: one.minutes * 60_000 }], jitter: '1 minute' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
    state: { triggerImmediately: one.atOnce ?? false },
    action: {
      type: 'startWorkflow',
      workflowType: one.workflowType,
      workflowId: `${one.scheduleId}/scheduled`,
      taskQueue,
      staticSummary: `${one.summary}, by schedule`,
      args: one.args,
    },
  };
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

/** Channels that policy no longer reads by themselves. */
async function removeOthers(client: Client, wanted: Set<string>): Promise<void> {
  for await (const { scheduleId } of client.schedule.list()) {
    if (!scheduleId.startsWith(channelPrefix) || wanted.has(scheduleId)) continue;
    await client.schedule
      .getHandle(scheduleId)
      .delete()
      .catch((failure: unknown) => {
        // Another worker that starts at the same time was faster.
        if (!(failure instanceof ScheduleNotFoundError)) throw failure;
      });
  }
}
