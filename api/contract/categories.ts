// Asset categories and what stands for them.

import { z } from 'zod';

export const CategoryView = z
  .object({
    name: z.string(),
    environment: z.string(),
    environmentReason: z.string(),
    category: z.string().nullable(),
    reason: z.string(),
    rules: z.array(
      z.object({
        category: z.string(),
        takes: z.boolean(),
        conditions: z.array(z.object({ condition: z.string(), met: z.boolean() })),
      }),
    ),
  })
  .meta({ id: 'CategoryView' });

export type CategoryView = z.infer<typeof CategoryView>;
