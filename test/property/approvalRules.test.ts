// I1, I5, I6: over random orders of words, an approval is complete only by enough different people of each step, in turn, none of whom asked.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ApprovalStep } from '../../domain/approvalPath.js';
import {
  isComplete,
  momentsOf,
  placeOf,
  standingOf,
  stepsLeft,
  stricterOf,
  type Vote,
  type Voter,
  type VotingFacts,
} from '../../domain/approvalRules.js';
import { minutesFrom, now } from '../support/facts.js';

const names = ['riley', 'sam', 'kim', 'alex', 'lee', 'mo'];
const roles = ['changeManager', 'sre', 'auditor'];
const mailOf = (name: string) => `${name}@patchline.example`;

const group = fc.record({
  roles: fc.subarray(roles),
  people: fc.subarray(names, { maxLength: 2 }),
  owners: fc.boolean(),
});
const step = fc.record({
  who: group,
  quorum: fc.integer({ min: 1, max: 3 }),
  escalation: fc.constant(null),
  fallback: fc.option(fc.record({ afterMinutes: fc.integer({ min: 1, max: 60 }), who: group })),
});
const steps = fc
  .array(step, { minLength: 1, maxLength: 3 })
  .map((all): ApprovalStep[] => all.map((one, index) => ({ ...one, name: `step${index}` })));
const people = fc
  .tuple(...names.map((name) => fc.subarray(roles).map((held): Voter => ({ name, mail: mailOf(name), roles: held }))))
  .map((all): Voter[] => all);
const verdict = fc.constantFrom(
  'approve' as const,
  'approve' as const,
  'approve' as const,
  'reject' as const,
  'defer' as const,
);
const words = fc.array(fc.record({ by: fc.constantFrom(...names, 'nobody'), verdict, wait: fc.nat(40) }), {
  maxLength: 25,
});
const stories = fc.record({
  steps,
  people,
  words,
  owners: fc.subarray(names.map(mailOf)),
  excluded: fc.subarray(names, { maxLength: 2 }),
});

interface Told {
  facts: VotingFacts;
  end: 'waiting' | 'approve' | 'reject' | 'defer';
}

/** Takes words as the store does: one after another, each judged by those before it; nothing after the end. */
function tell({ words: said, ...rest }: typeof stories extends fc.Arbitrary<infer T> ? T : never): Told {
  const facts: VotingFacts = { ...rest, votes: [], openedAt: now };
  let at = now;
  for (const { by, verdict: word, wait } of said) {
    at = minutesFrom(at, wait);
    const place = placeOf(facts, by, word, at);
    if (place.kind === 'refused') {
      expect(place.reasons.length).toBeGreaterThan(0);
      continue;
    }
    facts.votes = [...facts.votes, { by, verdict: word, at }];
    if (place.complete) return { facts, end: word };
  }
  return { facts, end: 'waiting' };
}

test('complete is what each step has enough different people for, who may decide there and had no hand in it', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { facts, end } = tell(story);
      const standing = standingOf(facts);
      expect(isComplete(standing)).toBe(end === 'approve');
      const counted = standing.flatMap((one) => one.by);
      expect(new Set(counted).size).toBe(counted.length);
      for (const name of counted) {
        expect(facts.excluded).not.toContain(name);
        expect(facts.people.some((one) => one.name === name)).toBe(true);
      }
      for (const [index, one] of standing.entries()) {
        expect(one.by.length).toBeLessThanOrEqual(facts.steps[index]?.quorum ?? 0);
        if (end === 'approve') expect(one.by).toHaveLength(facts.steps[index]?.quorum ?? -1);
        // In turn: nothing counts at a step whose predecessors were not complete before.
        const before = standing.slice(0, index);
        if (one.by.length > 0) expect(before.every((held) => held.completeAt !== null)).toBe(true);
      }
      expect(stepsLeft(standing, facts.steps).length === 0).toBe(end === 'approve');
    }),
    { numRuns: 2000 },
  );
});

test('whoever asked, is unknown, or has approved already never counts, whatever came before', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { facts } = tell(story);
      const at = minutesFrom(now, 10_000);
      for (const by of [
        ...facts.excluded,
        'nobody',
        ...facts.votes.filter((one) => one.verdict === 'approve').map((one) => one.by),
      ])
        expect(placeOf(facts, by, 'approve', at).kind).toBe('refused');
    }),
    { numRuns: 500 },
  );
});

