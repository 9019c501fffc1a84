// Checklists: nothing passes that a person did not tick, or that the machines did not pass; only who is responsible ticks, once (I1, I5, I6).

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkedVerdict, isWaiting, tickProblems, type Check } from '../../domain/checklist.js';
import type { SetVerdict } from '../../domain/stageTest.js';
import { minutesFrom, now } from '../support/facts.js';

function someCheck(change: Partial<Check> = {}): Check {
  return {
    runKey: 'maintenance/staging/web/staging/next@1',
    category: 'web',
    name: 'order',
    text: 'order a book in the shop',
    role: 'sre',
    person: null,
    assignedAt: now,
    until: minutesFrom(now, 60),
    outcome: null,
    by: null,
    note: null,
    at: null,
    ...change,
  };
}

const verdicts = fc.constantFrom<SetVerdict['verdict']>('passed', 'failed', 'inconclusive');
const outcomes = fc.array(fc.constantFrom<Check['outcome']>('passed', 'failed', null), { maxLength: 4 });

test('a set passes only where the machines passed and every item was ticked as passed; unticked is inconclusive for ever', () => {
  fc.assert(
    fc.property(verdicts, outcomes, fc.integer({ min: 0, max: 120 }), (verdict, ticked, minutes) => {
      const found: SetVerdict = { patchId: 'KB1', verdict, reasons: [], vmIds: ['a'], testedSet: ['KB1'] };
      const checks = ticked.map((outcome, place) => someCheck({ name: `item-${place}`, outcome }));
      const at = minutesFrom(now, minutes);
      const checked = checkedVerdict(found, checks, at);
      const all = ticked.every((outcome) => outcome === 'passed');
      if (verdict === 'failed' || ticked.includes('failed')) expect(checked.verdict).toBe('failed');
      else expect(checked.verdict).toBe(all ? verdict : 'inconclusive');
      if (checked.verdict === 'inconclusive' && verdict === 'passed') expect(checked.reasons).not.toEqual([]);
      expect(isWaiting(checks, at)).toBe(ticked.includes(null) && !ticked.includes('failed') && minutes < 60);
    }),
  );
});

test.each([
  ['by somebody without its role', { by: { name: 'kim', mail: '', roles: ['scheduler'] } }, {}, 'which kim lacks'],
  ['by another person', {}, { role: null, person: 'riley' }, 'it is for riley'],
  ['in blanks', { note: '             ' }, {}, 'a note of at least 10 characters'],
  ['in a megabyte', { note: 'x'.repeat(1_000_000) }, {}, 'longer than'],
  ['too late', { at: minutesFrom(now, 60) }, {}, 'nobody is waited for since'],
  ['a second time', {}, { outcome: 'failed' as const, by: 'riley', at: now }, 'riley ticked it failed'],
])('%s: refused', (_, asked, held, words) => {
  const tick = { note: 'ordered a book, it came', at: now, by: { name: 'sam', mail: '', roles: ['sre'] }, ...asked };
  expect(tickProblems(someCheck(held), tick, tick.by).join()).toContain(words);
});

test('by who is responsible, in time: it stands, markup and all', () => {
  const sam = { name: 'sam', mail: '', roles: ['sre'] };
  expect(tickProblems(someCheck(), { note: '<b>ordered</b> a book', at: now }, sam)).toEqual([]);
  expect(tickProblems(someCheck({ role: null, person: 'sam' }), { note: 'ordered a book', at: now }, sam)).toEqual([]);
});
