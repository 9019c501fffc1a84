// A person's verdict: only on a test that said nothing, never for machines that carry less than was tested.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { passedSets, stagingVerdicts } from '../../domain/stageTest.js';
import { carriersOf, settledVerdict, verdictProblems, type PersonsVerdict } from '../../domain/testVerdict.js';
import type { ManifestRow, ManifestState } from '../../domain/run.js';

function row(vmId: string, patchId: string, state: ManifestState, wave = 1): ManifestRow {
  const runKey = 'maintenance/staging/web/staging/next@1';
  return {
    runKey,
    vmId,
    vmName: vmId,
    patchId,
    kb: null,
    packages: [],
    arrived: null,
    present: null,
    wave,
    position: 1,
    state,
    reason: null,
  };
}

const word = (verdict: 'passed' | 'failed'): PersonsVerdict => ({
  runKey: 'maintenance/staging/web/staging/next@1',
  patchId: 'KB1',
  category: 'web',
  verdict,
  by: 'sam',
  reason: 'the second machine was switched off by its owner',
  at: '2026-11-25T10:00:00.000Z',
});

const half = [
  row('a', 'KB1', 'installed'),
  row('a', 'KB2', 'installed'),
  row('b', 'KB1', 'skipped'),
  row('b', 'KB2', 'skipped'),
];

function said(rows: ManifestRow[]) {
  const found = stagingVerdicts(rows).find((one) => one.patchId === 'KB1');
  if (found === undefined) throw new Error('KB1 was not tested');
  return found;
}

describe('a verdict is refused', () => {
  const ask = { patchId: 'KB1', verdict: 'passed' as const, reason: 'one machine was away' };
  const test_ = (verdict: 'passed' | 'failed' | 'inconclusive') => ({ verdict });

  test.each([
    ['blanks', { ...ask, reason: '     \n   ' }, test_('inconclusive'), half, null, 'a reason of at least'],
    ['a megabyte', { ...ask, reason: 'x'.repeat(1_000_000) }, test_('inconclusive'), half, null, 'longer than'],
    ['a failed test', ask, test_('failed'), half, null, 'it failed'],
    ['a passed test', { ...ask, verdict: 'failed' as const }, test_('passed'), half, null, 'it passed'],
    ['a second word', ask, test_('inconclusive'), half, word('failed'), 'sam judged it failed'],
    ['nothing installed', ask, test_('inconclusive'), half.slice(2), null, 'no staging machine ended with everything'],
    [
      'a part of the set',
      ask,
      test_('inconclusive'),
      [row('a', 'KB1', 'installed'), row('a', 'KB2', 'skipped')],
      null,
      'no staging machine',
    ],
  ])('%s', (_, asked, held, rows, given, problem) => {
    expect(verdictProblems(asked, { test: held, rows, given }).join()).toContain(problem);
  });

  test('and stands otherwise, markup and all', () => {
    const asked = { ...ask, reason: '<b>one machine</b> was away' };
    expect(verdictProblems(asked, { test: { verdict: 'inconclusive' }, rows: half, given: null })).toEqual([]);
  });
});

test('a pass covers the machines that carry the whole set, and says whose word it is', () => {
  const settled = settledVerdict(said(half), half, word('passed'));
  expect(settled).toMatchObject({ verdict: 'passed', vmIds: ['a'], testedSet: ['KB1', 'KB2'] });
  expect(settled.reasons[0]).toContain('sam judged it passed');
});

test('what nobody could ask can be judged by who looked: the patch is there, and its set then counts for production', () => {
  const there = { ...row('a', 'KB1', 'inDoubt'), present: true };
  const rows = [
    there,
    { ...row('a', 'KB2', 'inDoubt'), present: true },
    row('b', 'KB1', 'inDoubt'),
    row('b', 'KB2', 'inDoubt'),
  ];
  const asked = { patchId: 'KB1', verdict: 'passed' as const, reason: 'the script was stopped by hand' };
  expect(verdictProblems(asked, { test: said(rows), rows, given: null })).toEqual([]);
  expect(settledVerdict(said(rows), rows, word('passed'))).toMatchObject({ verdict: 'passed', vmIds: ['a'] });
  expect(passedSets(rows)).toEqual([]);
  expect(passedSets(rows, carriersOf('KB1', rows))).toEqual([['KB1', 'KB2']]);
});

test('a person can call it failed, and its machines stay as they were told', () => {
  expect(settledVerdict(said(half), half, word('failed'))).toMatchObject({ verdict: 'failed', vmIds: ['a', 'b'] });
});

test('I1, I5: whatever the rows and the word, a pass stands on machines that carry everything they were to get', () => {
  const state = fc.constantFrom<ManifestState>('installed', 'failed', 'rolledBack', 'skipped', 'inDoubt', 'revoked');
  const some = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('KB1', 'KB2'), state, fc.option(fc.boolean())),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(some, fc.constantFrom<'passed' | 'failed'>('passed', 'failed'), (drawn, verdict) => {
      const rows = [
        ...new Map(
          drawn.map(([vmId, patchId, held, present]) => [
            `${vmId}/${patchId}`,
            { ...row(vmId, patchId, held), present },
          ]),
        ).values(),
      ];
      const machines = stagingVerdicts(rows).find((one) => one.patchId === 'KB1');
      if (machines === undefined) return;
      const settled = settledVerdict(machines, rows, word(verdict));
      if (machines.verdict === 'failed') expect(settled.verdict).toBe('failed');
      if (settled.verdict !== 'passed') return;
      expect(settled.vmIds.length).toBeGreaterThan(0);
      for (const vmId of settled.vmIds)
        expect(
          rows
            .filter((one) => one.vmId === vmId)
            .every((one) => one.state === 'installed' || (one.state === 'inDoubt' && one.present === true)),
        ).toBe(true);
      expect(carriersOf('KB1', rows)).toEqual(settled.vmIds);
    }),
  );
});
