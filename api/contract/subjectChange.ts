// What changed between two requests for a decision, as the API tells it.

import { z } from 'zod';

export const ChangesSince = z
  .object({
    requestId: z.string(),
    requestedAt: z.iso.datetime(),
    end: z.string().describe('What became of the last request: `approve by riley`, `expired`, `superseded`'),
    kind: z
      .enum(['same', 'narrower', 'changed'])
      .describe('narrower: machines left, and everything that remains is as it was'),
    changes: z.array(z.string()),
    line: z.string().describe('All of it in one line, as approvers are told'),
  })
  .meta({ id: 'ChangesSince' });
export type ChangesSince = z.infer<typeof ChangesSince>;
