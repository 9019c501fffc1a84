// The shape of a policy file, key by key: unknown keys are errors, and short forms become the domain's types.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readBodTable } from '../../domain/bodTable.js';
import { reservedRings } from '../../domain/ring.js';
import { instantOf } from '../../domain/window.js';
import { equivalenceSchema } from './equivalenceSchema.js';
import { testsSchema } from './testsSchema.js';
import { dependenciesSchema } from './dependenciesSchema.js';
import { definitionsSchema, knownIssuesSchema, supersedenceSchema } from './patchLifeSchema.js';
import { approvalRulesSchema, delegationSchema } from './approvalRulesSchema.js';
import { changesSchema } from './changesSchema.js';
import { arrivalsSchema } from './arrivalsSchema.js';
import { automaticSchema } from './automaticSchema.js';
import { channelsSchema } from './channelsSchema.js';
import { approvalPathsSchema, dangerSchema, forensicsSchema } from './urgencySchema.js';
import { emergencySchema } from './emergencySchema.js';
import { isolationSchema } from './isolationSchema.js';
import { localTime, name, role, whole, zone } from './forms.js';
import { noticesSchema } from './noticesSchema.js';
import { probesSchema } from './probesSchema.js';
import { signInSchema } from './signInSchema.js';
import { twinsSchema } from './twinsSchema.js';
import { patchWaiversSchema } from './waiversSchema.js';

const guidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const dayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const weekSeconds = 7 * 24 * 3600;

const words = z.string().trim().min(1, 'must not be empty: write it in words').max(500);
const guid = z
  .string()
  .regex(guidForm, 'must be a subscription id such as 11111111-2222-3333-4444-555555555555')
  .toLowerCase();
const glob = z
  .string()
  .regex(/^[\w().*-]{1,90}$/u, 'must be the name of a resource group, in which `*` stands for any characters');
const instant = z
  .string()
  .refine(
    (text) => instantOf(text) !== null,
    'must be an instant with its offset, such as 2026-12-20T18:00:00+01:00, in quotes or not',
  );
const environment = z.enum(['production', 'staging']);
const osType = z.enum(['windows', 'linux']);
const seconds = (least: number) => z.number().min(least).max(weekSeconds);
const durationMinutes = whole(1, 24 * 60);

export const environmentRuleSchema = z.strictObject({
  environment,
  subscription: z.literal('*', { error: 'must be a subscription id or `*` in quotes' }).or(guid),
  resourceGroup: glob,
});

const takeForm = 'must be a number of machines, a percentage from 1% to 100%, or `rest`';
const take = z
  .union([z.literal('rest'), whole(1, 100_000), z.string().regex(/^(100|[1-9][0-9]?)%$/, takeForm)], {
    error: takeForm,
  })
  .transform((value) => {
    if (value === 'rest') return { kind: 'rest' as const };
    if (typeof value === 'number') return { kind: 'count' as const, count: value };
    return { kind: 'percent' as const, percent: Number.parseInt(value, 10) };
  });

const ringName = name.refine(
  (text) => !reservedRings.includes(text.toLowerCase()),
  'is the ring of machines that are new, or come by an exception: choose another name',
);

export const ringRuleSchema = z.strictObject({ name: ringName, take, failureBudget: whole(0, 10_000) });

/** Of a machine or an operating system; `*` alone would say nothing. */
const nameGlob = z
  .string()
  .max(200)
  .regex(/[^*\s]/, 'must name something; `*` stands for any characters');

const match = z
  .strictObject({
    tags: z.record(z.string().min(1).max(512), z.string().max(256)).default({}),
    osType: osType.nullable().default(null),
    osName: nameGlob.nullable().default(null),
    name: nameGlob.nullable().default(null),
    resourceGroup: glob.nullable().default(null),
    subscription: guid.nullable().default(null),
  })
  .refine(
    ({ tags, ...others }) => Object.keys(tags).length > 0 || Object.values(others).some((one) => one !== null),
    'would take every machine: name tags, osType, osName, name, resourceGroup or subscription',
  );

export const categoryRuleSchema = z.strictObject({
  name,
  tier: whole(0, 99),
  match,
  windows: z.strictObject({ staging: z.string(), production: z.string() }),
  rings: z.array(ringRuleSchema).min(1, 'needs at least one ring').max(20),
  inFlightMax: whole(1, 10_000),
  waveSizeMax: whole(1, 10_000),
  soakSeconds: seconds(0),
  services: z.array(z.string().min(1).max(256)).max(50),
  approverRole: role,
  unwind: z.enum(['restorePoint', 'ask']),
  subsetAllowed: z.boolean(),
});

