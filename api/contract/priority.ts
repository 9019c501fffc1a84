// Facts of risk as the API takes them, and the priority of a patch for each machine.

import { z } from 'zod';

const factsMax = 5000;
const instant = z.iso.datetime();
const day = z.iso.date();
const cve = z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'must be a CVE id');

export const RiskFactsInput = z
  .strictObject({
    channel: z.enum(['kev', 'epss', 'vulnrichment', 'nvd']),
    document: z.string().min(1).max(200),
    kev: z
      .array(z.strictObject({ cve, name: z.string().max(1000), addedOn: day, dueOn: day, ransomware: z.boolean() }))
      .max(factsMax)
      .default([]),
    epss: z
      .array(
        z.strictObject({
          cve,
          score: z.number().min(0).max(1),
          percentile: z.number().min(0).max(1).nullable(),
          scoredAt: instant.nullable(),
        }),
      )
      .max(factsMax)
      .default([]),
    ssvc: z
      .array(
        z.strictObject({
          cve,
          exploitation: z.enum(['none', 'poc', 'active']),
          automatable: z.boolean(),
          technicalImpact: z.enum(['partial', 'total']),
          at: instant.nullable(),
        }),
      )
      .max(factsMax)
      .default([]),
    cvss: z
      .array(
        z.strictObject({
          cve,
          score: z.number().min(0).max(10),
          vector: z.string().max(500),
          version: z.string().max(20),
        }),
      )
      .max(factsMax)
      .default([]),
  })
  .meta({ id: 'RiskFactsInput', description: `Facts of one document, at most ${factsMax} of each kind at once` });

export const RiskSavedView = z.object({ changed: z.number().int() }).meta({ id: 'RiskSavedView' });

export const PriorityView = z
  .object({
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    exposed: z.boolean(),
    tier: z.string(),
    deadline: instant.nullable(),
    forensics: z.boolean().describe('A compromise is looked for before the patch'),
    overdue: z.boolean(),
    stored: z
      .object({ tier: z.string(), deadline: instant.nullable(), computedAt: instant })
      .nullable()
      .describe('What lists and notices go by; null: not computed yet, or not needed'),
    estimated: z.array(z.string()).describe('What nobody said and was assumed'),
    reasons: z.array(
      z.object({
        rule: z.string(),
        tier: z.string().nullable(),
        fact: z.string(),
        cve: z.string().nullable(),
        clockBegan: instant,
        deadline: instant,
      }),
    ),
    external: z
      .array(z.object({ cve: z.string(), dueOn: z.string() }))
      .describe('Deadlines of others, as they wrote them'),
  })
  .meta({ id: 'PriorityView' });

export const ChainView = z
  .object({
    product: z.string(),
    links: z
      .array(
        z.object({
          patchId: z.string(),
          build: z.string().nullable(),
          released: instant.nullable(),
          stage: z.string(),
          current: z.boolean().describe('Nothing supersedes it'),
          kept: z.boolean().describe('Superseded, and somebody keeps it'),
          inFlight: z.boolean().describe('In test, awaiting a decision, or deploying'),
          needed: z.number().int().describe('Machines that need it now'),
          installed: z.number().int().describe('Production machines that Patchline installed it on'),
        }),
      )
      .describe('From the oldest on; each contains the ones before it'),
  })
  .meta({ id: 'ChainView' });

export type ChainView = z.infer<typeof ChainView>;
export type PriorityView = z.infer<typeof PriorityView>;
export type RiskSavedView = z.infer<typeof RiskSavedView>;
