// When notices are delivered: quiet hours, attempts and their pauses, and the rounds of a page.

import { describe, expect, test } from '@jest/globals';
import { quietUntil } from '../../../adapters/notices/quietHours.js';
import { afterAttempt } from '../../../domain/noticeRetry.js';
import { pageRounds } from '../../../domain/paging.js';
import { now, minutesFrom } from '../../support/facts.js';
import { noticePolicy } from '../../support/notices.js';

const zurich = { zone: 'Europe/Zurich', from: '20:00', until: '07:00' };

test.each([
  ['in the evening', zurich, '2026-11-24T19:30:00Z', '2026-11-25T06:00:00.000Z'],
  ['after midnight', zurich, '2026-11-25T02:00:00Z', '2026-11-25T06:00:00.000Z'],
  ['at its first moment', zurich, '2026-11-24T19:00:00Z', '2026-11-25T06:00:00.000Z'],
  ['a moment before', zurich, '2026-11-24T18:59:59Z', null],
  ['at its end', zurich, '2026-11-25T06:00:00Z', null],
  ['in the day', zurich, '2026-11-25T12:00:00Z', null],
  ['in the night in which summer begins', zurich, '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
  ['in the night in which it ends', zurich, '2026-10-24T22:00:00Z', '2026-10-25T06:00:00.000Z'],
  ['at noon', { ...zurich, from: '12:00', until: '13:00' }, '2026-11-25T11:30:00Z', '2026-11-25T12:00:00.000Z'],
  ['at noon, elsewhere', { zone: 'America/New_York', from: '12:00', until: '13:00' }, '2026-11-25T11:30:00Z', null],
  ['an end that the clock skips', { ...zurich, until: '02:30' }, '2026-03-29T00:00:00Z', '2026-03-29T01:30:00.000Z'],
])('quiet %s', (_, hours, at, expected) => {
  expect(quietUntil(hours, at)).toBe(expected);
});

describe('after an attempt', () => {
  const rule = noticePolicy({ delivery: { attemptsMax: 4, firstRetrySeconds: 10, retryMinutesMax: 1 } }).delivery;
  const failed = (change: object = {}) =>
    ({ kind: 'failed', passing: true, problem: 'no', retryAfterSeconds: null, ...change }) as const;

  test.each([
    ['the first failure waits', failed(), 1, 10],
    ['the next one longer', failed(), 2, 20],
    ['and never longer than policy says', failed(), 3, 40],
    ['the receiver may ask for more', failed({ retryAfterSeconds: 3600 }), 1, 3600],
    ['but not for less', failed({ retryAfterSeconds: 1 }), 2, 20],
    ['nor for ever', failed({ retryAfterSeconds: 9e9 }), 1, 24 * 3600],
  ])('%s', (_, answer, attempts, seconds) => {
    expect(afterAttempt(answer, attempts, rule, now)).toEqual({
      state: 'waiting',
      problem: 'no',
      nextAttemptAt: minutesFrom(now, seconds / 60),
    });
  });

  test('delivered is delivered; what cannot be mended is given up at once, what never is, in the end', () => {
    expect(afterAttempt({ kind: 'delivered', answer: '250' }, 1, rule, now)).toEqual({
      state: 'delivered',
      answer: '250',
    });
    expect(afterAttempt(failed({ passing: false }), 1, rule, now)).toEqual({ state: 'undeliverable', problem: 'no' });
    expect(afterAttempt(failed(), 4, rule, now)).toMatchObject({
      state: 'undeliverable',
      problem: 'given up after 4 attempts: no',
    });
  });
});

describe('the rounds of a page', () => {
  const rule = noticePolicy({ pages: { repeatMinutes: 5, escalateMinutes: 12 } }).pages;
  const steps = (...reaches: number[]) => reaches.map((number, step) => ({ step, reaches: number }));
  const told = (...reaches: number[]) =>
    pageRounds(steps(...reaches), rule).map((one) => `${one.round} ${one.step} ${one.reason} ${one.waitSeconds}`);

  test('each step is repeated until the next is due; in the end everybody is told', () => {
    expect(told(1, 2)).toEqual([
      '0 0 told 300',
      '1 0 repeated 300',
      '2 0 repeated 120',
      '3 1 escalated 300',
      '4 1 repeated 300',
      '5 1 repeated 120',
      '6 null unacknowledged 0',
    ]);
  });

  test('a step that reaches nobody is no wait', () => {
    expect(told(1, 0, 1).map((one) => one.split(' ')[1])).toEqual(['0', '0', '0', '2', '2', '2', 'null']);
  });

  test('without any step it is repeated to those whom it concerns, and ends', () => {
    expect(told()).toEqual(['0 0 told 300', '1 0 repeated 300', '2 0 repeated 120', '3 null unacknowledged 0']);
  });
});
