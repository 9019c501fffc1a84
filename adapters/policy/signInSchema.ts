// What policy says of people who come from an identity provider: which claim gives which role. Nothing said: they have none.

import { z } from 'zod';
import { role, whole } from './forms.js';

export const signInSchema = z.strictObject({
  roles: z
    .array(
      z.strictObject({
        claim: z.string().min(1, 'must be the name of a claim, such as roles or groups').max(200),
        value: z.string().min(1, 'must be the exact value that gives the role').max(500),
        role,
      }),
    )
    .max(500)
    .default([]),
  claimsMaxAgeDays: whole(1, 365).default(30),
});
