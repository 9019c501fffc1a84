// Maintenance runs, their machines, and what steers them.

import { z } from 'zod';
import { ArrivalView } from './arrivals.js';
import { dueColumns } from './due.js';
import { instant, text } from './fields.js';

export const ManifestView = z
  .object({
    runKey: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    patchId: z.string(),
    wave: z.number().int(),
    state: z.string(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'ManifestView' });

export const RunView = z
  .object({
    runKey: z.string(),
    environment: z.string(),
    category: z.string(),
    ring: z.string(),
    status: z.string(),
    outcome: z.string().nullable(),
    control: z.string(),
    planAt: instant,
    opensAt: instant,
    closesAt: instant,
    waves: z.number().int(),
    counts: z.record(z.string(), z.number().int()).describe('Manifest rows by state'),
    ...dueColumns,
  })
  .meta({ id: 'RunView' });

export const RunDetail = RunView.extend({
  machines: z.array(ManifestView.extend(dueColumns)),
  arrivals: z.array(ArrivalView).describe('Machines that came after they were asked for, joined or not'),
}).meta({
  id: 'RunDetail',
});

export const ControlInput = z
  .strictObject({ runKey: text(300), control: z.enum(['run', 'paused', 'halted']), reason: text(2000) })
  .meta({ id: 'ControlInput' });

export const StopInput = z.strictObject({ reason: text(2000) }).meta({ id: 'StopInput' });

export type ManifestView = z.infer<typeof ManifestView>;

export type RunView = z.infer<typeof RunView>;

export type RunDetail = z.infer<typeof RunDetail>;