const weekday = z
  .union([z.enum(dayNames), whole(1, 7)], { error: `must be one of ${dayNames.join(', ')}` })
  .transform((day) => (typeof day === 'number' ? day : dayNames.indexOf(day) + 1));

/** Runs outside of every window are called so. */
const windowId = name.refine((id) => id.toLowerCase() !== 'emergency', 'is the name of emergency runs: choose another');

const windowKinds = {
  always: z.strictObject({
    id: windowId,
    kind: z.literal('always'),
    planningLeadSeconds: whole(1, weekSeconds),
    durationMinutes,
  }),
  weekly: z.strictObject({
    id: windowId,
    kind: z.literal('weekly'),
    zone,
    weekdays: z.array(weekday).min(1, 'needs at least one weekday').max(7),
    weeksOfMonth: z.array(whole(1, 5)).max(5).default([]),
    start: localTime,
    durationMinutes,
    planningLeadSeconds: whole(1, weekSeconds),
  }),
};

export const windowRuleSchema = z.discriminatedUnion('kind', [windowKinds.always, windowKinds.weekly]);

export const freezeSchema = z.strictObject({
  id: name,
  reason: words,
  from: instant,
  until: instant,
  categories: z.array(z.string()).default([]),
  environments: z.array(environment).min(1, 'needs production, staging or both'),
});

export const ownerRuleSchema = z.strictObject({
  owner: words,
  match,
  category: z.string().nullable().default(null),
});

export const waiverSchema = z
  .strictObject({
    id: name,
    reason: words,
    item: words,
    until: instant,
    vm: z.string().min(1).max(200).nullable().default(null),
    category: z.string().nullable().default(null),
  })
  .refine(
    (held) => held.vm !== null || held.category !== null,
    'would let every machine differ: name a vm or a category',
  );

const itemName = z.string().trim().min(1, 'must not be empty').max(300);
const system = itemName.nullable().default(null);
const itemNames = z.array(itemName).max(5000).default([]);

/** A bare name stands for any version on every system. */
const wantedSoftware = z.union(
  [
    itemName.transform((held) => ({ name: held, version: null, match: 'atLeast' as const, system: null })),
    z.strictObject({
      name: itemName,
      version: itemName.nullable().default(null),
      match: z.enum(['exact', 'atLeast']).default('atLeast'),
      system,
    }),
  ],
  { error: 'must be the name of software, or name, version, match and system of it' },
);

const requiredPatch = z.union(
  [itemName.transform((patchId) => ({ patchId, system: null })), z.strictObject({ patchId: itemName, system })],
  { error: 'must be the id of a patch such as KB5070884, or patchId and system' },
);

export const baselineSchema = z.strictObject({
  name,
  category: z.string().nullable().default(null),
  content: z
    .strictObject({
      systems: z.record(itemName, itemName.nullable()).default({}),
      software: z.array(wantedSoftware).max(5000).default([]),
      forbiddenSoftware: itemNames,
      requiredPatches: z.array(requiredPatch).max(5000).default([]),
      forbiddenPatches: itemNames,
    })
    .refine(
      (held) =>
        !held.software.some((one) => held.forbiddenSoftware.includes(one.name)) &&
        !held.requiredPatches.some((one) => held.forbiddenPatches.includes(one.patchId)),
      'wants and forbids the same: remove one of them',
    ),
});

const severity = z.enum(['critical', 'important', 'moderate', 'low', 'unknown']);
const hours = whole(1, 2 * 365 * 24);

export const deadlineRuleSchema = z.strictObject({
  id: name,
  tier: z.string().regex(/^P[0-9]$/, 'must be a tier from P0 to P9'),
  when: z
    .strictObject({
      bodWithinDays: whole(0, 365).optional(),
      exploited: z.literal(true).optional(),
      severities: z.array(severity).min(1).optional(),
      epssAtLeast: z.number().min(0).max(1).optional(),
      cvssAtLeast: z.number().min(0).max(10).optional(),
    })
    .default({}),
  exposedHours: hours,
  internalHours: hours,
});

/** The published table, unless policy brings another. */
const publishedBodTable = readFileSync(new URL('../../policy/bod-26-04.csv', import.meta.url), 'utf8');

const bodTable = z
  .string()
  .max(20_000)
  .superRefine((text, context) => {
    const read = readBodTable(text);
    if ('problem' in read)
      context.addIssue(`line ${read.line} of the table ${read.problem}: take the file that CISA published`);
  });

