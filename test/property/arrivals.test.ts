// I1, I5, I7, I9: a machine that comes later gets what it joins by the rule that was signed, in the state that was tested, and nothing else; it costs
// nobody anything that was signed by name.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrivalsMax, signedArrivals } from '../../domain/arrivalRule.js';
import {
  afterPlanning,
  arrivalProblems,
  judgeArrivals,
  type ArrivalDecision,
  type ArrivalFacts,
} from '../../domain/arrivals.js';
import { planManifest, type ManifestInput } from '../../domain/manifest.js';
import { exceptionRing } from '../../domain/ring.js';
import { arrivalRule, beside, cumulative, someArrival, someArrivalDecision, someMatch } from '../support/arrivals.js';
import { now, someVm } from '../support/facts.js';

const twin = someArrival().twin;
if (twin === null) throw new Error('a twin is there');
const { arrivals: _signed, ...unsigned } = someArrivalDecision().subject;

/** Each of them alone keeps every machine out. */
const wrongDecisions: [string, Partial<ArrivalDecision>][] = [
  ['what was signed lets nobody join', { subject: unsigned }],
  ['nobody signed that machines may join', { byRule: true }],
  ['policy lets nobody join any more', { rule: null }],
  ['in no other', { ring: 'canary' }],
  ['an emergency opens what was signed', { isEmergency: true }],
  ['was planned before it came', { wasPlanned: true }],
  ['the culprit of its test is looked for', { isIsolating: true }],
  ['nobody knows KB2 any more', { tested: [cumulative] }],
  ['nobody knows KB1 any more', { tested: [beside] }],
];

/** Each of them alone keeps the machine out. */
const wrongMachines: [string, (facts: ArrivalFacts) => Partial<ArrivalFacts>][] = [
  ['it did not come after', ({ vm }) => ({ vm: { ...vm, placedAt: now } })],
  ['nobody knows when it came', ({ vm }) => ({ vm: { ...vm, placedAt: null } })],
  ['it is gone', ({ vm }) => ({ vm: { ...vm, goneAt: now } })],
  ['policy puts it into app', () => ({ category: 'app' })],
  ['policy puts it into no category', () => ({ category: null })],
  [
    'not production for certain',
    () => ({ environment: { environment: 'production', reason: 'no rule names it', isCertain: false } }),
  ],
  [
    'not production for certain',
    () => ({ environment: { environment: 'staging', reason: 'a rule', isCertain: true } }),
  ],
  ['a waiver', () => ({ waived: 'a waiver until next month' })],
  ['was rejected', () => ({ rejected: ['KB2 for app was rejected by riley'] })],
  ['nobody knows what it misses', () => ({ needs: null })],
  ['it does not miss KB1', () => ({ needs: ['KB2'] })],
  ['it misses more than was tested: KB3', () => ({ needs: ['KB1', 'KB2', 'KB3'] })],
  ['it has what web-stg-01 had not when it was tested: KB4', () => ({ twin: { ...twin, needs: ['KB4'] } })],
  ['no staging machine carried the test', () => ({ twin: null })],
  [
    'nothing that was tested is like it',
    () => ({ twin: { ...twin, match: someMatch({ stands: false, score: 0.5 }) } }),
  ],
  ['is no longer as it was tested: it got KB7', () => ({ twin: { ...twin, changedSince: ['it got KB7'] } })],
  ['nobody knows what web-stg-01 misses', () => ({ twin: { ...twin, needs: null } })],
  ['nobody knows its build', ({ vm }) => ({ vm: { ...vm, osVersion: null } })],
  ['nobody knows its build', () => ({ twin: { ...twin, build: null } })],
  ['it would come to build 10.0.20348.4297', () => ({ twin: { ...twin, build: '10.0.20348.4171' } })],
  ['it would come to build 10.0.20348.9999', ({ vm }) => ({ vm: { ...vm, osVersion: '10.0.20348.9999' } })],
];

