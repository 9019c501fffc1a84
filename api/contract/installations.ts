// What was installed, by session.

import { z } from 'zod';
import { instant } from './fields.js';

export const InstallationView = z
  .object({
    sessionId: z.string(),
    /** Ties the request in Azure's records to this session. */
    requestId: z.string(),
    runKey: z.string(),
    environment: z.string(),
    category: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    requestedAt: instant,
    state: z.string(),
    outcome: z.string().nullable(),
    restorePoint: z.string().nullable(),
    window: z.object({ opensAt: instant, closesAt: instant }),
    patches: z.array(
      z.object({
        patchId: z.string(),
        kb: z.string().nullable().describe('Null for what is no KB'),
        packages: z
          .array(z.object({ name: z.string(), version: z.string().nullable() }))
          .describe('Of Linux: what was asked for; without a version the newest, in staging alone'),
        arrived: z
          .array(z.object({ name: z.string(), version: z.string() }))
          .nullable()
          .describe('Of Linux: what the machine had of it when the session ended'),
        state: z.string(),
        tested: z.string().nullable().describe('The staging run that it passed in; null in staging'),
        decisionId: z.string().nullable().describe('The decision that allows it; null in staging'),
      }),
    ),
  })
  .meta({ id: 'InstallationView', description: 'One installation that was asked of Azure, and what allowed it' });

export type InstallationView = z.infer<typeof InstallationView>;
