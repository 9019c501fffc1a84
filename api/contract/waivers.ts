// Waivers of patches as the API takes and tells them.

import { z } from 'zod';

const instant = z.iso.datetime();
/** Longer texts are told what is wrong with them; far longer ones never get there. */
const words = z.string().max(20_000);

export const WaiverInput = z
  .strictObject({
    patchId: z.string().trim().min(1).max(100),
    vm: z.string().trim().min(1).max(200).nullable().default(null).describe('Name or id of a machine'),
    category: z.string().trim().min(1).max(100).nullable().default(null).describe('Every machine of it'),
    until: z.iso.datetime({ offset: true }),
    reason: words,
    control: words.describe('What protects the machines meanwhile'),
    owner: z
      .string()
      .trim()
      .min(1)
      .max(320)
      .describe('A person whom policy knows, by name or mail, else a mail address'),
  })
  .refine(({ vm, category }) => (vm === null) !== (category === null), 'name either a machine (vm) or a category')
  .meta({ id: 'WaiverInput' });

export const WaiverRenewInput = z
  .strictObject({ until: z.iso.datetime({ offset: true }), reason: words, control: words.nullable().default(null) })
  .meta({ id: 'WaiverRenewInput' });

export const WaiverDecisionInput = z
  .strictObject({ verdict: z.enum(['approve', 'reject']), justification: words })
  .meta({ id: 'WaiverDecisionInput' });

export const WaiverRevokeInput = z.strictObject({ reason: words }).meta({ id: 'WaiverRevokeInput' });

export const WaiverView = z
  .object({
    waiverId: z.string(),
    patchId: z.string(),
    category: z.string(),
    vmId: z.string().nullable(),
    vmName: z.string().nullable().describe('Null: every machine of the category'),
    until: instant,
    reason: z.string(),
    control: z.string(),
    owner: z.string(),
    renews: z.string().nullable(),
    status: z.enum(['asked', 'approved', 'rejected', 'revoked', 'expired', 'replaced']),
    effect: z
      .enum(['none', 'waived', 'leftOut'])
      .describe(
        '`waived`: it counts; `leftOut`: the content has changed since, so the patch is missing, and nothing is installed until it is renewed, revoked or over',
      ),
    requestedBy: z.string(),
    requestedAt: instant,
    askedUntil: instant,
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
    justification: z.string().nullable(),
    endedBy: z.string().nullable(),
    endedAt: instant.nullable(),
    endReason: z.string().nullable(),
  })
  .meta({ id: 'WaiverView', description: 'A machine or a category may lack a patch until a date' });

/** Of a patch on a machine, where one counts. */
export const WaivedView = z.object({
  waiverId: z.string(),
  until: instant,
  by: z.string().nullable(),
  reason: z.string(),
});

export type WaiverView = z.infer<typeof WaiverView>;
export type WaivedView = z.infer<typeof WaivedView>;
