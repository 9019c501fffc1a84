// Copies of production machines in staging, as the API takes and tells them.

import { z } from 'zod';
import { twinStatuses } from '../../domain/twin.js';

const instant = z.iso.datetime();

export const TwinInput = z
  .strictObject({
    vm: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .describe('Name or id of a production machine that nothing in staging stands for'),
    reason: z.string().trim().min(1).max(2000),
    fresh: z.boolean().default(false).describe('A restore point is taken for it, whatever others there are'),
  })
  .meta({ id: 'TwinInput' });

export const TwinDecisionInput = z
  .strictObject({
    verdict: z.enum(['approve', 'refuse']),
    digest: z.string().length(64).describe('Of what was shown'),
    reason: z.string().max(20_000),
  })
  .meta({ id: 'TwinDecisionInput' });

export const TwinRetirementInput = z
  .strictObject({ reason: z.string().trim().min(1).max(2000) })
  .meta({ id: 'TwinRetirementInput' });

export const TwinView = z
  .object({
    twinId: z.string(),
    status: z.enum(twinStatuses),
    subject: z.object({
      twinId: z.string(),
      category: z.string(),
      source: z.object({ vmId: z.string(), name: z.string(), azureId: z.string() }),
      restorePoint: z
        .object({ name: z.string(), takenAt: instant })
        .nullable()
        .describe('Null: one is taken of the machine once it is approved'),
      name: z.string(),
      subscriptionId: z.string(),
      resourceGroup: z.string(),
      region: z.string(),
      subnet: z.string(),
      size: z.string(),
      tags: z.record(z.string(), z.string()),
      lifeDays: z.number().int(),
      standsFor: z.array(z.string()).describe('Production machines without an equivalent that it would stand for'),
      expectedScore: z.number(),
      cautions: z.array(z.string()),
    }),
    digest: z.string().describe('Of the subject: what a decision names'),
    proposedBy: z.string(),
    reason: z.string(),
    proposedAt: instant,
    expiresAt: instant,
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
    justification: z.string().nullable(),
    signature: z.string().nullable(),
    disks: z.array(z.object({ name: z.string(), lun: z.number().int().nullable(), source: z.string() })).nullable(),
    vmId: z.string().nullable().describe('Null: the inventory does not know it yet'),
    score: z.number().nullable().describe('As measured against the machine that was copied'),
    standsFor: z.number().int().nullable().describe('How many production machines it stands for, as measured'),
    builtAt: instant.nullable(),
    retiresAt: instant.nullable(),
    retireAskedBy: z.string().nullable(),
    retireReason: z.string().nullable(),
    detail: z.string(),
    endedAt: instant.nullable(),
  })
  .meta({ id: 'TwinView' });

export type TwinView = z.infer<typeof TwinView>;
