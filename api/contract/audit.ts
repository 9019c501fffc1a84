// The audit log and its verification.

import { z } from 'zod';
import { instant, sha256 } from './fields.js';

export const EventView = z
  .object({
    seq: z.number().int(),
    at: instant,
    who: z.string(),
    what: z.string(),
    why: z.string(),
    patchId: z.string().nullable(),
    vmId: z.string().nullable(),
    runKey: z.string().nullable(),
    before: z.unknown().describe('What changed, as it was; null where nothing was'),
    after: z.unknown().describe('What changed, as it is'),
  })
  .meta({ id: 'EventView' });

export const SignedCheckpoint = z
  .strictObject({
    seq: z.number().int().min(0),
    hash: sha256,
    at: instant,
    signature: z.string().max(200).describe('Ed25519 by the key of this installation, base64url'),
  })
  .meta({ id: 'SignedCheckpoint', description: 'A place of the audit chain, to be kept outside of the database' });

export const VerificationInput = z
  .strictObject({ checkpoints: z.array(SignedCheckpoint).max(1000).default([]) })
  .meta({ id: 'VerificationInput' });

export const VerificationView = z
  .object({
    intact: z.boolean(),
    events: z.number().int(),
    last: z.object({ seq: z.number().int(), hash: z.string() }),
    checkpoints: z.number().int().describe('How many outside checkpoints it was held against'),
    findings: z.array(z.object({ kind: z.string(), seq: z.number().int(), detail: z.string() })),
    seconds: z.number(),
  })
  .meta({ id: 'VerificationView' });

export type EventView = z.infer<typeof EventView>;

export type SignedCheckpoint = z.infer<typeof SignedCheckpoint>;

export type VerificationView = z.infer<typeof VerificationView>;
