// Who could approve at an instant, and who not.

import { z } from 'zod';

const instant = z.iso.datetime();

export const EligibleView = z
  .object({
    requestId: z.string(),
    patchId: z.string(),
    category: z.string(),
    at: instant,
    closed: z.string().nullable().describe('Why nobody could at all; null: it waited'),
    policyVersion: z.string().describe('When it was asked: by it all of this is told'),
    policyVersionNow: z.string().describe('Where it is another one, the stricter of both judges whoever decides now'),
    ruleId: z.string().nullable().describe('Of `approvals.rules`; null: none took it'),
    steps: z.array(
      z.object({
        name: z.string(),
        quorum: z.number().int(),
        by: z.array(z.string()).describe('Whose approval counted until then'),
        since: instant.nullable().describe('From when on it was its turn; null: not yet'),
        completeAt: instant.nullable(),
      }),
    ),
    people: z.array(
      z.object({
        name: z.string(),
        roles: z.array(z.string()),
        onBehalfOf: z.string().nullable().describe('By whose delegation; null: by a right of their own'),
        steps: z.array(z.string()).describe('That they could have decided, in turn or not'),
        counts: z.boolean().describe('An approval would have counted at that instant'),
        reasons: z.array(z.string()).describe('Why not'),
      }),
    ),
  })
  .meta({ id: 'EligibleView' });

export type EligibleView = z.infer<typeof EligibleView>;
