// I5, I9, I10: what a deferral waits for is signed, ends by rows alone, and is looked at every day; its end asks again and opens nothing.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decisionText, judgeDecision, readDecision, type SignedDecision } from '../../domain/decision.js';
import { bundleText, decisionOf, entriesOf, type DecisionBundle } from '../../domain/decisionBundle.js';
import {
  deferralLook,
  deferralProblems,
  deferralWords,
  eventStanding,
  isDeferEvent,
  limitAfter,
  type DeferEvent,
  type EventFacts,
} from '../../domain/deferral.js';
import { minutesFrom, now } from '../support/facts.js';

const dayMinutes = 24 * 60;
const later = minutesFrom(now, 30 * dayMinutes);
const instant = fc.integer({ min: -1000 * dayMinutes, max: 1000 * dayMinutes }).map((one) => minutesFrom(now, one));
const event: fc.Arbitrary<DeferEvent> = fc.oneof(
  fc.constant({ kind: 'revision' as const }),
  fc.record({
    kind: fc.constantFrom('knownIssue' as const, 'incident' as const, 'freeze' as const),
    id: fc.string({ minLength: 1, maxLength: 60 }).filter((id) => !id.includes('\u0000')),
  }),
);

function deferred(change: Partial<SignedDecision> = {}): SignedDecision {
  return {
    decisionId: 'd1',
    patchId: 'KB1',
    category: 'web',
    verdict: 'defer',
    justification: 'after the vendor has answered',
    deferUntil: later,
    digest: 'a'.repeat(64),
    by: 'riley',
    at: now,
    signature: 's',
    ...change,
  };
}

describe('I9: what is signed', () => {
  test('covers what is waited for; without it the text is that of before', () => {
    const dated = decisionText(deferred());
    expect(dated).not.toContain('deferEvent');
    expect(decisionText(deferred({ deferEvent: null }))).toBe(dated);
    fc.assert(
      fc.property(event, event, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        const text = decisionText(deferred({ deferEvent: one }));
        expect(text).not.toBe(dated);
        expect(text === decisionText(deferred({ deferEvent: other }))).toBe(same);
        expect(readDecision(JSON.parse(JSON.stringify(deferred({ deferEvent: one }))))?.deferEvent).toEqual(one);
      }),
    );
  });

  test.each<[string, unknown]>([
    ['a word', 'revision'],
    ['a list', ['revision']],
    ['another kind', { kind: 'moon', id: 'full' }],
    ['no kind', { id: 'i1' }],
    ['no id', { kind: 'knownIssue' }],
    ['an id that is none', { kind: 'incident', id: 7 }],
    ['an empty id', { kind: 'freeze', id: '' }],
    ['an endless id', { kind: 'freeze', id: 'x'.repeat(5000) }],
    ['what no database stores', { kind: 'freeze', id: 'x\u0000' }],
    ['more than that', { kind: 'revision', id: 'x' }],
  ])('%s is nothing to wait for', (_, received) => {
    expect(isDeferEvent(received)).toBe(false);
    expect(readDecision({ ...deferred(), deferEvent: received })).toBeNull();
  });

  test('in a decision over many, each rollout gets what is waited for there', () => {
    const shown = ['KB1', 'KB2', 'KB3'].map((patchId) => ({ requestId: patchId, patchId, digest: patchId }));
    const justification = 'after the vendor has answered';
    const issue: DeferEvent = { kind: 'knownIssue', id: 'i1' };
    const order = {
      category: 'web',
      verdict: 'defer' as const,
      justification,
      deferUntil: later,
      deferEvent: { kind: 'revision' as const },
      except: [{ patchId: 'KB2', verdict: 'defer' as const, justification, deferUntil: later, deferEvent: issue }],
    };
    const made = entriesOf(order, shown, now);
    if ('problems' in made) throw new Error(made.problems.join());
    const bundle: DecisionBundle = { ...order, bundleId: 'b', by: 'riley', at: now, entries: made.entries };
    const given = made.entries.map((entry) => decisionOf(bundle, 'digest', entry).deferEvent);
    expect(given).toEqual([{ kind: 'revision' }, issue, { kind: 'revision' }]);
    const [first, ...others] = made.entries;
    if (first === undefined) throw new Error('nothing was made');
    const changed = { ...bundle, entries: [{ ...first, deferEvent: issue }, ...others] };
    expect(bundleText(changed)).not.toBe(bundleText(bundle));
    const approved = { ...order, verdict: 'approve' as const, deferUntil: null };
    expect(entriesOf(approved, shown, now)).toEqual({ problems: ['only a deferral waits for something'] });
  });
});

