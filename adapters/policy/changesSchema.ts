// What policy says of change records: the webhooks that are told of them, and whether a ring waits for one.

import { z } from 'zod';
import { name } from './forms.js';

const secretName = z.string().regex(/^[A-Z][A-Z0-9_]{0,60}$/, 'must be the NAME of PATCHLINE_SECRET_NAME, in capitals');

export const changesSchema = z
  .strictObject({
    webhooks: z
      .array(
        z.strictObject({
          name,
          secret: secretName,
          signingSecret: secretName,
          allowPrivate: z.boolean().default(false),
          /** No ring begins before it has taken the change. */
          required: z.boolean().default(false),
        }),
      )
      .max(10)
      .refine(
        (held) => new Set(held.map((one) => one.name)).size === held.length,
        'has a name twice: rename one of them',
      )
      .default([]),
  })
  .prefault({});
