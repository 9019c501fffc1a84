// Notices: no wish silences what must be heard, nobody hears the same twice by one way, and nothing is tried or repeated for ever (I5, I10).

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { noticeKinds, type Preferences } from '../../domain/notice.js';
import { afterAttempt } from '../../domain/noticeRetry.js';
import { routeNotice } from '../../domain/noticeRouting.js';
import { dueAhead } from '../../domain/maintenanceNotices.js';
import { pageRounds } from '../../domain/paging.js';
import { minutesFrom, now } from '../support/facts.js';
import { admin, noticePolicy, riley, routingFacts, sam, told } from '../support/notices.js';

const kind = fc.constantFrom(...noticeKinds);
const people = [riley, sam, admin];
const mail = fc.constantFrom(
  ...people.map((one) => one.mail),
  'RILEY@patchline.example',
  'team@contoso.example',
  'no mail',
  '',
);
const targets = [
  { name: 'ops', way: 'teams', secret: 'OPS' },
  { name: 'own', way: 'slack', secret: 'OWN', person: 'riley' },
];
const wishes: fc.Arbitrary<Preferences> = fc.record({
  ways: fc.dictionary(kind, fc.subarray(['mail', 'own', 'gone', 'ops'])) as fc.Arbitrary<Preferences['ways']>,
  quietHours: fc.constantFrom(null, 'none' as const, { zone: 'UTC', from: '20:00', until: '07:00' }),
});
const rule = fc.record({
  id: fc.uuid().map((text) => `r${text.slice(0, 8)}`),
  kinds: fc.subarray([...noticeKinds]),
  categories: fc.subarray(['web', 'sql']),
  concerned: fc.boolean(),
  roles: fc.subarray(['sre', 'administrator']),
  people: fc.constant(['riley']),
  targets: fc.subarray(['ops']),
  urgency: fc.constantFrom(null, 'routine' as const, 'page' as const),
});

const story = fc.record({
  notice: fc.record({
    kind,
    urgency: fc.constantFrom('routine' as const, 'page' as const),
    to: fc.array(mail, { maxLength: 6 }),
    category: fc.constantFrom(null, 'web', 'sql'),
  }),
  rules: fc.uniqueArray(rule, { maxLength: 3, selector: (one) => one.id }),
  mandatory: fc.subarray([...noticeKinds]),
  preferences: fc.dictionary(fc.constantFrom('riley', 'sam', 'admin'), wishes),
});

test('no preference silences a page or what is mandatory, and nobody is reached twice by the same way', () => {
  fc.assert(
    fc.property(story, ({ notice, rules, mandatory, preferences }) => {
      const facts = routingFacts({ targets, rules, mandatory }, preferences);
      const { urgency, routed, left } = routeNotice(told(notice), facts);
      const plain = routeNotice(told(notice), { ...facts, preferences: new Map() });
      const keys = routed.map((one) => `${one.way} ${one.recipient.toLowerCase()}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(urgency).toBe(plain.urgency);
      const isHeard = (recipient: string) =>
        routed.some((one) => one.recipient.toLowerCase() === recipient.toLowerCase() || one.recipient === 'own');
      for (const { recipient } of plain.routed) {
        if (urgency === 'page')
          expect(routed.map((one) => one.recipient.toLowerCase())).toContain(recipient.toLowerCase());
        else if (mandatory.includes(notice.kind)) expect(isHeard(recipient)).toBe(true);
        // Whoever is not reached is told of as left.
        else
          expect(
            isHeard(recipient) || left.some((one) => one.recipient.toLowerCase() === recipient.toLowerCase()),
          ).toBe(true);
      }
      if (urgency === 'page') expect(routed.every((one) => one.quietHours === null)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('whatever a receiver answers, attempts end, and each wait is bounded', () => {
  const answer = fc.record({
    kind: fc.constant('failed' as const),
    passing: fc.constant(true),
    problem: fc.string(),
    retryAfterSeconds: fc.option(fc.double({ min: 0, max: 1e12, noNaN: true })),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(answer, { minLength: 60, maxLength: 60 }),
      (attemptsMax, answers) => {
        const rules = noticePolicy({ delivery: { attemptsMax } }).delivery;
        let attempts = 0;
        for (const one of answers) {
          attempts += 1;
          const after = afterAttempt(one, attempts, rules, now);
          if (after.state !== 'waiting') break;
          const wait = Date.parse(after.nextAttemptAt) - Date.parse(now);
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(24 * 3600_000);
        }
        expect(attempts).toBe(attemptsMax);
      },
    ),
  );
});

test('a page ends: each round waits, the last tells everybody, and steps come in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      (reaches, repeatMinutes, escalateMinutes) => {
        fc.pre(escalateMinutes / repeatMinutes <= 50);
        const { pages } = noticePolicy({ pages: { repeatMinutes, escalateMinutes } });
        const rounds = pageRounds(
          reaches.map((number, step) => ({ step, reaches: number })),
          pages,
        );
        expect(rounds.length).toBeLessThanOrEqual(50 * 10 + 1);
        expect(rounds.map((one) => one.round)).toEqual(rounds.map((_, index) => index));
        expect(rounds.at(-1)).toMatchObject({ step: null, reason: 'unacknowledged', waitSeconds: 0 });
        const waits = rounds.slice(0, -1);
        expect(waits.every((one) => one.waitSeconds > 0 && one.step !== null)).toBe(true);
        const steps = [...new Set(waits.map((one) => one.step ?? -1))];
        expect(steps).toEqual([...steps].sort((a, b) => a - b));
        const reached = reaches.filter((number, step) => step === 0 || number > 0).length;
        const total = waits.reduce((sum, one) => sum + one.waitSeconds, 0);
        expect(total).toBe(Math.max(1, reached) * escalateMinutes * 60);
      },
    ),
  );
});

test('an owner hears of a run at least once before it opens, at most once per mark, however late it is enrolled and whenever we look', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 40 * 24 * 60 }),
      fc.integer({ min: 1, max: 600 }),
      (aheadDays, enrolledMinutesBefore, everyMinutes) => {
        const opensAt = minutesFrom(now, enrolledMinutesBefore);
        const run = {
          runKey: 'r',
          category: 'web',
          ring: 'canary',
          opensAt,
          closesAt: minutesFrom(opensAt, 60),
          patches: ['KB1'],
          expected: false,
          machines: [{ vmId: 'v', vmName: 'v', owner: riley.mail }],
        };
        const heard = new Map<string, string>();
        for (let at = 0; at < enrolledMinutesBefore; at += everyMinutes) {
          const instant = minutesFrom(now, at);
          for (const due of dueAhead(run, heard, instant, aheadDays)) heard.set(due.occasion, instant);
        }
        expect(heard.size).toBeLessThanOrEqual(aheadDays.length);
        // Within the first mark, whoever looks at once tells at once.
        if (enrolledMinutesBefore <= Math.max(...aheadDays) * 24 * 60) expect([...heard.values()][0]).toBe(now);
      },
    ),
    { numRuns: 300 },
  );
});
