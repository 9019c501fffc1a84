// The policy, its versions, and the plan of a change.

import { z } from 'zod';
import { instant, text } from './fields.js';

export const source = z.strictObject({ file: text(1000), text: z.string().max(1_000_000) });

const sources = z.array(source).min(1).max(200);

export const PolicyInput = z
  .strictObject({ sources })
  .meta({ id: 'PolicyInput', description: 'A policy as YAML files' });

export const PolicyCategoryView = z
  .object({
    name: z.string(),
    tier: z.number().int().describe('Its place in the order of deployment'),
    windows: z.object({ staging: z.string(), production: z.string() }),
    zones: z
      .object({ staging: z.string().nullable(), production: z.string().nullable() })
      .describe('IANA zones by which its windows open; null: a window that goes by no clock'),
    rings: z.array(z.string()),
  })
  .meta({ id: 'PolicyCategoryView' });

export const PolicyPlan = z
  .object({
    problems: z
      .array(
        z.object({
          file: z.string(),
          line: z.number().int(),
          column: z.number().int(),
          path: z.string(),
          message: z.string(),
        }),
      )
      .describe('What is wrong with it; nothing else is filled then'),
    basedOn: z.number().int().describe('The version in force, to be given back when it is applied'),
    version: z.string().nullable(),
    changes: z.array(
      z.object({
        path: z.string(),
        kind: z.enum(['added', 'removed', 'changed']),
        before: z.unknown(),
        after: z.unknown(),
        guarded: z.string().nullable().describe('Why it needs a second person'),
      }),
    ),
    moved: z.array(z.object({ vmId: z.string(), name: z.string(), before: z.string(), after: z.string() })),
    empty: z.array(z.string()).describe('Categories that catch no machine'),
  })
  .meta({ id: 'PolicyPlan' });

export const PolicyProposal = z
  .strictObject({ sources, basedOn: z.number().int().min(1), reason: text(2000) })
  .meta({ id: 'PolicyProposal' });

export const PolicySettlement = z
  .strictObject({ accept: z.boolean(), reason: text(2000) })
  .meta({ id: 'PolicySettlement' });

export const PolicyVersionView = z
  .object({
    seq: z.number().int(),
    version: z.string(),
    author: z.string(),
    reason: z.string(),
    at: instant,
    basedOn: z.number().int().nullable(),
    guarded: z.array(z.string()),
    changed: z.array(z.string()).nullable().describe('Parts that it changes; null where that was not kept'),
    status: z.enum(['applied', 'proposed', 'rejected']),
    secondBy: z.string().nullable(),
    secondReason: z.string().nullable(),
    appliedAt: instant.nullable(),
  })
  .meta({ id: 'PolicyVersionView' });

export const PolicyText = PolicyVersionView.extend({ sources }).meta({ id: 'PolicyText' });

export type PolicyPlan = z.infer<typeof PolicyPlan>;

export type PolicyVersionView = z.infer<typeof PolicyVersionView>;

export type PolicyText = z.infer<typeof PolicyText>;
