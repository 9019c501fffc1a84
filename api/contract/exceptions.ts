// Signed exceptions as the API takes and tells them.

import { z } from 'zod';

const instant = z.iso.datetime();

export const ExceptionInput = z
  .strictObject({
    vm: z.string().trim().min(1).max(200).describe('Name or id of a production machine'),
    patchId: z.string().trim().min(1).max(100).nullable().default(null).describe('Null: every patch until it ends'),
    until: z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-12-24T18:00:00+01:00' }),
    reason: z.string().max(20_000),
  })
  .meta({ id: 'ExceptionInput' });

export const ExceptionRevokeInput = z
  .strictObject({ reason: z.string().trim().min(1).max(2000) })
  .meta({ id: 'ExceptionRevokeInput' });

export const ExceptionView = z
  .object({
    exceptionId: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    category: z.string(),
    patchId: z.string().nullable().describe('Null: every patch until it ends'),
    reason: z.string(),
    by: z.string(),
    at: instant,
    until: instant,
    status: z.enum(['standing', 'revoked', 'over']),
    revokedBy: z.string().nullable(),
    revokedAt: instant.nullable(),
    revokeReason: z.string().nullable(),
  })
  .meta({ id: 'ExceptionView' });

export type ExceptionView = z.infer<typeof ExceptionView>;
