// Incidents and their notes.

import { z } from 'zod';
import { instant, text } from './fields.js';

export const fixes = ['rerelease', 'workaround', 'configuration', 'newerPatch', 'unchanged'] as const;

export const IncidentView = z
  .object({
    incidentId: z.string(),
    patchId: z.string().nullable(),
    vmId: z.string().nullable(),
    provider: z.string(),
    number: z.string(),
    title: z.string(),
    openedAt: instant,
    openedBy: z.string(),
    closedAt: instant.nullable(),
    closedBy: z.string().nullable(),
    outcome: z.string().nullable(),
    fix: z.enum(fixes).nullable(),
    notes: z.array(z.object({ at: instant, by: z.string(), text: z.string() })),
    links: z.array(z.string()),
  })
  .meta({ id: 'IncidentView' });

const link = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000);

export const IncidentInput = z
  .strictObject({
    patchId: text(100).nullable().default(null),
    vm: text(200).nullable().default(null).describe('Name or id of a machine'),
    provider: text(200).default('Microsoft'),
    number: text(100),
    title: text(500),
    openedAt: z.iso.datetime({ offset: true }).nullable().default(null).describe('Now when left out'),
    note: text(10_000).nullable().default(null),
    links: z.array(link).max(50).default([]),
  })
  .refine((held) => held.patchId !== null || held.vm !== null, 'must name a patch, a machine, or both')
  .meta({ id: 'IncidentInput' });

export const IncidentNoteInput = z.strictObject({ text: text(10_000) }).meta({ id: 'IncidentNoteInput' });

export const IncidentCloseInput = z
  .strictObject({ outcome: text(10_000), fix: z.enum(fixes).nullable().default(null) })
  .meta({ id: 'IncidentCloseInput' });

export type IncidentView = z.infer<typeof IncidentView>;