test('silence, time and the loss of roles complete nothing; more votes never hurt those that count', () => {
  fc.assert(
    fc.property(stories, fc.subarray(names), (story, lost) => {
      const { facts, end } = tell(story);
      fc.pre(end !== 'approve');
      const later = facts.people.map((one) => (lost.includes(one.name) ? { ...one, roles: [] } : one));
      expect(isComplete(standingOf(facts))).toBe(false);
      expect(isComplete(standingOf({ ...facts, people: facts.people.filter((one) => !lost.includes(one.name)) }))).toBe(
        false,
      );
      expect(
        standingOf({ ...facts, people: later })
          .flatMap((one) => one.by)
          .every((name) => !facts.excluded.includes(name)),
      ).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('the stricter of two rules lets through only what both do, and is complete only when both are', () => {
  fc.assert(
    fc.property(stories, steps, fc.constantFrom(...names), (story, others, by) => {
      const { facts } = tell(story);
      const at = minutesFrom(now, 10_000);
      const places = [placeOf(facts, by, 'approve', at), placeOf({ ...facts, steps: others }, by, 'approve', at)];
      const both = stricterOf(places);
      expect(both.kind === 'counts').toBe(places.every((one) => one.kind === 'counts'));
      if (both.kind === 'counts')
        expect(both.complete).toBe(places.every((one) => one.kind === 'counts' && one.complete));
    }),
  );
  expect(stricterOf([]).kind).toBe('refused');
});

const board: ApprovalStep[] = [
  {
    name: 'security',
    who: { roles: ['sre'], people: [], owners: false },
    quorum: 1,
    escalation: { afterMinutes: 30, to: { roles: ['auditor'], people: [], owners: false } },
    fallback: { afterMinutes: 60, who: { roles: [], people: ['alex'], owners: false } },
  },
  { name: 'owner', who: { roles: [], people: [], owners: true }, quorum: 1, escalation: null, fallback: null },
  {
    name: 'board',
    who: { roles: ['changeManager'], people: [], owners: false },
    quorum: 2,
    escalation: null,
    fallback: null,
  },
];
const staff: Voter[] = [
  { name: 'sam', mail: mailOf('sam'), roles: ['sre'] },
  { name: 'alex', mail: mailOf('alex'), roles: ['auditor'] },
  { name: 'lee', mail: mailOf('lee'), roles: ['viewer'] },
  { name: 'riley', mail: mailOf('riley'), roles: ['changeManager'] },
  { name: 'mo', mail: mailOf('mo'), roles: ['changeManager'] },
];
const approved = (by: string, minutes: number): Vote => ({ by, verdict: 'approve', at: minutesFrom(now, minutes) });
const facing = (votes: Vote[]): VotingFacts => ({
  steps: board,
  votes,
  people: staff,
  owners: [mailOf('lee')],
  excluded: ['kim'],
  openedAt: now,
});

test.each([
  ['security first', [], 'sam', 1, 'security', false],
  ['the fallback when it is time', [], 'alex', 60, 'security', false],
  ['then an owner', [approved('sam', 1)], 'lee', 2, 'owner', false],
  ['then one of the board', [approved('sam', 1), approved('lee', 2)], 'riley', 3, 'board', false],
  ['then the other', [approved('sam', 1), approved('lee', 2), approved('riley', 3)], 'mo', 4, 'board', true],
])('%s', (_name, votes, by, minutes, name, complete) => {
  expect(placeOf(facing(votes), by, 'approve', minutesFrom(now, minutes))).toEqual({
    kind: 'counts',
    step: name,
    complete,
  });
});

test.each([
  ['the board before its turn', [], 'riley', 1, 'it is the turn of security: 1 of 1 approval is missing, of role sre'],
  ['the fallback too early', [], 'alex', 59, 'alex is none of those who may decide'],
  [
    'one of the board twice',
    [approved('sam', 1), approved('lee', 2), approved('riley', 3)],
    'riley',
    4,
    'nobody counts twice',
  ],
  ['who asked', [], 'kim', 1, 'is not a person'],
])('%s is refused', (_name, votes, by, minutes, reason) => {
  expect(placeOf(facing(votes), by, 'approve', minutesFrom(now, minutes))).toEqual({
    kind: 'refused',
    reasons: [expect.stringContaining(reason)],
  });
});

test('anybody who may decide ends it by a rejection, out of turn and after an approval of their own', () => {
  expect(placeOf(facing([]), 'mo', 'reject', now)).toMatchObject({ kind: 'counts', complete: true });
  expect(placeOf(facing([approved('sam', 1)]), 'sam', 'reject', minutesFrom(now, 2))).toMatchObject({ complete: true });
});

test('who lost the role counts no longer: the step waits again, and later ones keep theirs', () => {
  const votes = [approved('sam', 1), approved('lee', 2), approved('riley', 3)];
  const people = staff.map((one) => (one.name === 'sam' ? { ...one, roles: [] } : one));
  const standing = standingOf({ ...facing(votes), people });
  expect(standing.map((one) => one.by)).toEqual([[], ['lee'], ['riley']]);
  expect(placeOf({ ...facing(votes), people }, 'mo', 'approve', minutesFrom(now, 4)).kind).toBe('refused');
});

test('what waits too long is told when it is due, at the step whose turn it is', () => {
  const at = (votes: Vote[], minutes: number) => {
    const { due, nextAt } = momentsOf(board, standingOf(facing(votes)), minutesFrom(now, minutes));
    return [due.map((one) => one.kind), nextAt];
  };
  expect(at([], 0)).toEqual([[], minutesFrom(now, 30)]);
  expect(at([], 30)).toEqual([['escalation'], minutesFrom(now, 60)]);
  expect(at([], 60)).toEqual([['escalation', 'fallback'], null]);
  expect(at([approved('sam', 40)], 60)).toEqual([[], null]);
});
