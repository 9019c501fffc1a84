// What policy may say of notices: who hears of what, by which webhooks, when it is quiet, and how pages escalate.

import { z } from 'zod';
import { noticeKinds } from '../../domain/notice.js';
import { localTime, name, role, whole, zone } from './forms.js';

const kinds = z.array(z.enum(noticeKinds)).max(noticeKinds.length);
const categories = z.array(z.string().max(100)).max(200).default([]);
const roles = z.array(role).max(50).default([]);
const people = z.array(z.string().min(1).max(100)).max(500).default([]);
const targetNames = z.array(name).max(50).default([]);

export const quietHoursSchema = z
  .strictObject({ zone, from: localTime, until: localTime })
  .refine((held) => held.from !== held.until, 'would be quiet at all hours: end at another time than it begins');

const secretName = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9_]{0,59}$/,
    'must be the NAME of a secret in capitals, held by the environment variable PATCHLINE_SECRET_NAME: secrets are never in policy',
  );

const target = z
  .strictObject({
    name,
    way: z.enum(['teams', 'slack', 'webhook']),
    secret: secretName,
    signingSecret: secretName.nullable().default(null),
    allowPrivate: z.boolean().default(false),
    person: z.string().min(1).max(100).nullable().default(null),
  })
  .refine(
    (held) => held.way !== 'webhook' || held.signingSecret !== null,
    'is of the way webhook, whose requests are signed: name a signingSecret',
  );

const rule = z
  .strictObject({
    id: name,
    kinds: kinds.default([]),
    categories,
    concerned: z.boolean().default(true),
    approvers: z.boolean().default(false),
    roles,
    people,
    targets: targetNames,
    urgency: z.enum(['routine', 'page']).nullable().default(null),
  })
  .refine(
    (held) =>
      !held.concerned ||
      held.approvers ||
      held.urgency !== null ||
      held.roles.length + held.people.length + held.targets.length > 0,
    'changes nothing: name approvers, roles, people, targets, an urgency, or set concerned to false',
  );

const step = z
  .strictObject({ concerned: z.boolean().default(false), roles, people, targets: targetNames })
  .refine(
    (held) => held.concerned || held.roles.length + held.people.length + held.targets.length > 0,
    'reaches nobody: name roles, people, targets, or set concerned to true',
  );

const pages = z
  .strictObject({
    repeatMinutes: whole(1, 24 * 60).default(5),
    escalateMinutes: whole(1, 24 * 60).default(15),
    escalation: z
      .array(z.strictObject({ categories, steps: z.array(step).min(1, 'needs at least one step').max(10) }))
      .max(200)
      .prefault([{ steps: [{ concerned: true }, { roles: ['sre'] }, { roles: ['administrator'] }] }]),
  })
  .refine(
    (held) => held.escalateMinutes / held.repeatMinutes <= 50,
    'would repeat a page more than 50 times before it escalates: repeat less often, or escalate sooner',
  )
  .refine(
    (held) => held.escalation.some((one) => one.categories.length === 0),
    'has no escalation without categories: one must count for everything else',
  );

const unique = (list: { name?: string; id?: string }[]): boolean =>
  new Set(list.map((one) => (one.name ?? one.id ?? '').toLowerCase())).size === list.length;

const aheadDays = z
  .array(whole(1, 31))
  .max(5)
  .refine((held) => new Set(held).size === held.length, 'names a day twice')
  .default([5, 1]);

const shape = z.strictObject({
  quietHours: quietHoursSchema.nullable().default(null),
  mandatory: kinds.default(['decisionNeeded', 'restorationAsked']),
  rules: z.array(rule).max(200).refine(unique, 'has an id twice: rename one of them').default([]),
  targets: z.array(target).max(50).refine(unique, 'has a name twice: rename one of them').default([]),
  pages: pages.prefault({}),
  delivery: z
    .strictObject({
      attemptsMax: whole(1, 50).default(14),
      firstRetrySeconds: z.number().min(0.1).max(3600).default(15),
      retryMinutesMax: whole(1, 24 * 60).default(240),
    })
    .prefault({}),
  aheadDays,
  lookEveryMinutes: whole(1, 60).default(5),
});

type Notices = z.output<typeof shape>;

/** Everything that names a target names one that is there. */
export const noticesSchema = shape.superRefine((notices, context) => {
  const known = new Set(notices.targets.map((one) => one.name));
  for (const { path, targets } of targetLists(notices)) {
    for (const [index, named] of targets.entries()) {
      if (known.has(named)) continue;
      const message = `there is no target ${named}: use one of ${[...known].join(', ') || 'targets, which is empty'}`;
      context.addIssue({ code: 'custom', path: [...path, index], message });
    }
  }
});

function targetLists({ rules, pages: { escalation } }: Notices): { path: (string | number)[]; targets: string[] }[] {
  return [
    ...rules.map(({ targets }, index) => ({ path: ['rules', index, 'targets'], targets })),
    ...escalation.flatMap(({ steps }, list) =>
      steps.map(({ targets }, index) => ({
        path: ['pages', 'escalation', list, 'steps', index, 'targets'],
        targets,
      })),
    ),
  ];
}
