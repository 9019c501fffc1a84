// A patch's life as the API takes and tells it: known issues, revisions, successors, lists that people look at, patches by hand.

import { z } from 'zod';

const text = (max: number) => z.string().trim().min(1).max(max);
const instant = z.iso.datetime();
const page = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000);

export const KnownIssueInput = z
  .strictObject({
    text: text(4000),
    url: page.nullable().default(null),
    effect: z.enum(['hold', 'inform']).default('hold').describe('inform: it is shown and holds nothing'),
  })
  .meta({ id: 'KnownIssueInput' });

export const KnownIssueCloseInput = z.strictObject({ outcome: text(4000) }).meta({ id: 'KnownIssueCloseInput' });

export const KnownIssueAcceptInput = z
  .strictObject({ category: text(100), reason: text(4000) })
  .meta({ id: 'KnownIssueAcceptInput' });

export const KnownIssueView = z
  .object({
    issueId: z.string(),
    patchId: z.string(),
    source: z.enum(['vendor', 'manual']),
    text: z.string(),
    url: z.string().nullable(),
    effect: z.enum(['hold', 'inform']),
    holds: z.boolean().describe('Whether it may hold the patch by today’s policy'),
    openedBy: z.string(),
    openedAt: instant,
    closedBy: z.string().nullable(),
    closedAt: instant.nullable(),
    outcome: z.string().nullable(),
    acceptances: z.array(z.object({ category: z.string(), by: z.string(), reason: z.string(), at: instant })),
  })
  .meta({ id: 'KnownIssueView' });

export const KeepInput = z.strictObject({ reason: text(4000) }).meta({ id: 'KeepInput' });

export const SuccessionView = z
  .object({
    successor: z.string().nullable().describe('The patch that took its place; null: it is current'),
    keptAgainst: z.string().nullable().describe('The successor that somebody keeps it against'),
    keptBy: z.string().nullable(),
    keptReason: z.string().nullable(),
    keptAt: instant.nullable(),
  })
  .meta({ id: 'SuccessionView' });

export const RevisionView = z
  .object({
    at: instant,
    weight: z.enum(['content', 'terms', 'wording']),
    changes: z.array(z.string()),
    document: z.string(),
    revision: z.string(),
  })
  .meta({ id: 'RevisionView' });

export const NeverNeededView = z
  .object({
    patchId: z.string(),
    title: z.string(),
    severity: z.string(),
    channel: z.string(),
    firstSeenAt: instant,
  })
  .meta({ id: 'NeverNeededView' });

export const UnknownNeedView = z
  .object({
    name: z.string(),
    title: z.string(),
    machines: z.array(z.string()),
    firstSeenAt: instant,
    lastSeenAt: instant,
  })
  .meta({ id: 'UnknownNeedView' });

export const DefinitionView = z
  .object({
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    verdict: z.enum(['fresh', 'late', 'unknown', 'ignored']),
    reason: z.string(),
    version: z.string().nullable(),
    updatedAt: instant.nullable(),
    offered: z.array(z.string()).describe('Definition updates that its last assessment offers'),
  })
  .meta({ id: 'DefinitionView' });

const cve = z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'must be a CVE id');

export const ManualPatchInput = z
  .strictObject({
    patchId: z.string().min(1).max(100),
    title: text(300),
    vendor: text(200),
    severity: z.enum(['critical', 'important', 'moderate', 'low', 'unknown']).default('unknown'),
    cves: z.array(cve).max(500).default([]),
    software: z
      .array(
        z.strictObject({
          name: text(300).regex(/[^*\s]/, 'must name something; `*` stands for any characters'),
          fixedVersion: z
            .string()
            .regex(/^\d{1,9}(\.\d{1,9}){0,7}$/, 'must be dotted numbers in quotes such as "7.2.10"'),
        }),
      )
      .min(1, 'needs at least one: the name of the software and its first fixed version')
      .max(100)
      .refine((list) => new Set(list.map((one) => one.name.toLowerCase())).size === list.length, 'names one twice'),
    restart: z.enum(['yes', 'no', 'maybe', 'unknown']).default('unknown'),
    instructions: text(20_000),
    url: page.nullable().default(null),
    released: instant.nullable().default(null),
  })
  .meta({ id: 'ManualPatchInput', description: 'A patch of a vendor without a channel: people install it' });

export const AttachmentView = z
  .object({ sha256: z.string(), name: z.string(), size: z.number().int(), addedBy: z.string(), addedAt: instant })
  .meta({ id: 'AttachmentView' });

export const HandMachineView = z
  .object({
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    need: z.enum(['needed', 'fixed', 'doneByHand', 'unknown']),
    reason: z.string(),
  })
  .meta({ id: 'HandMachineView' });

export const ByHandView = z
  .object({
    vendor: z.string(),
    instructions: z.string(),
    enteredBy: z.string(),
    enteredAt: instant,
    changedBy: z.string(),
    changedAt: instant,
    software: z.array(z.object({ name: z.string(), fixedVersion: z.string() })),
    attachments: z.array(AttachmentView),
    machines: z.array(HandMachineView).describe('That have the software, or were done, or are not known'),
  })
  .meta({ id: 'ByHandView' });

export const DoneByHandInput = z
  .strictObject({ vms: z.array(text(200)).min(1).max(1000), evidence: text(4000) })
  .meta({ id: 'DoneByHandInput' });

export type ByHandView = z.infer<typeof ByHandView>;
export type DefinitionView = z.infer<typeof DefinitionView>;
export type HandMachineView = z.infer<typeof HandMachineView>;
export type AttachmentView = z.infer<typeof AttachmentView>;
export type KnownIssueView = z.infer<typeof KnownIssueView>;
export type NeverNeededView = z.infer<typeof NeverNeededView>;
export type RevisionView = z.infer<typeof RevisionView>;
export type SuccessionView = z.infer<typeof SuccessionView>;
export type UnknownNeedView = z.infer<typeof UnknownNeedView>;
