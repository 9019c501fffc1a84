// One decision as it can be proved: what was asked, exactly what was signed, by whom, and whether it still verifies.

import { z } from 'zod';
import { endings } from '../../domain/deferral.js';
import { ArrivalView, arrivalWords } from './arrivals.js';

const instant = z.iso.datetime();

/** What a deferral waits for besides its date: a revision or successor of its patch, or the end of something that has an id. */
export const DeferEvent = z.union([
  z.strictObject({ kind: z.literal('revision') }),
  z.strictObject({ kind: z.enum(endings), id: z.string().trim().min(1).max(200) }),
]);

export const RuleProofView = z
  .object({
    rule: z
      .object({
        id: z.string(),
        categories: z.array(z.string()),
        classifications: z.array(z.string()),
        kinds: z.array(z.string()),
        severityAtMost: z.string(),
        releasedHoursMin: z.number(),
      })
      .describe('As policy held it'),
    policySeq: z.number().int(),
    policyVersion: z.string(),
    facts: z.unknown().describe('What was known of patch and tests'),
    at: instant,
  })
  .meta({ id: 'RuleProofView', description: 'A rule of policy decided, and no person: what it rests on' });

export const VoteView = z
  .object({
    decisionId: z.string(),
    verdict: z.enum(['approve', 'defer', 'reject']),
    by: z.string(),
    onBehalfOf: z.string().nullable().describe('Whose word a delegate gave'),
    at: instant,
    justification: z.string(),
    deferUntil: instant.nullable(),
    deferEvent: DeferEvent.nullable().describe('What it waits for; null: its date alone'),
    deferred: z.string().nullable().describe('What it waits for, in words; null: it is no deferral'),
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
    byRule: RuleProofView.nullable().describe('A rule of policy decided; null: a person'),
    signatureHolds: z
      .boolean()
      .describe('The API signed every word of it; of a decision by rule, that its rule approves by its facts'),
    withdrawalId: z.string().nullable().describe('By which it was taken back; null: it was not'),
  })
  .meta({ id: 'VoteView' });

export const WithdrawalView = z
  .object({
    withdrawalId: z.string(),
    decisionId: z.string().describe('The decision that it names'),
    by: z.string(),
    at: instant,
    reason: z.string(),
    accepted: z.boolean(),
    reasons: z.array(z.string()).describe('Why it was refused'),
    kind: z.enum(['approval', 'deferral', 'vote']).nullable().describe('What was taken back; null: nothing'),
    machines: z
      .object({
        all: z.number().int(),
        had: z.number().int().describe('They had the patch, and keep it'),
        underWay: z.number().int().describe('They were installing it: each finishes or unwinds'),
        spared: z.number().int().describe('They do not get it by this approval'),
      })
      .nullable()
      .describe('Of an approval: what became of its machines'),
    line: z.string().describe('What came of it, in words'),
    claims: VoteView.shape.claims,
    policyVersion: z.string(),
    signatureHolds: z.boolean().describe('The API signed every word of it'),
  })
  .meta({ id: 'WithdrawalView' });

export const WithdrawalInput = z
  .strictObject({
    category: z.string().trim().min(1).max(100),
    reason: z.string().max(20_000),
    decisionId: z
      .string()
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .describe('The decision that was looked at; null: whichever stands'),
  })
  .meta({ id: 'WithdrawalInput' });

export const WithdrawalReply = z
  .object({
    withdrawalId: z.string(),
    decisionId: z.string(),
    accepted: z.boolean(),
    reasons: z.array(z.string()),
    kind: WithdrawalView.shape.kind,
    machines: WithdrawalView.shape.machines,
    line: WithdrawalView.shape.line,
  })
  .meta({ id: 'WithdrawalReply' });

export const DecisionProofView = z
  .object({
    requestId: z.string(),
    patchId: z.string(),
    category: z.string(),
    status: z.enum(['waiting', 'decided', 'expired', 'superseded', 'withdrawn']),
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
    arrivals: z
      .object({ words: arrivalWords, machines: z.array(ArrivalView).describe('Those that came, joined or not') })
      .describe('Machines that came after it was asked'),
    policyVersion: z.string().nullable().describe('When it was asked'),
    votes: z.array(VoteView),
    withdrawals: z.array(WithdrawalView).describe('What was taken back of it, and attempts that were refused'),
  })
  .meta({ id: 'DecisionProofView' });

export type DeferEvent = z.infer<typeof DeferEvent>;
export type VoteView = z.infer<typeof VoteView>;
export type WithdrawalView = z.infer<typeof WithdrawalView>;
export type WithdrawalInput = z.infer<typeof WithdrawalInput>;
export type WithdrawalReply = z.infer<typeof WithdrawalReply>;
export type DecisionProofView = z.infer<typeof DecisionProofView>;
