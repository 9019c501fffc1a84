// I1, I5, I6: over random orders of words, an approval is complete only by enough different people of each step, in turn, none of whom asked.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ApprovalStep } from '../../domain/approvalPath.js';
import {
  isComplete,
  mayDecideAt,
  momentsOf,
  placeOf,
  standingOf,
  stepsLeft,
  stricterOf,
  type Vote,
  type Voter,
  type VotingFacts,
} from '../../domain/approvalRules.js';
import type { KeptDelegation } from '../../domain/delegation.js';
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
  barred: fc
    .subarray(names, { maxLength: 2 })
    .map((all) => all.map((name) => ({ name, why: 'requested this change' }))),
});

interface Told {
  facts: VotingFacts;
  end: 'waiting' | 'approve' | 'reject' | 'defer';
}

/** Takes words as the store does: one after another, each judged by those before it; nothing after the end. */
function tell({ words: said, ...rest }: typeof stories extends fc.Arbitrary<infer T> ? T : never): Told {
  const facts: VotingFacts = { ...rest, votes: [], delegations: [], category: 'web', openedAt: now };
  let at = now;
  for (const { by, verdict: word, wait } of said) {
    at = minutesFrom(at, wait);
    const place = placeOf(facts, { by, verdict: word }, at);
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
        expect(facts.barred.map((one) => one.name)).not.toContain(name);
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
        ...facts.barred.map((one) => one.name),
        'nobody',
        ...facts.votes.filter((one) => one.verdict === 'approve').map((one) => one.by),
      ])
        expect(placeOf(facts, { by, verdict: 'approve' }, at).kind).toBe('refused');
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
          .every((name) => !facts.barred.some((one) => one.name === name)),
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
      const places = [
        placeOf(facts, { by, verdict: 'approve' }, at),
        placeOf({ ...facts, steps: others }, { by, verdict: 'approve' }, at),
      ];
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
  barred: [{ name: 'kim', why: 'requested this change' }],
  delegations: [],
  category: 'web',
  openedAt: now,
});

