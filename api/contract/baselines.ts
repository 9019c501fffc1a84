// Baselines, compliance with them, and advice.

import { z } from 'zod';
import { instant, text } from './fields.js';
import { ComplianceItem } from './restorations.js';

export const names = z.array(text(300)).max(5000).default([]);

export const system = text(300)
  .nullable()
  .default(null)
  .describe('Operating system that must have it; null: every one');

export const BaselineContent = z
  .strictObject({
    systems: z.record(z.string().min(1).max(300), text(100).nullable()).default({}),
    software: z
      .array(
        z.strictObject({
          name: text(300),
          version: text(300).nullable().default(null),
          match: z.enum(['exact', 'atLeast']).default('atLeast'),
          system,
        }),
      )
      .max(5000)
      .default([]),
    forbiddenSoftware: names,
    requiredPatches: z
      .array(z.strictObject({ patchId: text(300), system }))
      .max(5000)
      .default([]),
    forbiddenPatches: names,
  })
  .refine(
    (held) => !held.software.some((one) => held.forbiddenSoftware.includes(one.name)),
    'wants and forbids the same software',
  )
  .refine(
    (held) => !held.requiredPatches.some((one) => held.forbiddenPatches.includes(one.patchId)),
    'requires and forbids the same patch',
  )
  .meta({
    id: 'BaselineContent',
    description: 'What machines should be: systems with their lowest build, software, patches',
  });

export const BaselineInput = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'must be 1 to 40 letters, digits, `-` or `_`'),
    category: text(100).nullable().default(null).describe('Null: for every category that has none of its own'),
    content: BaselineContent.nullable().default(null),
    from: z
      .array(text(200))
      .min(1)
      .max(20)
      .nullable()
      .default(null)
      .describe('Golden machines to capture it from, one for each operating system'),
    reason: text(2000),
  })
  .refine(
    (held) => (held.content === null) !== (held.from === null),
    'needs either a content or a machine to capture it from',
  )
  .meta({ id: 'BaselineInput' });

export const BaselineView = z
  .object({
    name: z.string(),
    version: z.number().int(),
    category: z.string().nullable(),
    content: BaselineContent,
    status: z.enum(['draft', 'tested', 'approved', 'retired']),
    author: z.string(),
    reason: z.string(),
    at: instant,
  })
  .meta({ id: 'BaselineView' });

export const BaselineAdvance = z
  .strictObject({ to: z.enum(['tested', 'approved', 'retired']), reason: text(2000) })
  .meta({ id: 'BaselineAdvance' });

export const DifferenceView = z
  .object({ part: z.string(), before: z.string().nullable(), after: z.string().nullable() })
  .meta({ id: 'DifferenceView' });

export const ComplianceView = z
  .object({
    vmId: z.string(),
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    baseline: z.string(),
    version: z.number().int(),
    compliant: z.boolean(),
    at: instant,
    items: z.array(ComplianceItem),
    drift: z
      .array(z.object({ item: ComplianceItem, was: z.string().nullable() }))
      .describe('What changed since the audit before'),
    before: instant.nullable(),
  })
  .meta({ id: 'ComplianceView' });

export const AdviceView = z
  .object({
    advise: z.enum(['one', 'perCategory', 'unknown']),
    reasons: z.array(z.string()),
    categories: z.array(
      z.object({
        category: z.string(),
        machines: z.number().int(),
        systems: z.array(z.string()),
        common: z.array(z.string()),
        varying: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'AdviceView' });

export type BaselineView = z.infer<typeof BaselineView>;

export type DifferenceView = z.infer<typeof DifferenceView>;

export type ComplianceView = z.infer<typeof ComplianceView>;

export type AdviceView = z.infer<typeof AdviceView>;
