// What policy says of urgency beside the deadlines themselves: approval paths by tier, when a deadline is in danger, forensic scripts.

import { z } from 'zod';
import { role } from './forms.js';

const tier = z.string().regex(/^P[0-9]$/, 'must be a tier from P0 to P9');
const minutes = z
  .int()
  .min(1)
  .max(90 * 24 * 60);

const path = z
  .strictObject({
    remindAfterMinutes: minutes.nullable().default(null),
    expireAfterMinutes: minutes.nullable().default(null),
    approverRoles: z.array(role).max(10).default([]),
  })
  .refine(
    ({ approverRoles, ...times }) => approverRoles.length > 0 || Object.values(times).some((one) => one !== null),
    'says nothing: give remindAfterMinutes, expireAfterMinutes or approverRoles, or remove it',
  );

export const approvalPathsSchema = z.record(tier, path).default({});

/** Hours before the deadline. Least where the deadline itself is near, most for those that leave weeks. */
const dangerDefaults = { P0: 24, P1: 24, P2: 72, P3: 96, P4: 96, P5: 96, P6: 96, P7: 96, P8: 96, P9: 96 };

export const dangerSchema = z
  .record(
    tier,
    z
      .int()
      .min(0)
      .max(365 * 24),
  )
  .default({})
  .transform((given): Record<string, number> => ({ ...dangerDefaults, ...given }));

export const forensicsSchema = z
  .strictObject({
    scripts: z
      .array(z.enum(['forensics/1']))
      .min(1, 'needs at least one script: without evidence such patches are never installed')
      .refine((names) => new Set(names).size === names.length, 'names a script twice: remove one of them'),
  })
  .default({ scripts: ['forensics/1'] });
