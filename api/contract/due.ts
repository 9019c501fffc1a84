// Deadlines as the API shows them: in groups, by machine, with what a request showed.

import { z } from 'zod';
import { WaivedView } from './waivers.js';

const instant = z.iso.datetime();
const reason = {
  tier: z.string().describe('`P0` is the most urgent'),
  deadline: instant.nullable().describe('The earliest of all reasons; null: no rule sets one'),
  rule: z.string().nullable(),
  fact: z.string().nullable().describe('What set the deadline'),
  cve: z.string().nullable(),
  clockBegan: instant.nullable(),
  forensics: z.boolean().describe('A compromise is looked for before the patch'),
};
const state = z.enum(['overdue', 'deadlineInDanger']).nullable().describe('By the clock alone');

/** Beside what a list shows of a patch, a machine or a run. */
export const dueColumns = {
  tier: z.string().nullable().describe('The most urgent tier of what is due; null: nothing is'),
  deadline: instant.nullable().describe('The earliest deadline of what is due'),
};

export const DueGroupView = z
  .object({
    patchId: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    ...reason,
    state,
    machines: z.number().int(),
    waived: z.number().int().describe('Machines that a waiver excuses for now'),
    overdue: z.number().int().describe('Machines whose deadline is over, and that nothing excuses'),
    opensAt: instant.nullable().describe('When the next regular window of the category opens'),
    misses: z.string().nullable().describe('By how much that window comes too late; null: it does not'),
  })
  .meta({
    id: 'DueGroupView',
    description: 'One patch in one environment and category, the most urgent of its machines',
  });

export const DueView = z
  .object({
    patchId: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    ...reason,
    state,
    estimated: z.array(z.string()).describe('Inputs of this deadline that nobody said'),
    computedAt: instant,
    waived: WaivedView.nullable().describe('The waiver by which it lacks the patch; null: it is missing'),
  })
  .meta({ id: 'DueView', description: 'One patch on one machine that needs it' });

export const RequestUrgencyView = z
  .object({
    ...reason,
    estimated: z.array(z.string()),
    overdue: z.number().int(),
    rings: z
      .array(
        z.object({
          name: z.string(),
          deadline: instant.nullable(),
          opensAt: instant.nullable(),
          missesByMs: z.number().nullable(),
        }),
      )
      .describe('Each ring in the window after the one before, by the regular windows'),
  })
  .meta({
    id: 'RequestUrgencyView',
    description: 'As it was shown with the request; not signed, since it moves from day to day',
  });

export const WaitingView = z
  .object({
    requestId: z.string(),
    patchId: z.string(),
    category: z.string(),
    ...dueColumns,
    reason: z.string().nullable().describe('What set the deadline'),
    overdue: z.number().int(),
    forensics: z.boolean(),
    misses: z.array(z.string()).describe('Rings whose window comes after their deadline'),
    machines: z.number().int(),
    requestedBy: z.array(z.string()),
    requestedAt: instant,
    expiresAt: instant,
    digest: z.string(),
  })
  .meta({ id: 'WaitingView', description: 'What awaits a decision, the most urgent first' });

export const DueSummary = z
  .object({
    overdue: z.number().int().describe('Patches on production machines whose deadline is over'),
    overduePatches: z.number().int(),
    inDanger: z.number().int().describe('Patches of a category that are near their deadline'),
    next: instant.nullable().describe('The next deadline that is not over'),
  })
  .meta({ id: 'DueSummary' });

export const ForensicStepView = z
  .object({
    patchId: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    because: z.string(),
    openedAt: instant,
    state: z.enum(['open', 'done', 'waived', 'ended']),
    scripts: z.array(z.string()),
    result: z.string(),
    evidence: z.string().nullable().describe('SHA-256 of what was found'),
    sessionId: z.string().nullable(),
    keptRestorePoint: z.string().nullable().describe('Kept for forensics: it holds the disk as it was'),
    doneAt: instant.nullable(),
    doneBy: z.string().nullable(),
  })
  .meta({ id: 'ForensicStepView', description: 'Evidence that is taken of a machine before a patch' });

export const ForensicEvidenceView = z
  .object({
    hash: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    sessionId: z.string(),
    scripts: z.array(z.string()),
    content: z.string(),
    takenAt: instant,
  })
  .meta({ id: 'ForensicEvidenceView' });

export const ForensicWaiverInput = z
  .strictObject({
    vm: z.string().trim().min(1).max(200).describe('Name or id of a machine'),
    patchId: z.string().trim().min(1).max(100),
    reason: z.string().max(20_000),
  })
  .meta({ id: 'ForensicWaiverInput' });

export type DueGroupView = z.infer<typeof DueGroupView>;
export type DueView = z.infer<typeof DueView>;
export type RequestUrgencyView = z.infer<typeof RequestUrgencyView>;
export type WaitingView = z.infer<typeof WaitingView>;
export type ForensicStepView = z.infer<typeof ForensicStepView>;
export type ForensicEvidenceView = z.infer<typeof ForensicEvidenceView>;
