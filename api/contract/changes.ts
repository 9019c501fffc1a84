// Change records as the API tells them.

import { z } from 'zod';
import { changeStates } from '../../domain/changeRecord.js';

const instant = z.iso.datetime();

export const ChangeView = z
  .object({
    changeId: z.string(),
    version: z.number().int(),
    patchId: z.string(),
    category: z.string(),
    title: z.string(),
    state: z.enum(changeStates),
    digest: z.string(),
    requestId: z.string(),
    openedAt: instant,
    updatedAt: instant,
    closedAt: instant.nullable(),
    windows: z.array(z.object({ runKey: z.string(), opensAt: instant, closesAt: instant })),
    counts: z.object({
      machines: z.number().int(),
      installed: z.number().int(),
      rolledBack: z.number().int(),
      failed: z.number().int(),
      inDoubt: z.number().int(),
      left: z.number().int(),
    }),
    machines: z.array(z.string()).describe('The first of them, by name'),
    requestedBy: z.array(z.string()),
    approvedBy: z.array(z.object({ by: z.string(), at: instant, justification: z.string(), decisionId: z.string() })),
    test: z.object({ runKey: z.string(), verdict: z.string(), set: z.array(z.string()) }),
    rollbackPlan: z.string(),
    outcome: z.string(),
    external: z
      .array(
        z.object({
          target: z.string(),
          number: z.string().nullable(),
          url: z.string().nullable(),
          acceptedAt: instant,
        }),
      )
      .describe('What receivers called it; text, never followed'),
  })
  .meta({ id: 'ChangeView', description: 'The change record of an approved patch in one category' });

export const ChangeDetail = ChangeView.extend({
  deliveries: z.array(
    z.object({
      target: z.string(),
      version: z.number().int(),
      state: z.enum(['waiting', 'sending', 'delivered', 'undeliverable']),
      attempts: z.number().int(),
      nextAttemptAt: instant,
      detail: z.string(),
    }),
  ),
}).meta({ id: 'ChangeDetail' });

export type ChangeView = z.infer<typeof ChangeView>;
export type ChangeDetail = z.infer<typeof ChangeDetail>;
