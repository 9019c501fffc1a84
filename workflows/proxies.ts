// Activities as workflows call them: one proxy per class of work, each with the time-outs that fit it.

import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';

/** For work of minutes: its worker's death is noticed this soon. Short work is repeated when its own time-out has run out. */
const heartbeatTimeout = '30 seconds';

/**
 * Reads and writes of our own inventory, and mails: short, repeated until they succeed. The time-out is also how long a worker's
 * death goes unnoticed, so it is no longer than it must be.
 */
export const records = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** One attempt to deliver a notice. The attempts themselves are counted in the rows; an activity that dies is repeated after its claim has run out. */
export const deliveries = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Telling what has happened: it holds up nothing, and the next look at what was not told makes good for it. */
export const telling = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 8 },
});

/** Whole documents and whole fleets. */
export const bulk = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  scheduleToCloseTimeout: '2 hours',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** One Azure operation: each attempt is one request; the activity itself says when to come again. */
export const operations = proxyActivities<Activities>({
  startToCloseTimeout: '60 seconds',
  scheduleToCloseTimeout: '6 hours',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Scripts in guests, waited for within the attempt; an attempt that dies is tried again, and then the next synchronisation does. */
export const guests = proxyActivities<Activities>({
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout,
  scheduleToCloseTimeout: '2 hours',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/** Waiting for an update server: synchronisation and downloads may take most of a day. */
export const downloads = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  scheduleToCloseTimeout: '2 days',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 1.5, maximumInterval: '10 minutes' },
});
