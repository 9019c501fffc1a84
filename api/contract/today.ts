// Today: what waits for people, what runs, what comes next, and how the fleet stands.

import { z } from 'zod';
import { DueSummary } from './due.js';

const instant = z.iso.datetime();

export const NeedView = z
  .object({
    kind: z.enum(['page', 'halt', 'decision', 'verdict', 'emergency', 'waiver', 'restoration', 'twin', 'policy']),
    id: z.string(),
    title: z.string(),
    detail: z.string(),
    until: instant.nullable().describe('When it is over or acts without you; null: nothing is counted'),
    path: z.string().describe('Where in the console it is settled'),
    mine: z.boolean().describe('Your roles let you settle it, and you have no part in it'),
  })
  .meta({ id: 'NeedView' });

export const RunShort = z
  .object({
    runKey: z.string(),
    environment: z.string(),
    category: z.string(),
    ring: z.string(),
    status: z.string(),
    control: z.string(),
    opensAt: instant,
    closesAt: instant,
    counts: z.record(z.string(), z.number().int()).describe('Manifest rows by state'),
  })
  .meta({ id: 'RunShort' });

export const TodayView = z
  .object({
    at: instant,
    seq: z.number().int().describe('Number of the newest event that is in it'),
    stopped: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable(),
    needs: z.array(NeedView).describe('The soonest harm first'),
    unread: z.array(z.string()).describe('What could not be read just now: the list may be short'),
    running: z.array(RunShort),
    next: z.array(RunShort).describe('The earliest first'),
    due: DueSummary,
    fleet: z.object({
      machines: z.number().int(),
      unknown: z.number().int().describe('Never assessed: never counted as complete'),
      lacking: z.number().int(),
    }),
    trend: z
      .array(z.object({ day: z.iso.date(), known: z.number().int(), complete: z.number().int() }))
      .describe('Known production machines, and those that lacked nothing, by day'),
    troubledChannels: z.record(z.string(), z.string()),
    undelivered: z.number().int().describe('Notices that reached nobody, or are being tried again'),
  })
  .meta({ id: 'TodayView' });

export type NeedView = z.infer<typeof NeedView>;
export type RunShort = z.infer<typeof RunShort>;
export type TodayView = z.infer<typeof TodayView>;
