// What became of patches: failed, never applied, fixed later.

import { z } from 'zod';
import { EventView } from './audit.js';
import { instant } from './fields.js';
import { IncidentView, fixes } from './incidents.js';

const Failure = z.object({
  patchId: z.string(),
  category: z.string(),
  where: z.enum(['test', 'production']),
  at: instant,
  reasons: z.array(z.string()),
});

export const NeverAppliedView = z
  .object({ patchId: z.string(), category: z.string(), failures: z.array(Failure), stage: z.string() })
  .meta({ id: 'NeverAppliedView', description: 'A patch that failed for a category and was never applied there' });

export const FixedLaterView = z
  .object({
    patchId: z.string(),
    category: z.string(),
    failures: z.array(Failure),
    fix: z.enum(fixes),
    how: z.string(),
    appliedAt: instant,
    appliedPatchId: z.string(),
    machines: z.number().int(),
  })
  .meta({ id: 'FixedLaterView', description: 'A patch that failed for a category, and what was applied there later' });

export const cause = z
  .enum(['failedPatch', 'roguePatch', 'restoration', 'isolation'])
  .nullable()
  .describe(
    'The installation failed; it succeeded and the machine was sick; a person wanted the baseline back; or a trial in staging was over',
  );

export const PatchHistoryView = z
  .object({
    patchId: z.string(),
    title: z.string(),
    source: z.object({ channel: z.string(), document: z.string(), revision: z.string() }),
    classification: z.string(),
    severity: z.string(),
    exploited: z.boolean(),
    cves: z.array(z.string()),
    products: z.array(z.object({ id: z.string(), name: z.string(), fixedBuild: z.string().nullable() })),
    supersedes: z.array(z.string()),
    supersededBy: z.array(z.string()),
    restart: z.string(),
    uninstall: z.string().describe('What is known about taking it off again'),
    firstSeenAt: instant,
    stage: z.string(),
    stageDetail: z.string(),
    needed: z.number().int(),
    categories: z.array(
      z.object({
        category: z.string(),
        authorization: z.string(),
        justification: z.string().nullable(),
        decidedBy: z.string().nullable(),
        decidedAt: instant.nullable(),
        test: z
          .object({ verdict: z.string(), at: instant, reasons: z.array(z.string()), testedSet: z.array(z.string()) })
          .nullable(),
        impact: z.object({ downtimeMinutes: z.number(), reboots: z.number(), machines: z.number().int() }).nullable(),
        outcomes: z.record(z.string(), z.number().int()).describe('Production machines by how it ended there'),
      }),
    ),
    rollbacks: z.array(z.object({ vmName: z.string(), at: instant, why: z.string(), how: z.string(), cause })),
    incidents: z.array(IncidentView),
    timeline: z.array(EventView),
  })
  .meta({ id: 'PatchHistoryView', description: 'The life of a patch, from the inventory alone' });

export type NeverAppliedView = z.infer<typeof NeverAppliedView>;

export type FixedLaterView = z.infer<typeof FixedLaterView>;

export type PatchHistoryView = z.infer<typeof PatchHistoryView>;
