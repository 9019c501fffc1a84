// Tokens of pipelines over the wire.

import { z } from 'zod';

export const ServiceTokenInput = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be up to 40 lower-case letters, digits and `-`'),
  /** Permissions of docs/permissions.md that a token can be made for. */
  scope: z.array(z.string().max(40)).min(1, 'must name at least one permission').max(20),
  days: z.int().min(1).max(366).default(90),
  reason: z.string().trim().min(3).max(1000),
});
export type ServiceTokenInput = z.input<typeof ServiceTokenInput>;

export const ServiceTokenView = z
  .object({
    tokenId: z.string(),
    name: z.string(),
    scope: z.array(z.string()),
    createdBy: z.string(),
    createdAt: z.string(),
    expiresAt: z.string(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .meta({ id: 'ServiceTokenView' });
export type ServiceTokenView = z.infer<typeof ServiceTokenView>;

/** The only answer that ever holds the token. */
export const ServiceTokenMade = ServiceTokenView.extend({ token: z.string() }).meta({ id: 'ServiceTokenMade' });
export type ServiceTokenMade = z.infer<typeof ServiceTokenMade>;

export const RevokeInput = z.object({ reason: z.string().trim().min(3).max(1000) });
