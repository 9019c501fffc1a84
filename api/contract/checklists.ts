// Checklists as the API tells them.

import { z } from 'zod';

const instant = z.iso.datetime();
const outcome = z.enum(['passed', 'failed'], { error: 'must be passed or failed' });

export const CheckView = z
  .object({
    runKey: z.string(),
    category: z.string(),
    name: z.string(),
    text: z.string(),
    role: z.string().nullable(),
    person: z.string().nullable(),
    assignedAt: instant,
    until: instant.describe('Nobody is waited for afterwards'),
    outcome: outcome.nullable().describe('Null: nobody has ticked it'),
    by: z.string().nullable(),
    note: z.string().nullable(),
    at: instant.nullable(),
  })
  .meta({ id: 'CheckView' });

export const CheckInput = z
  .strictObject({
    category: z.string().min(1).max(100),
    item: z.string().min(1).max(100),
    outcome,
    note: z.string().max(20_000),
  })
  .meta({ id: 'CheckInput' });

export type CheckView = z.infer<typeof CheckView>;
export type CheckInput = z.infer<typeof CheckInput>;
