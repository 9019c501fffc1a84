// I5: a rule approves only what is known to be harmless; a missing fact, or one that speaks against it, never does.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  automaticVerdict,
  ruleProofProblems,
  type AutomaticFacts,
  type RuleProof,
} from '../../domain/automaticApproval.js';
import type { AutomaticApprovals, AutomaticRule } from '../../domain/automaticPolicy.js';
import type { DecisionSubject } from '../../domain/decision.js';
import { minutesFrom, now, somePatch, someRequest } from '../support/facts.js';

const hours = (count: number) => minutesFrom(now, count * 60);
const rule: AutomaticRule = {
  id: 'quiet',
  categories: ['web', 'app'],
  classifications: ['security'],
  kinds: ['cumulative'],
  severityAtMost: 'moderate',
  releasedHoursMin: 72,
};
const policy: AutomaticApprovals = { rules: [rule], neverPatches: [], neverCategories: [] };
const base = someRequest().subject;
const subject: DecisionSubject = {
  ...base,
  unwind: 'ask',
  knownIssues: [],
  successor: null,
  equivalence: { threshold: 0.8, groups: [], without: [] },
  impact: {
    ...base.impact,
    orderProblems: [],
    rollback: { way: 'ask', minutes: { kind: 'unknown' }, impossible: null },
  },
};
const patch = somePatch({
  patchId: 'KB1',
  severity: 'moderate',
  severityByProduct: { '11923': 'low' },
  released: hours(-72),
});
const facts: AutomaticFacts = {
  patch,
  subject,
  tests: [{ runKey: subject.testRunKey, verdict: 'passed', byPerson: false }],
  knownIssues: 0,
  emergencies: 0,
  words: 0,
};
const gap = { machines: 1, words: 'no staging machine in the category' };
const exception = { vmId: 'v', vmName: 'v', exceptionId: 'e', by: 'sam', until: hours(9), reason: 'the only one' };

test('what is known to be harmless is approved, by the rule that says so', () => {
  expect(automaticVerdict(policy, facts, now)).toEqual({ kind: 'approved', rule });
  expect(automaticVerdict({ rules: [], neverPatches: [], neverCategories: [] }, facts, now).kind).toBe('notApproved');
});

const flaws: [string, (held: AutomaticFacts) => AutomaticFacts, string][] = [
  ['nobody knows the patch', (held) => ({ ...held, patch: null }), 'nobody knows the patch'],
  ['another patch', (held) => ({ ...held, patch: { ...patch, patchId: 'KB2' } }), 'nobody knows the patch'],
  ['exploited', (held) => patched(held, { exploited: true }), 'exploited'],
  ['disclosed', (held) => patched(held, { disclosed: true }), 'known to all'],
  ['flagged by its vendor', (held) => patched(held, { knownIssue: true }), 'known issue'],
  ['another class', (held) => patched(held, { classification: 'other' }), 'classified other'],
  ['another kind', (held) => patched(held, { kind: 'other' }), 'of kind other'],
  ['too severe', (held) => patched(held, { severity: 'important' }), 'more severe'],
  ['too severe for one product', (held) => patched(held, { severityByProduct: { a: 'critical' } }), 'more severe'],
  ['of unknown severity', (held) => patched(held, { severity: 'unknown' }), 'severity is not known'],
  [
    'unknown for one product',
    (held) => patched(held, { severityByProduct: { a: 'unknown' } }),
    'severity is not known',
  ],
  ['too young', (held) => patched(held, { released: minutesFrom(hours(-72), 1) }), 'less than 72 hours'],
  ['of no date', (held) => patched(held, { released: null }), 'since when'],
  ['of a date that is none', (held) => patched(held, { released: 'soon' }), 'since when'],
  ['a known issue that opened', (held) => ({ ...held, knownIssues: 1 }), 'known issue'],
  [
    'a known issue that is shown',
    (held) => about(held, { knownIssues: [{ issueId: 'i', text: 't', url: null }] }),
    'known issue',
  ],
  ['no word on known issues', (held) => without(held, 'knownIssues'), 'known issue'],
  ['a successor', (held) => about(held, { successor: 'KB9' }), 'taken its place'],
  ['no word on successors', (held) => without(held, 'successor'), 'taken its place'],
  ['no test', (held) => ({ ...held, tests: [] }), 'nothing is known of its test'],
  ['the test of another run', (held) => tested(held, { runKey: 'other' }), 'nothing is known of its test'],
  ['a test that failed', (held) => tested(held, { verdict: 'failed' }), 'failed'],
  ['a test that said nothing', (held) => tested(held, { verdict: 'inconclusive' }), 'said nothing'],
  ['a test that a person judged', (held) => tested(held, { byPerson: true }), 'judged by a person'],
  [
    'a failed one before',
    (held) => ({ ...held, tests: [...held.tests, { runKey: 'r', verdict: 'failed', byPerson: false }] }),
    'failed',
  ],
  ['tested as another verdict', (held) => about(held, { testVerdict: 'inconclusive' }), 'did not pass'],
  ['tested without it', (held) => about(held, { testedSet: ['KB2'] }), 'did not pass'],
  ['an exception', (held) => about(held, { exceptions: [exception] }), 'exception'],
  [
    'a machine without an equivalent',
    (held) => about(held, { equivalence: { threshold: 1, groups: [], without: [gap] } }),
    'no equivalent',
  ],
  ['no word on equivalence', (held) => without(held, 'equivalence'), 'no equivalent'],
  ['a swap of disks', (held) => about(held, { unwind: 'restorePoint' }), 'swaps disks'],
  [
    'no word on the way back',
    (held) => about(held, { impact: { ...held.subject.impact, rollback: undefined } }),
    'way back costs',
  ],
  [
    'an edited impact',
    (held) => about(held, { impact: { ...held.subject.impact, edits: [edit] } }),
    'edited its impact',
  ],
  ['a word of somebody', (held) => ({ ...held, words: 1 }), 'people had a word'],
  ['an emergency', (held) => ({ ...held, emergencies: 1 }), 'emergency'],
  ['no machine', (held) => about(held, { vmIds: [] }), 'no machine'],
  ['another category', (held) => about(held, { category: 'db' }), 'no rule of policy'],
];
const edit = { by: 'sam', at: now, vm: null, downtimeMinutes: 5, note: null, reason: 'it takes longer' };
const patched = (held: AutomaticFacts, change: Partial<typeof patch>): AutomaticFacts =>
  held.patch === null ? held : { ...held, patch: { ...held.patch, ...change } };