describe('a machine that comes later', () => {
  test('joins where the rule was signed and nothing speaks against it', () => {
    expect(arrivalProblems(someArrivalDecision(), someArrival())).toEqual([]);
    const [verdict] = judgeArrivals(someArrivalDecision(), [someArrival()]);
    expect(verdict).toMatchObject({ joins: true, vmId: 'vm-9', patchId: 'KB1' });
    expect(verdict?.reasons.join()).toContain('rule fresh was signed; web-stg-01 was tested and is like it');
  });

  test.each(wrongDecisions)('does not: %s', (words, change) => {
    const [verdict] = judgeArrivals(someArrivalDecision(change), [someArrival()]);
    expect(verdict).toMatchObject({ joins: false, reasons: [expect.stringContaining(words)] });
  });

  test.each(wrongMachines)('does not: %s', (words, change) => {
    const [verdict] = judgeArrivals(someArrivalDecision(), [{ ...someArrival(), ...change(someArrival()) }]);
    expect(verdict?.joins).toBe(false);
    expect(verdict?.reasons.join()).toContain(words);
  });

  test('that was signed by name is no arrival', () => {
    expect(arrivalProblems(someArrivalDecision(), someArrival('vm-2'))).toEqual(['it was signed by name']);
  });

  test('misses besides what its twin misses as well, and joins; of Linux no build is asked for', () => {
    const both = { needs: ['KB1', 'KB2', 'KB8'], twin: { ...twin, needs: ['KB8'] } };
    expect(arrivalProblems(someArrivalDecision(), someArrival('vm-9', 0, both))).toEqual([]);
    const linux = { vm: { ...someArrival().vm, osType: 'linux' as const, osVersion: null } };
    expect(arrivalProblems(someArrivalDecision(), someArrival('vm-9', 0, linux))).toEqual([]);
  });

  test('joins a second run of its ring when it joined the first, and not over the number that policy allows by now', () => {
    const again = someArrivalDecision({ wasPlanned: true, joined: ['vm-8', 'vm-9'] });
    const joins = (decision: ArrivalDecision) =>
      judgeArrivals(decision, [someArrival('vm-9'), someArrival('vm-8', 5)]).flatMap((one) =>
        one.joins ? [one.vmId] : [],
      );
    expect(joins(again).toSorted()).toEqual(['vm-8', 'vm-9']);
    expect(joins({ ...again, rule: { ...arrivalRule, machinesMax: 1 } })).toEqual(['vm-8']);
  });
});

describe('what is signed', () => {
  const rings = [
    { name: 'canary', vmIds: ['a'] },
    { name: 'broad', vmIds: ['b', 'c', 'd'] },
    { name: exceptionRing, vmIds: ['e'] },
  ];
  const asked = { category: 'web', vmIds: ['a', 'b', 'c', 'd', 'e'], testedSet: ['KB1', 'KB2'], rings };

  test('says who may join, until when, from which state, and how many', () => {
    const rule = { ...arrivalRule, percentMax: 40 };
    expect(signedArrivals([rule], asked)).toEqual({
      ruleId: 'fresh',
      ring: 'broad',
      machinesMax: 2,
      words:
        'Machines that join web before ring broad is planned, and miss no more than KB1 + KB2 from the same state as was tested, may join it in that ring: 2 machines at most (rule fresh)',
    });
  });

  test.each([
    ['policy has no rule', [], asked],
    ['the rule is for another category', [{ ...arrivalRule, categories: ['app'] }], asked],
    ['the share is less than one machine', [{ ...arrivalRule, percentMax: 19 }], asked],
    ['no ring would go before them', [arrivalRule], { ...asked, rings: [{ name: 'broad', vmIds: ['a'] }] }],
    [
      'only an exception would follow a canary',
      [arrivalRule],
      { ...asked, rings: [rings[0], { name: 'broad', vmIds: [] }, rings[2]].flatMap((one) => one ?? []) },
    ],
  ])('is nothing where %s', (_, rules, about) => {
    expect(signedArrivals(rules, about)).toBeNull();
  });

  test('is never more than the count nor than the share', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 100 }), fc.nat(400), (machinesMax, percentMax, machines) => {
        const most = arrivalsMax({ ...arrivalRule, machinesMax, percentMax }, machines);
        expect(most).toBeLessThanOrEqual(machinesMax);
        expect(most * 100).toBeLessThanOrEqual(machines * percentMax);
      }),
    );
  });
});

interface Drawn {
  /** What is wrong with each arrival, by place in the list above. */
  arrivals: number[][];
  /** What is wrong with the decision. */
  decision: number[];
  machinesMax: number;
  passed: string[][];
  needs: Record<string, string[]>;
  stale: string[];
  subsetAllowed: boolean;
}

const seldom = (most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(most - 1), { minLength: 1, maxLength: 2 }) },
  );
