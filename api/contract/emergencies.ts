// Emergencies as the API takes and tells them.

import { z } from 'zod';
import { emergencyStatuses } from '../../domain/emergency.js';
import { overrideKinds } from '../../domain/override.js';

const instant = z.iso.datetime();
/** Longer texts are told what is wrong with them; far longer ones never get there. */
const words = z.string().max(20_000);
const name = z.string().trim().min(1).max(100);

const obstacle = {
  kind: z.enum(overrideKinds),
  names: z.string().describe('Id of the window rule, of the freeze, or of the rule of approval for emergencies'),
};

export const EmergencyInput = z
  .strictObject({
    patchId: name,
    category: name,
    reason: words,
    windowOverride: z.boolean().default(false).describe('It is to be installed outside of its window'),
    freezeOverrides: z.array(name).max(20).default([]).describe('Ids of freezes in which it is to be installed'),
    quorumOverride: name
      .nullable()
      .default(null)
      .describe('Id of the rule of approval for emergencies by which it is to be decided'),
    soakMinutes: z
      .number()
      .positive()
      .max(7 * 24 * 60)
      .nullable()
      .default(null)
      .describe('How long staging soaks; never less than policy says'),
  })
  .meta({ id: 'EmergencyInput' });

export const OverrideInput = z
  .strictObject({
    kind: obstacle.kind,
    names: name.nullable().default(null).describe('Id of the freeze or of the rule of approval; null: the window'),
    reason: words,
  })
  .meta({ id: 'OverrideInput' });

export const EmergencyEndInput = z.strictObject({ reason: words }).meta({ id: 'EmergencyEndInput' });

export const EmergencyReviewInput = z.strictObject({ outcome: words }).meta({ id: 'EmergencyReviewInput' });

export const OverrideView = z
  .object({
    overrideId: z.string(),
    ...obstacle,
    span: z
      .string()
      .nullable()
      .describe('Of a freeze its times, of a rule its words when it was signed: a changed one is another one'),
    by: z.string(),
    at: instant,
    expiresAt: instant,
    reason: z.string(),
    signature: z.string(),
    revokedBy: z.string().nullable(),
    revokedAt: instant.nullable(),
    revokeReason: z.string().nullable(),
  })
  .meta({ id: 'OverrideView' });

export const EmergencyView = z
  .object({
    emergencyId: z.string(),
    patchId: z.string(),
    category: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    requestedAt: instant,
    expiresAt: instant,
    wanted: z.array(z.object({ ...obstacle, signedBy: z.string().nullable().describe('Null: nothing opens by it') })),
    soakSeconds: z.number().int().nullable(),
    status: z.enum(emergencyStatuses),
    endedBy: z.string().nullable(),
    endedAt: instant.nullable(),
    endReason: z.string().nullable(),
    overrides: z.array(OverrideView),
    runs: z.array(z.string()).describe('Maintenance runs that went on by it'),
    reviewOpenedAt: instant.nullable(),
    reviewDueAt: instant.nullable(),
    reviewedBy: z.string().nullable(),
    reviewedAt: instant.nullable(),
    reviewOutcome: z.string().nullable(),
  })
  .meta({
    id: 'EmergencyView',
    description: 'One patch for one category outside of its window, in a freeze, or decided by fewer people',
  });

export type EmergencyView = z.infer<typeof EmergencyView>;
