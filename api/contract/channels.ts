// Channels as the API shows them.

import { z } from 'zod';

const instant = z.iso.datetime();
export const SkippedView = z
  .object({ reason: z.string(), count: z.number().int(), examples: z.array(z.string()) })
  .meta({ id: 'SkippedView', description: 'What could not be taken, by reason, with a few examples' });

export const ChannelView = z
  .object({
    name: z.string(),
    kind: z.string(),
    url: z.string(),
    everyMinutes: z.number().int().nullable().describe('Null: read only when somebody asks'),
    health: z.enum(['healthy', 'neverRead', 'failing', 'silent']),
    reason: z.string().nullable().describe('Why it is not healthy'),
    triedAt: instant.nullable(),
    succeededAt: instant.nullable(),
    changedAt: instant.nullable().describe('When a visit last brought new or changed patches'),
    documents: z.number().int(),
    pending: z.number().int().describe('Listed as changed, and not read yet'),
    troubled: z.number().int().describe('Documents that could not be taken'),
    skipped: z.array(SkippedView),
  })
  .meta({ id: 'ChannelView' });

export const ChannelDocumentView = z
  .object({
    id: z.string(),
    title: z.string(),
    changedAt: z.string().nullable().describe('As the vendor marks its change'),
    readAt: instant.nullable(),
    weight: z.number().int().describe('Vulnerabilities, notices or facts in it'),
    patches: z.number().int(),
    skipped: z.array(SkippedView),
    pending: z.boolean(),
    shrunkSince: instant.nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'ChannelDocumentView' });

export const ChannelDetailView = z
  .object({ channel: ChannelView, documents: z.array(ChannelDocumentView) })
  .meta({ id: 'ChannelDetailView' });