const machines = ['vm-1', 'vm-2', 'vm-3', 'new-0', 'new-1', 'new-2', 'new-3', 'new-4'];
const drawn: fc.Arbitrary<Drawn> = fc.record({
  arrivals: fc.array(seldom(wrongMachines.length), { maxLength: 5 }),
  decision: seldom(wrongDecisions.length),
  machinesMax: fc.integer({ min: 1, max: 4 }),
  passed: fc.array(fc.subarray(['KB1', 'KB2'], { minLength: 1 }), { maxLength: 2 }),
  needs: fc.dictionary(fc.constantFrom(...machines), fc.subarray(['KB1', 'KB2'])),
  stale: fc.subarray(machines),
  subsetAllowed: fc.boolean(),
});

/** KB1 lets machines join; KB2 was signed for some of them by name, and lets nobody join. */
function planned({ arrivals, decision, machinesMax, passed, needs, stale, subsetAllowed }: Drawn) {
  const rule = { ...arrivalRule, machinesMax };
  const facts = arrivals.map((wrong, place) =>
    wrong.reduce((one, index) => ({ ...one, ...wrongMachines[index]?.[1](one) }), someArrival(`new-${place}`, place)),
  );
  const right = someArrivalDecision({ rule });
  const judged = decision.reduce((one, index) => ({ ...one, ...wrongDecisions[index]?.[1] }), right);
  const verdicts = judgeArrivals(judged, facts);
  const joining = new Set(verdicts.filter((one) => one.joins).map((one) => one.vmId));
  const enrolment = (patchId: string, vmIds: string[]) => ({
    patchId,
    kb: patchId.slice(2),
    vmIds,
    passedSets: passed,
    tested: [],
    refusal: null,
  });
  const byName = [enrolment('KB1', ['vm-1', 'vm-2', 'vm-3']), enrolment('KB2', ['vm-1', 'vm-2', 'new-0'])] as const;
  const input: ManifestInput = {
    enrolments: [...byName],
    vms: machines.map((vmId) => someVm({ vmId, name: vmId })),
    needs: Object.fromEntries(
      machines.map((vmId) => [vmId, (needs[vmId] ?? ['KB1', 'KB2']).map((patchId) => ({ patchId, packages: [] }))]),
    ),
    stale: Object.fromEntries(stale.map((vmId) => [vmId, 'its guest never answered'])),
    subsetAllowed,
  };
  const without = planManifest(input);
  const plan = planManifest({ ...input, enrolments: [{ ...byName[0], joining }, byName[1]] });
  return { facts, verdicts, joining, without, plan, max: machinesMax, after: afterPlanning(verdicts, plan.left) };
}

describe('any fleet, any rule, any arrivals', () => {
  test('join exactly where nothing speaks against it, the first to come first, and never more than were signed', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { joining, verdicts, facts, max } = planned(one);
        const fit = facts.filter((_, place) => one.decision.length + (one.arrivals[place]?.length ?? 0) === 0);
        expect([...joining]).toEqual(fit.slice(0, Math.min(max, 3)).map(({ vm }) => vm.vmId));
        expect(verdicts).toHaveLength(facts.length);
        expect(verdicts.every((verdict) => verdict.reasons.join() !== '')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('nothing is planned beyond the signed machines and those that joined; what they join goes whole', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { plan, joining } = planned(one);
        for (const { vmId, patches } of plan.machines) {
          const ids = patches.map((patch) => patch.patchId);
          if (ids.includes('KB1')) expect(vmId.startsWith('vm-') || joining.has(vmId)).toBe(true);
          if (ids.includes('KB2')) expect(['vm-1', 'vm-2', 'new-0']).toContain(vmId);
          if (!vmId.startsWith('new-') || !ids.includes('KB1')) continue;
          expect(one.passed.some((set) => set.length === ids.length && ids.every((id) => set.includes(id)))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('cost nobody what was signed by name, hold nothing up, and are all accounted for', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { plan, without, after, verdicts } = planned(one);
        const rowsOf = (held: typeof plan) =>
          held.machines.flatMap(({ vmId, patches }) => patches.map(({ patchId }) => ({ vmId, patchId })));
        expect(rowsOf(plan)).toEqual(expect.arrayContaining(rowsOf(without)));
        // An arrival that was left out is told by its verdict, and is in no row that somebody waits for.
        expect(after.left.some(({ vmId, patchId }) => patchId === 'KB1' && vmId.startsWith('new-'))).toBe(false);
        expect(after.verdicts).toHaveLength(verdicts.length);
        const rows = rowsOf(plan);
        for (const { vmId, patchId, joins, reasons } of after.verdicts) {
          expect(rows.some((row) => row.vmId === vmId && row.patchId === patchId)).toBe(joins);
          expect(reasons.join()).not.toBe('');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
