// How the whole system stands.

import { z } from 'zod';
import { DueSummary } from './due.js';
import { instant } from './fields.js';
import { NoticeStandingView } from './notices.js';

export const Status = z
  .object({
    ready: z.boolean(),
    stopped: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable(),
    machines: z.object({ production: z.number().int(), staging: z.number().int(), uncategorised: z.number().int() }),
    patches: z.record(z.string(), z.number().int()).describe('Patches by stage'),
    awaitingDecision: z.number().int(),
    runs: z.object({ open: z.number().int(), planned: z.number().int() }),
    due: DueSummary,
    troubledChannels: z.record(z.string(), z.string()).describe('Channels that are not healthy, and why'),
    notices: NoticeStandingView,
    you: z.object({ name: z.string(), roles: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof Status>;