const day = 24;
/** Hours for machines that the internet reaches, and for others. Anchors: BOD 26-04, ASD Essential Eight, UK Cyber Essentials. */
const defaultRules: z.input<typeof deadlineRuleSchema>[] = [
  { id: 'bod-urgent', tier: 'P0', when: { bodWithinDays: 3 }, exposedHours: 48, internalHours: 72 },
  {
    id: 'exploited-or-critical',
    tier: 'P1',
    when: { exploited: true, severities: ['critical'] },
    exposedHours: 48,
    internalHours: 14 * day,
  },
  { id: 'likely', tier: 'P1', when: { epssAtLeast: 0.5 }, exposedHours: 7 * day, internalHours: 14 * day },
  {
    id: 'important',
    tier: 'P2',
    when: { severities: ['important'], cvssAtLeast: 7, epssAtLeast: 0.1 },
    exposedHours: 14 * day,
    internalHours: 30 * day,
  },
  { id: 'moderate', tier: 'P3', when: { severities: ['moderate'] }, exposedHours: 14 * day, internalHours: 60 * day },
  { id: 'rest', tier: 'P4', when: {}, exposedHours: 30 * day, internalHours: 90 * day },
];

const limits = z.strictObject({
  inFlightMax: whole(1, 10_000),
  sessionMinutesMax: whole(1, 24 * 60),
  settleGraceMinutes: whole(1, 24 * 60),
  factsMaxAgeMinutes: whole(1, 31 * 24 * 60),
});

const approvals = z.strictObject({
  remindAfterMinutes: whole(1, 90 * 24 * 60),
  expireAfterMinutes: whole(1, 90 * 24 * 60),
  deferBlocksLaterTiers: z.boolean(),
  deferralDays: whole(1, 366).default(90),
  paths: approvalPathsSchema,
  rules: approvalRulesSchema,
  delegation: delegationSchema,
  policyEditorsBarredDays: whole(1, 365).default(30),
  automatic: automaticSchema,
  arrivals: arrivalsSchema,
});

const forecast = seconds(0.01);
const polls = z.strictObject({
  floorSeconds: z.number().min(0.1).max(600),
  forecastSeconds: z.strictObject({
    install: forecast,
    restorePoint: forecast,
    assess: forecast,
    power: forecast,
    disk: forecast,
    runCommand: forecast,
  }),
});

const armVmForm =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/virtualMachines\/[^/]+$/i;

export const policySchema = z.strictObject({
  environments: z.array(environmentRuleSchema).min(1, 'needs at least one rule').max(1000),
  categories: z.array(categoryRuleSchema).min(1, 'needs at least one category').max(200),
  windows: z.array(windowRuleSchema).min(1, 'needs at least one window').max(500),
  freezes: z.array(freezeSchema).max(1000).default([]),
  owners: z.array(ownerRuleSchema).max(1000).default([]),
  waivers: z.array(waiverSchema).max(1000).default([]),
  patchWaivers: patchWaiversSchema.prefault({}),
  emergency: emergencySchema.prefault({}),
  changes: changesSchema,
  baselines: z.array(baselineSchema).max(200).default([]),
  priority: z
    .strictObject({
      bodTable: bodTable.default(publishedBodTable),
      rules: z.array(deadlineRuleSchema).min(1, 'needs at least one rule').max(100).prefault(defaultRules),
      exposed: z.array(z.strictObject({ match })).max(1000).default([]),
      danger: dangerSchema,
    })
    .prefault({}),
  tests: testsSchema.prefault({}),
  knownIssues: knownIssuesSchema.prefault({}),
  isolation: isolationSchema.prefault({}),
  probes: probesSchema.prefault({}),
  supersedence: supersedenceSchema.prefault({}),
  definitions: definitionsSchema.prefault({}),
  equivalence: equivalenceSchema.prefault({}),
  twins: twinsSchema,
  dependencies: dependenciesSchema.default([]),
  limits,
  approvals,
  polls,
  schedules: z
    .strictObject({
      inventoryMinutes: whole(5, 7 * 24 * 60),
      complianceMinutes: whole(5, 7 * 24 * 60),
      urgencyMinutes: whole(5, 7 * 24 * 60).default(60),
    })
    .default({ inventoryMinutes: 24 * 60, complianceMinutes: 24 * 60, urgencyMinutes: 60 }),
  forensics: forensicsSchema,
  mayInstall: z.array(guid).max(1000),
  updateServer: z.strictObject({
    azureId: z
      .string()
      .regex(armVmForm, 'must be the resource id of a virtual machine, or null')
      .toLowerCase()
      .nullable(),
    stagingGroup: words,
  }),
  channels: channelsSchema.prefault({}),
  mail: z.strictObject({ from: z.email('must be a mail address') }),
  notices: noticesSchema.prefault({}),
  signIn: signInSchema.prefault({}),
});

/** For editors: what may be written, before it is transformed. */
export function policyJsonSchema(): unknown {
  return z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' });
}
