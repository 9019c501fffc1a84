// Delegations as the API takes and tells them.

import { z } from 'zod';

const instant = z.iso.datetime();
const asked = z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-12-24T18:00:00+01:00' });

export const DelegationInput = z
  .strictObject({
    delegate: z.string().trim().min(1).max(100).describe('Who gives your word meanwhile'),
    category: z.string().trim().min(1).max(100).nullable().default(null).describe('Null: all that you decide for'),
    from: asked.nullable().default(null).describe('Null: from now on'),
    until: asked,
    reason: z.string().max(20_000),
  })
  .meta({ id: 'DelegationInput' });

export const DelegationRevokeInput = z
  .strictObject({ reason: z.string().trim().min(1).max(2000) })
  .meta({ id: 'DelegationRevokeInput' });

export const DelegationView = z
  .object({
    delegationId: z.string(),
    delegator: z.string().describe('Whose word it is'),
    delegate: z.string().describe('Who gives it meanwhile'),
    category: z.string().nullable().describe('Null: all that the delegator decides for'),
    reason: z.string(),
    at: instant,
    from: instant,
    until: instant,
    status: z.enum(['standing', 'later', 'revoked', 'over']),
    signatureHolds: z.boolean().describe('The API signed every word of it; otherwise it counts for nothing'),
    revokedBy: z.string().nullable(),
    revokedAt: instant.nullable(),
    revokeReason: z.string().nullable(),
    barred: z
      .array(z.object({ patchId: z.string(), category: z.string(), why: z.string() }))
      .describe('What waits now and may not be decided by it, since one of both had a hand in it'),
  })
  .meta({ id: 'DelegationView' });

export type DelegationView = z.infer<typeof DelegationView>;
