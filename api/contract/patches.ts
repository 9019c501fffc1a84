// A patch in lists and whole.

import { z } from 'zod';
import { ChangeView } from './changes.js';
import { DueGroupView, dueColumns } from './due.js';
import { instant } from './fields.js';
import { ByHandView, KnownIssueView, RevisionView, SuccessionView } from './patchLife.js';
import { DecisionView, RequestView } from './requests.js';
import { ManifestView } from './runs.js';
import { WaiverView } from './waivers.js';

export const PatchSummary = z
  .object({
    patchId: z.string(),
    title: z.string(),
    severity: z.string(),
    cves: z.number().int(),
    exploited: z.boolean(),
    stage: z.string(),
    stageDetail: z.string(),
    needed: z.number().int().describe('Machines that need it now, and that no waiver excuses'),
    waived: z.number().int().describe('Machines that lack it by a waiver'),
    ...dueColumns,
    overdue: z.number().int().describe('Machines whose deadline is over'),
  })
  .meta({ id: 'PatchSummary' });

export const TestView = z
  .object({
    category: z.string(),
    runKey: z.string(),
    verdict: z.string(),
    reasons: z.array(z.string()),
    testedSet: z.array(z.string()),
    machines: z.number().int(),
    at: instant,
  })
  .meta({ id: 'TestView' });

export const WorkflowView = z
  .object({
    workflowId: z.string(),
    status: z.string(),
    stage: z.string().nullable().describe('Where a running rollout stands'),
    result: z.unknown().nullable(),
    url: z.string().nullable().describe('Its history in the engine’s own pages; null: they cannot be reached'),
  })
  .meta({ id: 'WorkflowView' });

export const PatchDetail = PatchSummary.extend({
  cveIds: z.array(z.string()),
  supersedes: z.array(z.string()),
  restart: z.string(),
  tests: z.array(TestView),
  due: z.array(DueGroupView).describe('By environment and category, the most urgent first'),
  requests: z.array(RequestView),
  decisions: z.array(DecisionView),
  machines: z.array(ManifestView),
  workflows: z.array(WorkflowView).describe('The lifecycle and its rollouts, as the engine knows them'),
  knownIssues: z.array(KnownIssueView),
  revisions: z.array(RevisionView).describe('What the vendor changed after it was first read, oldest first'),
  succession: SuccessionView,
  byHand: ByHandView.nullable().describe('Of a patch that people entered and install'),
  waivers: z.array(WaiverView).describe('Every one, the earliest end first'),
  changes: z.array(ChangeView).describe('Of production, newest first'),
}).meta({ id: 'PatchDetail' });

export type PatchSummary = z.infer<typeof PatchSummary>;

export type PatchDetail = z.infer<typeof PatchDetail>;

export type WorkflowView = z.infer<typeof WorkflowView>;
