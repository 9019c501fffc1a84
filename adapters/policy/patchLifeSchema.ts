// What policy says of a patch during its life: known issues, successors, definition updates.

import { z } from 'zod';

export const knownIssuesSchema = z.strictObject({
  hold: z.enum(['vendor', 'manual', 'both', 'none']).default('both'),
});

const onArrival = z.enum(['continue', 'replace']).default('replace');

export const supersedenceSchema = z.strictObject({
  inTest: onArrival,
  awaiting: onArrival,
  deploying: z.enum(['finishRing', 'continue', 'stop']).default('finishRing'),
});

export const definitionsSchema = z.strictObject({
  policy: z.enum(['autoInstall', 'ignore']).default('autoInstall'),
  maximumAgeHours: z
    .int()
    .min(1)
    .max(31 * 24)
    .default(72),
});
