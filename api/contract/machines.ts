// Machines, what is known of them, and their history.

import { z } from 'zod';
import { EventView } from './audit.js';
import { dueColumns } from './due.js';
import { instant, machineFields, text } from './fields.js';
import { cause } from './patchHistory.js';
import { ManifestView } from './runs.js';
import { SecurityIssueView } from './securityIssues.js';
import { WaivedView, WaiverView } from './waivers.js';

export const VmSummary = z
  .object({
    ...machineFields,
    power: z.string(),
    missing: z
      .number()
      .int()
      .nullable()
      .describe('Patches that Azure’s last assessment misses; null when never assessed'),
    needed: z.array(z.string()).describe('The most urgent first; what a waiver excuses is not among them'),
    waived: z.array(WaivedView.extend({ patchId: z.string() })).describe('What it lacks by a waiver'),
    ...dueColumns,
  })
  .meta({ id: 'VmSummary' });

const KnownFact = z.object({
  name: z.string(),
  value: z.string().nullable(),
  told: z.array(
    z.object({
      value: z.string(),
      source: z.enum(['tag', 'person', 'policy']),
      by: z.string().nullable(),
      at: instant,
    }),
  ),
  disagree: z.boolean().describe('Tag, policy and person do not say the same'),
});

export const VmDetail = VmSummary.extend({
  image: z.string().nullable().describe('What it was made from'),
  firstSeenAt: instant,
  joinedAt: instant.nullable().describe('When it joined its rings; null while it is new and has not caught up'),
  facts: z.array(KnownFact),
  twins: z.array(z.string()).describe('Staging machines that stand for it'),
  openCves: z.array(z.string()).describe('Of the patches that it needs now'),
  securityIssues: z.array(SecurityIssueView).describe('Open ones that people know of'),
  access: z
    .array(
      z.object({
        scope: z.string(),
        principalId: z.string(),
        principalType: z.string(),
        role: z.string(),
        firstSeenAt: instant,
        seenAt: instant,
      }),
    )
    .describe('Azure roles on it and on what is above it'),
  administrators: z.array(z.string()).describe('Local administrators, as its guest tells'),
  azureId: z.string(),
  environmentReason: z.string(),
  categoryReason: z.string(),
  seenAt: instant,
  guestSeenAt: instant.nullable(),
  services: z.array(z.object({ name: z.string(), running: z.boolean() })),
  sessions: z.array(
    z.object({
      sessionId: z.string(),
      runKey: z.string(),
      startedAt: instant,
      endedAt: instant.nullable(),
      outcome: z.string().nullable(),
      detail: z.string(),
    }),
  ),
  history: z.array(ManifestView),
  waivers: z
    .array(WaiverView)
    .describe('Of this machine alone, every one; those of its category are shown where they count'),
}).meta({ id: 'VmDetail' });

export const VmHistoryView = z
  .object({
    vmId: z.string(),
    name: z.string(),
    firstSeenAt: instant,
    applied: z.array(
      z.object({
        patchId: z.string(),
        at: instant,
        state: z.string(),
        reason: z.string().nullable(),
        source: z.enum(['patchline', 'outOfBand', 'byHand', 'before']),
        sessionId: z.string(),
        testedAt: instant.nullable(),
        testOutcome: z.string().nullable(),
        decidedBy: z.string().nullable(),
      }),
    ),
    next: z.string().nullable().describe('Give it as `after` to read on; null at the end'),
    rollbacks: z.array(
      z.object({
        at: instant,
        why: z.string(),
        how: z.string(),
        cause,
        patches: z.array(z.string()).describe('What its session had installed'),
      }),
    ),
    changes: z.array(EventView).describe('Changes of the machine itself, newest first'),
  })
  .meta({ id: 'VmHistoryView' });

export const FactInput = z
  .strictObject({
    name: z.enum(['owner', 'role', 'function', 'businessCriticality', 'securityLevel']),
    value: text(300).nullable().describe('Null takes the word back'),
    reason: text(2000),
  })
  .meta({ id: 'FactInput' });

export const FactView = KnownFact.meta({ id: 'FactView' });

export type VmHistoryView = z.infer<typeof VmHistoryView>;

export type FactView = z.infer<typeof FactView>;

export type VmSummary = z.infer<typeof VmSummary>;

export type VmDetail = z.infer<typeof VmDetail>;
