// Cycles and how they are started.

import { z } from 'zod';

export const CycleInput = z
  .strictObject({
    month: z
      .string()
      .regex(/^[0-9A-Za-z-]{4,40}$/, 'an id of the vendor’s index such as 2026-Jun')
      .nullable()
      .default(null)
      .describe('Month of the MSRC to read first; null: what channels brought'),
  })
  .meta({ id: 'CycleInput' });

export const CycleView = z
  .object({
    cycleId: z.string(),
    workflowId: z.string(),
    status: z.string(),
    result: z.unknown().nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'CycleView' });

export type CycleView = z.infer<typeof CycleView>;
