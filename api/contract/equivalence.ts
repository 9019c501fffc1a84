// Equivalence as the API tells it: which staging machine stands for which production machines, and who has none.

import { z } from 'zod';

export const SignedEquivalenceView = z
  .object({
    threshold: z.number(),
    groups: z.array(
      z.object({
        twin: z.string(),
        score: z.number(),
        machines: z.number().int(),
        differences: z.array(z.string()),
      }),
    ),
    without: z.array(z.object({ machines: z.number().int(), words: z.string() })),
  })
  .meta({ id: 'SignedEquivalenceView' });

const Machine = z.object({ vmId: z.string(), name: z.string() });

export const MatchView = z
  .object({
    twin: z.string(),
    score: z.number(),
    stands: z.boolean().describe('Whether its test counts'),
    differences: z.array(
      z.object({
        dimension: z.string(),
        kind: z.enum(['differs', 'unknown']),
        rulesOut: z.boolean(),
        words: z.string(),
        remedy: z.string(),
      }),
    ),
  })
  .meta({ id: 'MatchView' });

export const EquivalenceView = z
  .object({
    category: z.string(),
    threshold: z.number(),
    production: z.number().int(),
    staging: z.array(z.string()),
    groups: z.array(z.object({ machines: z.array(Machine), best: MatchView.nullable() })),
    gaps: z.array(
      z.object({ words: z.string(), line: z.string(), machines: z.array(Machine), remedies: z.array(z.string()) }),
    ),
    candidates: z.array(MatchView).describe('Of one machine that was asked for: every staging machine, the best first'),
  })
  .meta({ id: 'EquivalenceView' });

export type SignedEquivalenceView = z.infer<typeof SignedEquivalenceView>;
export type MatchView = z.infer<typeof MatchView>;
export type EquivalenceView = z.infer<typeof EquivalenceView>;