test.each([
  ['security first', [], 'sam', 1, 'security', false],
  ['the fallback when it is time', [], 'alex', 60, 'security', false],
  ['then an owner', [approved('sam', 1)], 'lee', 2, 'owner', false],
  ['then one of the board', [approved('sam', 1), approved('lee', 2)], 'riley', 3, 'board', false],
  ['then the other', [approved('sam', 1), approved('lee', 2), approved('riley', 3)], 'mo', 4, 'board', true],
])('%s', (_name, votes, by, minutes, name, complete) => {
  expect(placeOf(facing(votes), { by, verdict: 'approve' }, minutesFrom(now, minutes))).toEqual({
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
  expect(placeOf(facing(votes), { by, verdict: 'approve' }, minutesFrom(now, minutes))).toEqual({
    kind: 'refused',
    reasons: [expect.stringContaining(reason)],
  });
});

test('anybody who may decide ends it by a rejection, out of turn and after an approval of their own', () => {
  expect(placeOf(facing([]), { by: 'mo', verdict: 'reject' }, now)).toMatchObject({ kind: 'counts', complete: true });
  expect(placeOf(facing([approved('sam', 1)]), { by: 'sam', verdict: 'reject' }, minutesFrom(now, 2))).toMatchObject({
    complete: true,
  });
});

test('who lost the role counts no longer: the step waits again, and later ones keep theirs', () => {
  const votes = [approved('sam', 1), approved('lee', 2), approved('riley', 3)];
  const people = staff.map((one) => (one.name === 'sam' ? { ...one, roles: [] } : one));
  const standing = standingOf({ ...facing(votes), people });
  expect(standing.map((one) => one.by)).toEqual([[], ['lee'], ['riley']]);
  expect(placeOf({ ...facing(votes), people }, { by: 'mo', verdict: 'approve' }, minutesFrom(now, 4)).kind).toBe(
    'refused',
  );
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

const delegation = (delegator: string, delegate: string, from = 0, until = 1000): KeptDelegation => ({
  delegationId: `${delegator}-${delegate}`,
  delegator,
  delegate,
  category: null,
  reason: 'away until Monday',
  at: now,
  from: minutesFrom(now, from),
  until: minutesFrom(now, until),
  signature: 's',
  revokedAt: null,
  revokedBy: null,
  revokeReason: null,
});
const delegations = fc
  .array(
    fc
      .record({
        delegator: fc.constantFrom(...names),
        delegate: fc.constantFrom(...names),
        from: fc.nat(100),
        length: fc.integer({ min: 1, max: 300 }),
        revoked: fc.option(fc.nat(300)),
      })
      .map(
        ({ delegator, delegate, from, length, revoked }): KeptDelegation => ({
          ...delegation(delegator, delegate, from, from + length),
          revokedAt: revoked === null ? null : minutesFrom(now, revoked),
        }),
      ),
    { maxLength: 8 },
  )
  .map((all) => all.filter((one) => one.delegator !== one.delegate));
const spoken = fc.array(
  fc.record({ by: fc.constantFrom(...names), onBehalfOf: fc.option(fc.constantFrom(...names)), wait: fc.nat(40) }),
  { maxLength: 25 },
);

test('I6: a delegate and whoever it speaks for count as one, only while it stands, by rights of the delegator alone', () => {
  let counting = 0;
  fc.assert(
    fc.property(stories, delegations, spoken, ({ words: _words, ...rest }, held, said) => {
      const facts: VotingFacts = { ...rest, votes: [], delegations: held, category: 'web', openedAt: now };
      let at = now;
      for (const { by, onBehalfOf, wait } of said) {
        at = minutesFrom(at, wait);
        const place = placeOf(facts, { by, onBehalfOf, verdict: 'approve' }, at);
        if (place.kind === 'refused') continue;
        facts.votes = [...facts.votes, { by, onBehalfOf, verdict: 'approve', at }];
        if (onBehalfOf !== null) counting += 1;
        if (place.complete) break;
      }
      const persons = facts.votes.flatMap((vote) =>
        (vote.onBehalfOf ?? null) === null ? [vote.by] : [vote.by, vote.onBehalfOf],
      );
      expect(new Set(persons).size).toBe(persons.length);
      for (const vote of facts.votes) {
        const right = facts.people.find((one) => one.name === (vote.onBehalfOf ?? vote.by));
        // No right that was handed on is handed on again: the delegator's own is what counts.
        expect(
          right !== undefined &&
            facts.steps.some((one) => mayDecideAt(one, facts.openedAt, right, facts.owners, vote.at)),
        ).toBe(true);
        expect(persons.some((name) => facts.barred.some((one) => one.name === name))).toBe(false);
        if ((vote.onBehalfOf ?? null) === null) continue;
        expect(
          held.some(
            (one) =>
              one.delegate === vote.by &&
              one.delegator === vote.onBehalfOf &&
              one.from <= vote.at &&
              vote.at < one.until &&
              (one.revokedAt === null || vote.at < one.revokedAt),
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
  expect(counting).toBeGreaterThan(50);
});

test.each([
  ['for somebody who delegated it', 'alex', 'sam', [delegation('sam', 'alex')], null],
  ['for somebody who did not', 'alex', 'sam', [], 'alex holds no delegation of sam for web that stands'],
  ['the other way round', 'sam', 'riley', [delegation('sam', 'riley')], 'sam holds no delegation of riley'],
  ['before it begins', 'alex', 'sam', [delegation('sam', 'alex', 2)], 'holds no delegation of sam'],
  ['when it is over', 'alex', 'sam', [delegation('sam', 'alex', -9, 1)], 'holds no delegation of sam'],
  ['for another category', 'alex', 'sam', [{ ...delegation('sam', 'alex'), category: 'app' }], 'holds no delegation'],
  ['handed on', 'lee', 'sam', [delegation('sam', 'alex'), delegation('alex', 'lee')], 'lee holds no delegation of sam'],
  [
    'handed on as theirs',
    'lee',
    'alex',
    [delegation('sam', 'alex'), delegation('alex', 'lee')],
    'alex is none of those',
  ],
  [
    'for whoever asked',
    'alex',
    'mo',
    [delegation('mo', 'alex')],
    'mo requested this change and cannot approve it, and alex cannot for mo',
  ],
  ['by whoever asked', 'mo', 'sam', [delegation('sam', 'mo')], 'mo requested this change'],
  ['without saying for whom', 'alex', null, [delegation('sam', 'alex')], 'say for whom, with --for sam'],
])('a word %s', (_name, by, onBehalfOf, held, reason) => {
  const facts = { ...facing([]), delegations: held, barred: [{ name: 'mo', why: 'requested this change' }] };
  const place = placeOf(facts, { by, onBehalfOf, verdict: 'approve' }, minutesFrom(now, 1));
  if (reason === null) expect(place).toEqual({ kind: 'counts', step: 'security', complete: false });
  else expect(place.kind === 'refused' ? place.reasons.join('; ') : place.kind).toContain(reason);
});

test('nobody gets two of a quorum by a delegation, in whatever order', () => {
  const first = [approved('sam', 1), approved('lee', 2)];
  const held = [delegation('riley', 'mo'), delegation('mo', 'riley')];
  const place = (votes: Vote[], by: string, onBehalfOf: string | null) =>
    placeOf(
      { ...facing([...first, ...votes]), delegations: held },
      { by, onBehalfOf, verdict: 'approve' },
      minutesFrom(now, 5),
    );
  expect(place([], 'mo', 'riley')).toMatchObject({ kind: 'counts', complete: false });
  const given = [{ ...approved('mo', 3), onBehalfOf: 'riley' }];
  for (const [by, whose] of [
    ['mo', null],
    ['riley', null],
    ['riley', 'mo'],
    ['mo', 'riley'],
  ] as const)
    expect(place(given, by, whose)).toMatchObject({ kind: 'refused' });
  for (const [by, whose] of [
    ['mo', 'riley'],
    ['riley', 'mo'],
  ] as const)
    expect(place([approved('mo', 3)], by, whose)).toMatchObject({ kind: 'refused' });
  // Two people, each by a right of their own.
  expect(place([approved('mo', 3)], 'riley', null)).toMatchObject({ kind: 'counts', complete: true });
});
