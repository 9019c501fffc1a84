// Restorations as the API tells them: what differs, by which way, who decided, what came of it.

import { z } from 'zod';

const instant = z.iso.datetime();
const text = (max: number) => z.string().min(1).max(max);

export const ComplianceItem = z.object({
  kind: z.enum(['system', 'software', 'patch']),
  name: z.string(),
  verdict: z.enum(['compliant', 'missing', 'older', 'newer', 'forbidden', 'unknown']),
  wanted: z.string(),
  found: z.string().nullable(),
  waived: z.string().optional().describe('The waiver of policy that lets it differ for now'),
});

export const RestorationInput = z
  .strictObject({
    way: z.enum(['restorePoint', 'reinstall']),
    session: text(500)
      .nullable()
      .default(null)
      .describe('The session whose restore point it goes back to; the newest one when null'),
    reason: text(2000),
  })
  .meta({ id: 'RestorationInput' });

export const RestorationDecisionInput = z
  .strictObject({
    verdict: z.enum(['approve', 'reject']),
    digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be the digest of what was shown'),
    justification: text(4000),
  })
  .meta({ id: 'RestorationDecisionInput' });

export const RestorationView = z
  .object({
    restorationId: z.string(),
    subject: z.object({
      vmId: z.string(),
      vmName: z.string(),
      environment: z.enum(['production', 'staging']),
      category: z.string(),
      baseline: z.string(),
      version: z.number().int(),
      differences: z.array(ComplianceItem),
      way: z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('restorePoint'),
          sessionId: z.string(),
          restorePoint: z.string(),
          takenAt: instant,
          undoes: z.array(z.string()).describe('Patches that came after it: they go with it'),
        }),
        z.object({
          kind: z.literal('reinstall'),
          patches: z.array(
            z.object({
              patchId: z.string(),
              ring: z.string(),
              digest: z.string().nullable(),
              decisionId: z.string().nullable(),
            }),
          ),
        }),
      ]),
      left: z.array(z.object({ name: z.string(), why: z.string() })).describe('What differs and stays so'),
      windowRule: z.string(),
    }),
    digest: z.string(),
    status: z.enum(['waiting', 'approved', 'rejected', 'expired', 'ended']),
    requestedBy: z.string(),
    reason: z.string(),
    requestedAt: instant,
    expiresAt: instant,
    decidedBy: z.string().nullable(),
    justification: z.string().nullable(),
    decidedAt: instant.nullable(),
    outcome: z.enum(['restored', 'incomplete', 'failed', 'refused']).nullable(),
    detail: z.string(),
    differencesAfter: z.array(ComplianceItem).nullable(),
    endedAt: instant.nullable(),
  })
  .meta({ id: 'RestorationView' });

export type RestorationView = z.infer<typeof RestorationView>;
