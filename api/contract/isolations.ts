// Culprit isolations as the API tells them: what failed together, every trial of a part of it, and who was named.

import { z } from 'zod';

const instant = z.iso.datetime();
const verdict = z.enum(['passed', 'failed', 'inconclusive']);

export const IsolationView = z
  .object({
    isolationId: z.string().describe('Also the id of its workflow'),
    runKey: z.string().describe('The staging run that failed'),
    category: z.string(),
    status: z.enum(['running', 'named', 'inconclusive']),
    detail: z.string(),
    patchIds: z.array(z.string()),
    sets: z
      .array(z.object({ machines: z.array(z.string()), patchIds: z.array(z.string()) }))
      .describe('Machines that failed, with what they got together'),
    trials: z.array(
      z.object({
        number: z.number().int(),
        machines: z.array(z.string()),
        patchIds: z.array(z.string()),
        runKey: z.string().nullable(),
        verdict: verdict.nullable().describe('Null while it goes on'),
        reasons: z.array(z.string()),
        startedAt: instant,
        endedAt: instant.nullable(),
      }),
    ),
    verdicts: z.array(
      z.object({
        patchId: z.string(),
        verdict: verdict.describe('inconclusive: the verdict of the failed set stays'),
        reasons: z.array(z.string()),
        testedSet: z.array(z.string()),
        runKey: z.string(),
      }),
    ),
    trialsMax: z.number().int(),
    until: instant.describe('Without a result by then, nobody goes on'),
    startedAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({ id: 'IsolationView' });

export type IsolationView = z.infer<typeof IsolationView>;
