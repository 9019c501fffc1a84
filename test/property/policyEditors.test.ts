// I6: whoever changed what governs a decision, once its patch was known, does not approve it; a change bars nobody for ever.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { policyEditors, type AppliedPolicy, type GovernedDecision } from '../../domain/policyEditors.js';
import { minutesFrom, now } from '../support/facts.js';

const days = (count: number) => minutesFrom(now, count * 24 * 60);
const version = (change: Partial<AppliedPolicy> = {}): AppliedPolicy => ({
  seq: 7,
  author: 'riley',
  secondBy: 'admin',
  appliedAt: days(-2),
  changed: ['approvals.rules'],
  ...change,
});
const decision: GovernedDecision = { category: 'web', windows: ['soon', 'next'], noticedAt: days(-5), barredDays: 30 };
const names = (change: Partial<AppliedPolicy>, other: Partial<GovernedDecision> = {}) =>
  policyEditors([version(change)], { ...decision, ...other }, now).map((one) => one.name);

test.each([
  ['rules of approval', {}, {}, ['riley', 'admin']],
  ['without a second person', { secondBy: null }, {}, ['riley']],
  ['the category as a whole', { changed: ['categories.web'] }, {}, ['riley', 'admin']],
  ['a part of the category', { changed: ['categories.web.rings.canary.failureBudget'] }, {}, ['riley', 'admin']],
  ['all categories', { changed: ['categories'] }, {}, ['riley', 'admin']],
  ['another category', { changed: ['categories.webshop', 'categories.app.approverRole'] }, {}, []],
  ['its window', { changed: ['windows.soon.start'] }, {}, ['riley', 'admin']],
  ['another window', { changed: ['windows.sooner.start', 'windows.late'] }, {}, []],
  ['for what a test counts', { changed: ['equivalence.threshold'] }, {}, ['riley', 'admin']],
  ['what governs nothing here', { changed: ['freezes', 'mail.from', 'owners', 'notices.targets'] }, {}, []],
  ['what nobody kept', { changed: null }, {}, ['riley', 'admin']],
  ['before the patch was known', { appliedAt: days(-6) }, {}, []],
  ['in the moment in which it was known', { appliedAt: days(-5) }, {}, []],
  ['of a patch that nobody knows since when', { appliedAt: days(-6) }, { noticedAt: null }, ['riley', 'admin']],
  ['long ago', { appliedAt: days(-30) }, { noticedAt: days(-90) }, []],
  ['almost so long ago', { appliedAt: minutesFrom(days(-30), 1) }, { noticedAt: days(-90) }, ['riley', 'admin']],
])('%s', (_, change, other, expected) => {
  expect(names(change, other)).toEqual(expected);
});

test('what is no patch has parts of its own that govern it, and says since when', () => {
  const other = { known: 'the twin was proposed', parts: ['twins'] };
  expect(names({ changed: ['twins.lifeDays'] })).toEqual([]);
  expect(names({ changed: ['twins.lifeDays'] }, { other })).toEqual(['riley', 'admin']);
  const [riley] = policyEditors([version({ changed: ['twins'] })], { ...decision, other }, now);
  expect(riley?.why).toBe('wrote policy 7, which changed twins after the twin was proposed,');
});

test('the refusal says which change, and what to do', () => {
  const [riley] = policyEditors([version()], decision, now);
  expect(riley?.why).toBe('wrote policy 7, which changed approvals.rules after the patch was known,');
  expect(riley?.remedy).toBe(
    `somebody without a hand in policy 7 has to; it keeps its authors from this until ${days(28)}`,
  );
});

test('the more was changed, and the earlier the patch was known, the more are barred; in time nobody is', () => {
  const paths = fc.subarray([
    'approvals',
    'categories.web',
    'categories.app',
    'windows.soon',
    'mail',
    'priority.rules',
  ]);
  const versions = fc.array(
    fc.record({
      seq: fc.nat(99),
      author: fc.constantFrom('riley', 'sam', 'admin'),
      secondBy: fc.option(fc.constantFrom('riley', 'sam', 'admin')),
      appliedAt: fc.integer({ min: -100, max: 0 }).map(days),
      changed: fc.option(paths),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(versions, fc.integer({ min: -100, max: 0 }), fc.nat(50), (applied, noticed, earlier) => {
      const barred = (noticedAt: string | null, held = applied, at = now) =>
        policyEditors(held, { ...decision, noticedAt }, at).map((one) => one.name);
      const known = barred(days(noticed));
      expect(barred(days(noticed - earlier))).toEqual(expect.arrayContaining(known));
      expect(barred(null)).toEqual(expect.arrayContaining(known));
      const wider = applied.map((one) => ({
        ...one,
        changed: one.changed === null ? null : [...one.changed, 'approvals'],
      }));
      expect(barred(days(noticed), wider)).toEqual(expect.arrayContaining(known));
      expect(barred(days(noticed), applied, days(decision.barredDays))).toEqual([]);
      expect(barred(now)).toEqual([]);
    }),
  );
});
