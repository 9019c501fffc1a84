// Machines that came after a decision was asked for, as the API tells them.

import { z } from 'zod';

export const ArrivalView = z
  .object({
    runKey: z.string().describe('The run in whose planning it was judged'),
    patchId: z.string(),
    category: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    joins: z.boolean(),
    reasons: z.array(z.string()).describe('Why it does not join; of one that joins, by what'),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ArrivalView', description: 'A machine that came after a decision was asked for' });

export const arrivalWords = z
  .string()
  .nullable()
  .describe('Which machines may join later, as it is signed; null: nobody joins');

export type ArrivalView = z.infer<typeof ArrivalView>;