const about = (held: AutomaticFacts, change: Partial<DecisionSubject>): AutomaticFacts => ({
  ...held,
  subject: { ...held.subject, ...change },
});
const tested = (held: AutomaticFacts, change: Partial<AutomaticFacts['tests'][0]>): AutomaticFacts => ({
  ...held,
  tests: held.tests.map((one) => ({ ...one, ...change })),
});
function without(held: AutomaticFacts, name: keyof DecisionSubject): AutomaticFacts {
  const { [name]: _, ...rest } = held.subject;
  return { ...held, subject: rest as DecisionSubject };
}

test.each(flaws)('%s: people decide', (_, flaw, words) => {
  const verdict = automaticVerdict(policy, flaw(facts), now);
  expect(verdict.kind === 'notApproved' ? verdict.reasons.join('; ') : '').toContain(words);
});

test('any flaws together approve nothing either, under any further rules for what was named', () => {
  const wide = fc.record({
    severityAtMost: fc.constantFrom('low' as const, 'moderate' as const, 'important' as const),
    releasedHoursMin: fc.integer({ min: 72, max: 500 }),
  });
  fc.assert(
    fc.property(fc.subarray(flaws, { minLength: 1 }), fc.array(wide, { maxLength: 3 }), (some, others) => {
      const rules = [
        rule,
        ...others.map((one, place) => ({ ...rule, ...one, id: `r${place}`, severityAtMost: 'moderate' as const })),
      ];
      const flawed = some.reduce((held, [, flaw]) => flaw(held), facts);
      expect(automaticVerdict({ ...policy, rules }, flawed, now).kind).toBe('notApproved');
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['the patch', { neverPatches: ['KB1'] }],
  ['the category', { neverCategories: ['web'] }],
])('what policy names as never is never approved: %s', (_, never) => {
  expect(automaticVerdict({ ...policy, ...never }, facts, now).kind).toBe('notApproved');
});

test('it stands while its facts approve by its rule, policy holds that rule, and nothing speaks against it now', () => {
  const { subject: _, ...kept } = facts;
  const proof: RuleProof = { rule, policySeq: 3, policyVersion: 'p', facts: kept, at: now };
  const later = hours(500);
  expect(ruleProofProblems(proof, policy, facts, later)).toEqual([]);
  expect(ruleProofProblems(proof, { ...policy, rules: [] }, facts, later).join()).toContain(
    'holds the rule quiet of policy 3 no longer',
  );
  expect(ruleProofProblems(proof, { ...policy, rules: [{ ...rule, releasedHoursMin: 1 }] }, facts, later)).toHaveLength(
    1,
  );
  expect(ruleProofProblems(proof, { ...policy, neverPatches: ['KB1'] }, facts, later)).toHaveLength(1);
  for (const [, flaw] of flaws.filter(([name]) => !name.startsWith('too young')))
    expect(ruleProofProblems(proof, policy, flaw(facts), later).length).toBeGreaterThan(0);
  // Somebody wrote a proof that is none.
  const forged = { ...proof, facts: { ...kept, tests: [] } };
  expect(ruleProofProblems(forged, policy, facts, later).join()).toContain('did not approve it');
});
