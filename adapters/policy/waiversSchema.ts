// What policy says of waivers of patches: how long one may last, and for which deadlines none is granted.

import { z } from 'zod';

export const patchWaiversSchema = z.strictObject({
  daysMax: z
    .int()
    .min(1)
    .max(2 * 365)
    .default(180),
  forbiddenTiers: z
    .array(z.string().regex(/^P[0-9]$/, 'must be a tier from P0 to P9'))
    .max(10)
    .default([]),
});
