// Fields that many answers share.

import { z } from 'zod';

export const instant = z.string().describe('ISO 8601 instant, UTC');

export const text = (max: number) => z.string().trim().min(1).max(max);

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');

/** What tells a machine from others, in every list of them. */
export const machineFields = {
  vmId: z.string(),
  name: z.string(),
  environment: z.string(),
  category: z.string().nullable(),
  osName: z.string().nullable(),
  build: z.string().nullable(),
};
