// Whole facts for tests of notices; each test changes what it is about.

import type { NoticePolicy, Preferences } from '../../domain/notice.js';
import type { Told, RoutingFacts } from '../../domain/noticeRouting.js';
import type { Person } from '../../domain/policy.js';
import { noticesSchema } from '../../adapters/policy/noticesSchema.js';
import type { Claimed, Delivery, ToldNotice } from '../../ports/noticeLog.js';
import { now } from './facts.js';

export const riley: Person = { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] };
export const sam: Person = { name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] };
export const admin: Person = { name: 'admin', mail: 'admin@patchline.example', roles: ['administrator'] };

/** What the policy adapter makes of a section as it is written. */
export function noticePolicy(written: object = {}): NoticePolicy {
  return noticesSchema.parse(written);
}

export function routingFacts(written: object = {}, preferences: Record<string, Preferences> = {}): RoutingFacts {
  return {
    notices: noticePolicy(written),
    categories: [{ name: 'web', approverRole: 'changeManager' }],
    people: [riley, sam, admin],
    preferences: new Map(Object.entries(preferences)),
  };
}

export function told(change: Partial<Told> = {}): Told {
  return { kind: 'patchAnnounced', urgency: 'routine', to: [riley.mail], category: 'web', ...change };
}

export function someNotice(change: Partial<ToldNotice> = {}): ToldNotice {
  return {
    noticeId: 'a1b2c3d4e5f60718',
    occasion: 'notice/KB1/2025-Oct/owners',
    kind: 'patchAnnounced',
    urgency: 'routine',
    subject: 'KB5070884 concerns your machines',
    lines: ['Severity critical.', '3 machines need it.'],
    concerned: [riley.mail],
    left: [],
    patchId: 'KB5070884',
    category: null,
    toldAt: now,
    pageState: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    acknowledgement: null,
    exhaustedAt: null,
    ...change,
  };
}

export function someDelivery(change: Partial<Delivery> = {}): Delivery {
  return {
    deliveryId: '0123456789abcdef01234567',
    noticeId: 'a1b2c3d4e5f60718',
    recipient: riley.mail,
    way: 'mail',
    round: 0,
    reason: 'told',
    state: 'sending',
    digest: null,
    attempts: 1,
    nextAttemptAt: now,
    attemptedAt: now,
    answer: null,
    problem: null,
    toldAt: now,
    closedAt: null,
    ...change,
  };
}

export function claimed(notice: Partial<ToldNotice> = {}, delivery: Partial<Delivery> = {}): Claimed {
  return { notices: [someNotice(notice)], deliveries: [someDelivery(delivery)] };
}

/** What vendors and machines may be called. */
export const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'two\r\nBcc: mallory@evil.example\r\n\r\nlines',
  '&amp; already &lt;escaped&gt;',
  '[click](https://evil.example) **bold** {{DATE(2026-01-01T00:00:00Z)}}',
  '<!channel> <https://evil.example|Patchline> <@U123>',
  'nul \u0000 bell \u0007 half \ud800 turned \u202Etxt.exe',
  'x'.repeat(50_000),
];