describe('I10: a wait has a limit', () => {
  const facts = {
    request: { patchId: 'KB1', category: 'web', digest: 'a'.repeat(64), expiresAt: minutesFrom(now, 60) },
    signatureValid: true,
    place: { kind: 'counts' as const },
    alreadyUsed: false,
  };

  test('that is ahead and within a year, whatever is waited for', () => {
    fc.assert(
      fc.property(event, fc.option(instant), (deferEvent, deferUntil) => {
        const minutes = deferUntil === null ? -1 : (Date.parse(deferUntil) - Date.parse(now)) / 60_000;
        const stands = minutes > 0 && minutes <= 366 * dayMinutes;
        expect(judgeDecision(deferred({ deferEvent, deferUntil }), facts, now).kind).toBe(stands ? 'open' : 'closed');
      }),
    );
    for (const days of [1, 90, 366])
      expect(
        deferralProblems('defer', { deferUntil: limitAfter(now, days), deferEvent: { kind: 'revision' } }, now),
      ).toEqual([]);
  });

  test('only a deferral has one', () => {
    const approval = deferred({ verdict: 'approve', deferUntil: null, deferEvent: { kind: 'revision' } });
    expect(judgeDecision(approval, facts, now)).toEqual({
      kind: 'closed',
      reasons: ['only a deferral waits for something'],
    });
  });

  test('and looks again within a day, at the end of a freeze to the moment, and never twice at once', () => {
    type Ends = Exclude<EventFacts, { kind: 'revision' }>;
    const found: fc.Arbitrary<Ends> = fc.oneof(
      fc.record({ kind: fc.constant('freeze' as const), found: fc.option(fc.record({ until: instant })) }),
      fc.record({
        kind: fc.constant('closing' as const),
        found: fc.option(fc.record({ closedAt: fc.option(instant), closedBy: fc.constant('sam') })),
      }),
    );
    fc.assert(
      fc.property(found, (asked) => {
        const standing = eventStanding(asked, now);
        const look = deferralLook(standing, now);
        const isThere = asked.found !== null;
        const isOver =
          asked.kind === 'freeze'
            ? asked.found !== null && asked.found.until <= now
            : asked.kind === 'closing' && asked.found !== null && asked.found.closedAt !== null;
        expect(look.over).toBe(isOver || !isThere);
        if (look.over) return;
        const minutes = (Date.parse(look.lookAt) - Date.parse(now)) / 60_000;
        expect(minutes).toBeGreaterThan(0);
        expect(minutes).toBeLessThanOrEqual(dayMinutes);
        if (asked.kind === 'freeze' && asked.found !== null && asked.found.until < minutesFrom(now, dayMinutes))
          expect(look.lookAt).toBe(asked.found.until);
      }),
    );
  });
});

describe('a revision or a successor', () => {
  type Facts = Extract<EventFacts, { kind: 'revision' }>;
  const asked: Facts = { kind: 'revision', askedAt: now, revisedAt: null, successor: null, shownSuccessor: null };
  test.each<[string, Partial<Facts>, string]>([
    ['nothing came', {}, 'ahead'],
    ['a revision from before it was asked', { revisedAt: minutesFrom(now, -1) }, 'ahead'],
    ['a newer revision', { revisedAt: minutesFrom(now, 1) }, 'over'],
    ['the successor that was shown', { successor: 'KB2', shownSuccessor: 'KB2' }, 'ahead'],
    ['another successor', { successor: 'KB3', shownSuccessor: 'KB2' }, 'over'],
    ['a successor', { successor: 'KB2' }, 'over'],
    ['the successor was taken back', { shownSuccessor: 'KB2' }, 'ahead'],
  ])('%s', (_, change, kind) => {
    expect(eventStanding({ ...asked, ...change }, now).kind).toBe(kind);
  });
});

test('what is waited for is said in words', () => {
  const words = (deferEvent: DeferEvent | null) => deferralWords({ deferUntil: later, deferEvent });
  expect(words(null)).toBe(`until ${later}`);
  expect(words({ kind: 'revision' })).toContain('its content is revised or another patch takes its place');
  expect(words({ kind: 'knownIssue', id: 'i1' })).toBe(`until known issue i1 is closed, at the latest ${later}`);
  expect(words({ kind: 'incident', id: 'c1' })).toContain('incident c1 is closed');
  expect(words({ kind: 'freeze', id: 'year-end' })).toContain('freeze year-end is over');
});
