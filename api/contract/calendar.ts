// A category's calendar, and subscriptions to it.

import { z } from 'zod';

const instant = z.iso.datetime();

export const CalendarEntryView = z
  .object({
    uid: z.string(),
    kind: z.enum(['window', 'freeze', 'maintenance']),
    start: instant,
    end: instant.describe('Exclusive'),
    title: z.string(),
    lines: z.array(z.string()),
    environment: z.enum(['production', 'staging']).nullable(),
    status: z.enum(['confirmed', 'tentative', 'cancelled']),
  })
  .meta({ id: 'CalendarEntryView' });

export const SubscriptionInput = z
  .strictObject({ category: z.string().min(1).max(100) })
  .meta({ id: 'SubscriptionInput' });

export const SubscriptionView = z
  .object({
    subscriptionId: z.string(),
    category: z.string(),
    person: z.string(),
    createdAt: instant,
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'SubscriptionView' });

export const NewSubscriptionView = SubscriptionView.extend({
  path: z.string().describe('Where a calendar program reads it; shown once, whoever has it may read'),
}).meta({ id: 'NewSubscriptionView' });
