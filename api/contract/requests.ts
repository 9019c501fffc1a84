// What waits for a decision, and what was decided.

import { z } from 'zod';
import { arrivalWords } from './arrivals.js';
import { DeferEvent, RuleProofView } from './decisions.js';
import { RequestUrgencyView } from './due.js';
import { SignedEquivalenceView } from './equivalence.js';
import { instant, text } from './fields.js';
import { SignedImpactView } from './impact.js';
import { ChangesSince } from './subjectChange.js';

export const RequestView = z
  .object({
    requestId: z.string(),
    category: z.string(),
    digest: z.string(),
    status: z.string(),
    requestedBy: z.array(z.string()),
    expiresAt: instant,
    machines: z.number().int(),
    testedSet: z.array(z.string()),
    rings: z.array(
      z.object({
        name: z.string(),
        machines: z.number().int(),
        names: z.array(z.string()).describe('Of the machines, in the order of the rollout'),
        failureBudget: z.number().int(),
      }),
    ),
    urgency: RequestUrgencyView.nullable(),
    windowRule: z.string(),
    unwind: z.string(),
    downtimeMinutes: z.number(),
    reboots: z.number().int(),
    services: z.array(z.string()),
    packages: z
      .array(z.object({ system: z.string(), name: z.string(), version: z.string() }))
      .describe('Of Linux: the versions that were tested, and that production gets'),
    knownIssues: z
      .array(z.object({ issueId: z.string(), text: z.string(), url: z.string().nullable() }))
      .describe('That were open when it was asked: an approval accepts them'),
    successor: z.string().nullable().describe('What had superseded the patch when it was asked'),
    impact: SignedImpactView.describe('Forecast, capacity and way back as they are signed'),
    exceptions: z
      .array(z.object({ vmName: z.string(), by: z.string(), until: z.iso.datetime(), reason: z.string() }))
      .describe('Machines that nothing in staging stands for, and that get it last, alone'),
    arrivals: arrivalWords,
    equivalence: SignedEquivalenceView.nullable().describe(
      'Which staging machine stands for which; null of requests from before',
    ),
    since: ChangesSince.nullable().describe('What changed since the last request; null for the first'),
  })
  .meta({ id: 'RequestView' });

export const DecisionView = z
  .object({
    decisionId: z.string(),
    category: z.string(),
    verdict: z.string(),
    by: z.string(),
    onBehalfOf: z.string().nullish().describe('Whose word a delegate gave'),
    byRule: RuleProofView.nullish(),
    at: instant,
    justification: z.string(),
    accepted: z.boolean(),
    complete: z.boolean().describe('It answered its request; an accepted one that did not is one of several'),
    step: z.string().nullable().describe('Of the rules of the request, the step that it counts for'),
    reasons: z.array(z.string()),
    digest: z.string(),
    bundle: z
      .object({ bundleId: z.string(), digest: z.string(), size: z.number().int() })
      .nullish()
      .describe('The decision over many that it is one of'),
  })
  .meta({ id: 'DecisionView' });

export const DecisionInput = z
  .strictObject({
    category: text(100),
    verdict: z.enum(['approve', 'defer', 'reject']),
    justification: z.string().max(20_000),
    digest: z.string().regex(/^[0-9a-f]{64}$/, 'the digest of the request that was shown: 64 hexadecimal digits'),
    deferUntil: z.iso.datetime().nullable().default(null).describe('With `deferEvent` its limit; null: by policy'),
    deferEvent: DeferEvent.nullable().default(null).describe('What a deferral waits for besides its date'),
    onBehalfOf: text(100).nullable().default(null).describe('Whose word it is, where a delegate gives it'),
  })
  .meta({ id: 'DecisionInput' });

export const DecisionReply = z
  .object({
    decisionId: z.string(),
    accepted: z.boolean(),
    reasons: z.array(z.string()),
    complete: z.boolean().optional().describe('False: it counts, and more are needed'),
    left: z.array(z.string()).optional().describe('What is missing still, step by step'),
    deferred: z.string().optional().describe('Of a deferral: what it waits for'),
  })
  .meta({ id: 'DecisionReply' });

export const HaltChoiceInput = z
  .strictObject({ category: text(100), choice: z.enum(['askAgain', 'end']), reason: text(2000) })
  .meta({ id: 'HaltChoiceInput' });

export type RequestView = z.infer<typeof RequestView>;

export type DecisionView = z.infer<typeof DecisionView>;

export type DecisionReply = z.infer<typeof DecisionReply>;
