// Notices as the API tells them: what was told to whom by which way, how it stands, and what each person prefers.

import { z } from 'zod';
import { deliveryStates, noticeKinds, ways } from '../../domain/notice.js';

const instant = z.string().describe('ISO 8601 instant, UTC');
const kind = z.enum(noticeKinds);
const pageState = z.enum(['open', 'acknowledged', 'unacknowledged']);

const about = {
  noticeId: z.string(),
  occasion: z.string(),
  kind,
  urgency: z.enum(['routine', 'page']),
  subject: z.string(),
  patchId: z.string().nullable(),
  category: z.string().nullable(),
  pageState: pageState.nullable().describe('Of a page; null otherwise'),
  acknowledgedBy: z.string().nullable(),
  acknowledgedAt: instant.nullable(),
  exhaustedAt: instant.nullable().describe('When everybody had been told and nobody had acknowledged'),
};

const delivery = {
  deliveryId: z.string(),
  recipient: z.string().describe('A mail address, or the name of a target'),
  way: z.enum(ways),
  round: z.number().int(),
  reason: z.enum(['told', 'repeated', 'escalated', 'unacknowledged']),
  state: z.enum(deliveryStates),
  attempts: z.number().int(),
  toldAt: instant,
  nextAttemptAt: instant.nullable(),
  closedAt: instant.nullable(),
  answer: z.string().nullable().describe('What the receiver answered'),
  problem: z.string().nullable().describe('Why it is not delivered'),
};

export const NoticeDeliveryView = z.object({ ...about, ...delivery }).meta({ id: 'NoticeDeliveryView' });

export const NoticeView = z
  .object({
    ...about,
    lines: z.array(z.string()),
    place: z.string().nullable().describe('Path of the console on which its subject is acted on'),
    toldAt: instant,
    acknowledgement: z.string().nullable(),
    left: z.array(z.object({ recipient: z.string(), why: z.string() })).describe('Whom it would have reached'),
    deliveries: z.array(z.object(delivery)),
  })
  .meta({ id: 'NoticeView' });

export const AcknowledgementInput = z
  .strictObject({ note: z.string().trim().max(2000).default('') })
  .meta({ id: 'AcknowledgementInput' });

export const AcknowledgementView = z
  .object({ first: z.boolean().describe('False: somebody had acknowledged before'), notice: NoticeView })
  .meta({ id: 'AcknowledgementView' });

export const NoticeTestInput = z
  .strictObject({
    to: z.string().trim().min(1).max(254).describe('Name or mail address of a person, or a target of policy'),
    way: z.enum(ways).nullable().default(null).describe('Null: by mail to a person, by its own way to a target'),
  })
  .meta({ id: 'NoticeTestInput' });

export const NoticeTestView = z
  .object({
    noticeId: z.string(),
    results: z.array(
      z.object({
        recipient: z.string(),
        way: z.enum(ways),
        delivered: z.boolean(),
        detail: z.string().describe('What the receiver answered, or what went wrong'),
      }),
    ),
  })
  .meta({ id: 'NoticeTestView' });

const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time such as 22:00');

const QuietHours = z.strictObject({
  zone: z.string().min(1).max(60).describe('Such as Europe/Zurich'),
  from: localTime,
  until: localTime,
});

const wishes = z.partialRecord(kind, z.array(z.string().min(1).max(40)).max(10));

export const PreferencesInput = z
  .strictObject({
    ways: wishes.optional().describe('By kind: mail and own targets; an empty list: not told. Left out: as before'),
    quietHours: z
      .union([QuietHours, z.literal('none')])
      .nullable()
      .optional()
      .describe('none: never quiet; null: as policy has it. Left out: as before'),
    replace: z.boolean().default(false).describe('Kinds that are left out go back to what policy says'),
    reset: z.boolean().default(false).describe('Everything as policy has it'),
  })
  .meta({ id: 'PreferencesInput' });

export const PreferencesView = z
  .object({
    person: z.string(),
    ways: wishes,
    quietHours: z.union([QuietHours, z.literal('none')]).nullable(),
    setAt: instant.nullable(),
  })
  .meta({ id: 'PreferencesView' });

/** What somebody prefers, and what they can choose from. */
export const OwnPreferencesView = PreferencesView.extend({
  kinds: z.array(z.object({ kind, mandatory: z.boolean().describe('Policy does not let anybody switch it off') })),
  choices: z.array(z.string()).describe('Mail, and the own targets of policy'),
}).meta({ id: 'OwnPreferencesView' });

export const NoticeStandingView = z
  .object({
    failing: z.number().int().describe('Not delivered by the last attempt, and tried again'),
    undeliverable: z.number().int().describe('In the last seven days'),
    openPages: z.number().int(),
    unacknowledgedPages: z.number().int(),
    problems: z.array(z.object({ subject: z.string(), problem: z.string(), seenAt: instant })),
  })
  .meta({ id: 'NoticeStandingView' });

export type NoticeDeliveryView = z.infer<typeof NoticeDeliveryView>;
export type NoticeView = z.infer<typeof NoticeView>;
export type AcknowledgementView = z.infer<typeof AcknowledgementView>;
export type NoticeTestView = z.infer<typeof NoticeTestView>;
export type PreferencesView = z.infer<typeof PreferencesView>;
export type OwnPreferencesView = z.infer<typeof OwnPreferencesView>;
export type NoticeStandingView = z.infer<typeof NoticeStandingView>;
