// One decision as it can be proved: what was asked, exactly what was signed, by whom, and whether it still verifies.

import { z } from 'zod';

const instant = z.iso.datetime();

export const VoteView = z
  .object({
    decisionId: z.string(),
    verdict: z.enum(['approve', 'defer', 'reject']),
    by: z.string(),
    onBehalfOf: z.string().nullable().describe('Whose word a delegate gave'),
    at: instant,
    justification: z.string(),
    deferUntil: instant.nullable(),
    accepted: z.boolean(),
    reasons: z.array(z.string()).describe('Why it was refused'),
    complete: z.boolean().describe('It answered the request: nothing more was needed'),
    step: z.string().nullable().describe('Of the rules, the one that it counts for'),
    claims: z
      .object({
        name: z.string(),
        mail: z.string(),
        roles: z.array(z.string()),
        signedInBy: z.string().nullable(),
        onBehalfOf: z
          .object({ name: z.string(), mail: z.string(), roles: z.array(z.string()), delegationId: z.string() })
          .optional(),
      })
      .nullable()
      .describe('Who it was, as policy knew them then'),
    policyVersion: z.string().describe('By which it was judged'),
    signatureHolds: z.boolean().describe('The API signed every word of it'),
  })
  .meta({ id: 'VoteView' });

export const DecisionProofView = z
  .object({
    requestId: z.string(),
    patchId: z.string(),
    category: z.string(),
    status: z.enum(['waiting', 'decided', 'expired', 'superseded']),
    requestedBy: z.array(z.string()).describe('None of them may approve'),
    requestedAt: instant,
    expiresAt: instant,
    digest: z.string(),
    digestHolds: z.boolean().describe('It is the digest of what is stored'),
    signed: z.string().describe('The canonical text that the digest covers'),
    steps: z
      .array(z.object({ name: z.string(), quorum: z.number().int(), eligible: z.array(z.string()) }))
      .describe('Who could have decided when it was asked; empty of requests from before that was kept'),
    shortened: z
      .string()
      .nullable()
      .describe('By which emergency fewer people decide, as it was signed; null: by none'),
    policyVersion: z.string().nullable().describe('When it was asked'),
    votes: z.array(VoteView),
  })
  .meta({ id: 'DecisionProofView' });

export type VoteView = z.infer<typeof VoteView>;
export type DecisionProofView = z.infer<typeof DecisionProofView>;
