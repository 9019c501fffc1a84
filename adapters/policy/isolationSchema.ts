// What policy says of culprit isolation: whether a staging set that failed is taken apart, and how far that may go.

import { z } from 'zod';

export const isolationSchema = z.strictObject({
  enabled: z.boolean().default(true),
  trialsMax: z.int().min(1).max(64).default(24),
  daysMax: z.int().min(1).max(90).default(14),
});
