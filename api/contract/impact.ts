// Impacts as the API tells them: what was computed, and beside it what people said.

import { z } from 'zod';
import { downtimeMinutesMax } from '../../domain/impactEdit.js';

const text = (max: number) => z.string().trim().min(1).max(max);
const instant = z.iso.datetime();
const restart = z.enum(['yes', 'no', 'maybe', 'unknown']);

export const DistributionView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('unknown') }),
    z.object({
      kind: z.literal('known'),
      p50: z.number(),
      p90: z.number(),
      max: z.number(),
      observations: z.number().int(),
      from: z.enum(['test', 'categoryAndSystem', 'category', 'system', 'restart', 'any']),
    }),
  ])
  .meta({ id: 'DistributionView' });

const Dependent = z.object({ place: z.string(), since: z.string().describe('What it needs') });
const Standing = z.object({ name: z.string(), up: z.number().int(), of: z.number().int() });

export const SignedImpactView = z
  .object({
    lines: z.array(z.string()).describe('All of it in sentences; empty of requests from before it was shown'),
    forecast: z.array(z.object({ system: z.string(), restart, downtime: DistributionView })).optional(),
    dependents: z.array(z.string()).optional(),
    lowestCapacity: z
      .object({ ring: z.string(), up: z.number().int(), of: z.number().int() })
      .nullable()
      .optional()
      .describe('The ring in which the least stays up'),
    orderProblems: z.array(z.string()).optional(),
    rollback: z.object({ way: z.string(), minutes: DistributionView, impossible: z.string().nullable() }).optional(),
    edits: z
      .array(
        z.object({
          by: z.string(),
          at: instant,
          vm: z.string().nullable(),
          downtimeMinutes: z.number().nullable(),
          note: z.string().nullable(),
          reason: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'SignedImpactView' });

export const ImpactEditView = z
  .object({
    editId: z.string(),
    category: z.string(),
    vmId: z.string().nullable(),
    vmName: z.string().nullable().describe('Null: of the whole category'),
    downtimeMinutes: z.number().nullable(),
    note: z.string().nullable(),
    reason: z.string(),
    by: z.string(),
    at: instant,
  })
  .meta({ id: 'ImpactEditView' });

export const ImpactEditInput = z
  .strictObject({
    category: text(100),
    vm: text(200).nullable().default(null).describe('One machine of it; null: the whole category'),
    downtimeMinutes: z
      .number()
      .positive('must be more than nothing: a machine that is never away needs a note')
      .max(downtimeMinutesMax)
      .nullable()
      .default(null),
    note: text(4000).nullable().default(null),
    reason: text(4000),
  })
  .refine(
    (edit) => edit.downtimeMinutes !== null || edit.note !== null,
    'must say something: give downtimeMinutes, a note or both',
  )
  .meta({ id: 'ImpactEditInput' });

export const ImpactEditReply = z
  .object({
    edit: ImpactEditView,
    recalled: z.boolean().describe('A request waited: it is asked again, with what was said'),
  })
  .meta({ id: 'ImpactEditReply' });

const RingCapacityView = z.object({
  ring: z.string(),
  machines: z.number().int(),
  waves: z.number().int(),
  outAtOnce: z.number().int(),
  up: z.number().int(),
  of: z.number().int(),
  set: Standing.nullable().describe('The availability set of which the least stays up'),
  zones: z.object({ up: z.number().int(), of: z.number().int() }).nullable(),
});

const RiskView = z.object({
  notApplying: z.object({
    tier: z.string().nullable(),
    deadline: instant.nullable(),
    overdue: z.number().int(),
    exploited: z.boolean(),
    leftOut: z.number().int(),
    words: z.array(z.string()),
  }),
  applying: z.object({
    testVerdict: z.string().nullable(),
    ageDays: z.number().int().nullable(),
    knownIssues: z.array(z.object({ text: z.string(), url: z.string().nullable() })),
    installed: z.number().int(),
    failed: z.number().int(),
    words: z.array(z.string()),
  }),
});

const MachineImpactView = z.object({
  name: z.string(),
  system: z.string(),
  restart,
  downtime: DistributionView,
  words: z.string(),
  said: ImpactEditView.nullable().describe('What somebody said of its downtime instead'),
  notes: z.array(ImpactEditView),
  ring: z.string().nullable().describe('As it was asked last; null: nobody was asked yet'),
  dependents: z.array(Dependent),
});

export const ImpactView = z
  .object({
    patchId: z.string(),
    category: z.string(),
    at: instant,
    measured: z
      .object({ minutes: z.number(), restarts: z.number().int(), machines: z.number().int() })
      .nullable()
      .describe('In the test: its longest session, which is the most that a machine was away'),
    forecast: z.array(
      z.object({
        system: z.string(),
        restart,
        machines: z.number().int(),
        downtime: DistributionView,
        words: z.string(),
      }),
    ),
    services: z.array(z.string()),
    dependents: z.array(Dependent),
    byMachine: z.array(z.object({ name: z.string(), dependents: z.array(Dependent) })),
    cycles: z.array(z.string()),
    unknownNames: z.array(z.string()),
    order: z.object({
      tier: z.number().int(),
      rings: z.array(z.string()),
      needs: z.array(z.string()),
      problems: z.array(z.string()),
    }),
    capacity: z.object({
      rings: z.array(RingCapacityView),
      services: z.array(Standing),
      lowest: z.object({ ring: z.string(), up: z.number().int(), of: z.number().int() }).nullable(),
      words: z.string(),
    }),
    risk: RiskView,
    rollback: z.object({
      way: z.enum(['restorePoint', 'ask']),
      minutes: DistributionView,
      words: z.string(),
      lost: z.string(),
      impossible: z.string().nullable(),
    }),
    edits: z.array(ImpactEditView).describe('Whatever people said, oldest first; the newest of each counts'),
    said: ImpactEditView.nullable().describe('What somebody said of the downtime of the whole category instead'),
    machine: MachineImpactView.nullable().describe('Of the machine that was asked for'),
  })
  .meta({ id: 'ImpactView' });

export type DistributionView = z.infer<typeof DistributionView>;
export type SignedImpactView = z.infer<typeof SignedImpactView>;
export type ImpactEditView = z.infer<typeof ImpactEditView>;
export type ImpactEditReply = z.infer<typeof ImpactEditReply>;
export type ImpactView = z.infer<typeof ImpactView>;
