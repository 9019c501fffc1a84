// What becomes of a patch in flight when a newer one arrives, by policy and by people.

import { describe, expect, test } from '@jest/globals';
import {
  keepProblem,
  successorsOf,
  supersedenceVerdict,
  waitsForKept,
  type SuccessionFacts,
  type SupersedencePolicy,
} from '../../../domain/succession.js';
import { somePatch } from '../../support/facts.js';

const usual: SupersedencePolicy = { inTest: 'replace', awaiting: 'replace', deploying: 'finishRing' };

function facts(change: Partial<SuccessionFacts>): SuccessionFacts {
  return {
    successor: 'KB2',
    keptAgainst: null,
    phase: 'deploying',
    ringBegun: false,
    decidedKnowing: false,
    ...change,
  };
}

describe('a superseded patch', () => {
  test.each<[string, Partial<SuccessionFacts>, Partial<SupersedencePolicy>, string]>([
    ['is current without a successor', { successor: null }, {}, 'current'],
    ['in test is replaced', { phase: 'inTest' }, {}, 'replaced'],
    ['in test goes on where policy says so', { phase: 'inTest' }, { inTest: 'continue' }, 'goesOn'],
    ['that awaits a decision is replaced', { phase: 'awaiting' }, {}, 'replaced'],
    ['that awaits one goes on where policy says so', { phase: 'awaiting' }, { awaiting: 'continue' }, 'goesOn'],
    ['starts no new ring', {}, {}, 'replaced'],
    ['finishes a ring that has begun', { ringBegun: true }, {}, 'finishesRing'],
    ['stops within a ring where policy says so', { ringBegun: true }, { deploying: 'stop' }, 'replaced'],
    ['starts a ring where policy chose it', {}, { deploying: 'continue' }, 'goesOn'],
    ['approved unknowingly starts none', {}, { awaiting: 'continue' }, 'replaced'],
    ['approved knowingly starts one', { decidedKnowing: true }, { awaiting: 'continue' }, 'goesOn'],
    ['approved knowingly, where policy replaces, starts none', { decidedKnowing: true }, {}, 'replaced'],
    ['kept by a person goes on', { keptAgainst: 'KB2' }, { deploying: 'stop' }, 'goesOn'],
    ['kept against an earlier successor does not', { keptAgainst: 'KB1.5' }, {}, 'replaced'],
  ])('%s', (_, change, policy, kind) => {
    const verdict = supersedenceVerdict(facts(change), { ...usual, ...policy });
    expect(verdict.kind).toBe(kind);
    if (verdict.kind !== 'current') expect(verdict.reason).toContain('superseded by KB2');
  });
});

describe('successors', () => {
  const october = somePatch();
  const november = somePatch({ patchId: 'KB5068787', kb: '5068787', fixedBuilds: { '11923': '10.0.20348.4405' } });
  const other = somePatch({
    patchId: 'KB5068791',
    kb: '5068791',
    products: [{ id: '11571', name: 'Windows Server 2019' }],
    fixedBuilds: { '11571': '10.0.17763.8027' },
  });

  test('are those of the same products, by build, whatever else is known', () => {
    const known = [october, november, other];
    expect([...successorsOf(['KB5070884', 'KB5068787', 'KB5068791', 'KB1'], known)]).toEqual([
      ['KB5070884', 'KB5068787'],
    ]);
  });

  test('are found by the vendor’s word too', () => {
    const update = (kb: string, supersedes: string[]) =>
      somePatch({ patchId: `KB${kb}`, kb, kind: 'update', fixedBuilds: {}, supersedes });
    expect([...successorsOf(['KB5000001'], [update('5000001', []), update('5000002', ['5000001'])])]).toEqual([
      ['KB5000001', 'KB5000002'],
    ]);
  });
});

test('a successor that ended badly waits for the patch that is kept against it; one under way does not', () => {
  const kept = [{ patchId: 'KB1', keptAgainst: 'KB2' }];
  expect(waitsForKept({ patchId: 'KB2', stage: 'failedTest' }, kept)).toBe('KB1');
  expect(waitsForKept({ patchId: 'KB2', stage: 'inTest' }, kept)).toBeNull();
  expect(waitsForKept({ patchId: 'KB3', stage: 'rejected' }, kept)).toBeNull();
});

describe('keeping a superseded patch', () => {
  const riley = { name: 'riley', roles: ['changeManager'] };
  const facts = { successor: 'KB2', approverRoles: ['changeManager'], requestedBy: ['kim'] };
  test.each<[string, typeof riley, Partial<Parameters<typeof keepProblem>[1]>, string | null]>([
    ['by somebody who decides', riley, {}, null],
    ['of a current patch', riley, { successor: null }, 'nothing supersedes it'],
    ['that no machine needs', riley, { approverRoles: [] }, 'no machine needs it'],
    ['without the role', { name: 'sam', roles: ['sre'] }, {}, 'sam lacks the role changeManager'],
    [
      'with one of two roles',
      riley,
      { approverRoles: ['changeManager', 'administrator'] },
      'lacks the role administrator',
    ],
    ['by who asked for it', riley, { requestedBy: ['kim', 'riley'] }, 'riley requested this change'],
  ])('%s', (_, person, change, problem) => {
    const found = keepProblem(person, { ...facts, ...change });
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });
});
