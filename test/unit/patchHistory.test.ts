// Failed and never applied, or failed, then fixed and applied: each failure is in one of the two lists, with the reason.

import { describe, expect, test } from '@jest/globals';
import { authorizationOf, outcomesOfFailures, type FixFacts } from '../../domain/patchHistory.js';

const failedAt = '2026-01-10T00:00:00.000Z';
const between = '2026-01-15T00:00:00.000Z';
const appliedAt = '2026-01-20T00:00:00.000Z';

function facts(change: Partial<FixFacts> = {}): FixFacts {
  return {
    failures: [{ patchId: 'KB1', category: 'file', where: 'test', at: failedAt, reasons: ['print spooler stopped'] }],
    applied: [],
    revisions: [],
    incidents: [],
    supersededBy: {},
    ...change,
  };
}

const onFile = { patchId: 'KB1', category: 'file', lastAt: appliedAt, machines: 3 };
const closed = {
  patchId: 'KB1',
  closedAt: between,
  fix: 'workaround' as const,
  outcome: 'driver replaced',
  number: '4711',
};

describe('a patch that failed', () => {
  test('and was never applied there, whatever other categories did', () => {
    const { neverApplied, fixedLater } = outcomesOfFailures(facts({ applied: [{ ...onFile, category: 'web' }] }));
    expect(neverApplied).toMatchObject([{ patchId: 'KB1', category: 'file' }]);
    expect(fixedLater).toEqual([]);
  });

  test('and had been applied before it failed is not fixed', () => {
    const before = { ...onFile, lastAt: '2026-01-01T00:00:00.000Z' };
    expect(outcomesOfFailures(facts({ applied: [before] })).neverApplied).toHaveLength(1);
  });

  test.each([
    ['the vendor’s revision', { revisions: [{ patchId: 'KB1', at: between }] }, 'rerelease'],
    ['what a person wrote down', { incidents: [closed], revisions: [{ patchId: 'KB1', at: between }] }, 'workaround'],
    ['nothing that is known', {}, 'unchanged'],
    ['a revision of another patch', { revisions: [{ patchId: 'KB2', at: between }] }, 'unchanged'],
    [
      'an incident that ended too late',
      { incidents: [{ ...closed, closedAt: '2026-02-01T00:00:00.000Z' }] },
      'unchanged',
    ],
  ])('and was applied after %s', (_, change, fix) => {
    const { neverApplied, fixedLater } = outcomesOfFailures(facts({ applied: [onFile], ...change }));
    expect(neverApplied).toEqual([]);
    expect(fixedLater).toMatchObject([{ fix, appliedAt, appliedPatchId: 'KB1', machines: 3 }]);
  });

  test('and whose successor was applied instead', () => {
    const { fixedLater } = outcomesOfFailures(
      facts({ applied: [{ ...onFile, patchId: 'KB9' }], supersededBy: { KB1: ['KB8', 'KB9'] } }),
    );
    expect(fixedLater).toMatchObject([{ fix: 'newerPatch', appliedPatchId: 'KB9' }]);
  });
});

test.each([
  [null, null, 'notAsked'],
  [{ status: 'waiting' }, { verdict: 'approve' }, 'awaiting'],
  [{ status: 'decided' }, { verdict: 'approve' }, 'authorised'],
  [{ status: 'decided' }, { verdict: 'defer' }, 'deferred'],
  [{ status: 'decided' }, { verdict: 'reject' }, 'rejected'],
  [{ status: 'decided' }, null, 'notAsked'],
  [{ status: 'expired' }, { verdict: 'approve' }, 'expired'],
] as const)('a request %j with the decision %j is %s', (request, decision, authorization) => {
  expect(authorizationOf(request, decision)).toBe(authorization);
});
