// I1, I5, I6: an exception lets exactly its machine have exactly its patch, for its time; in the last ring, and nowhere else.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exceptionRing, ringsOf } from '../../domain/ring.js';
import {
  exceptionText,
  grantProblems,
  standingException,
  type GrantedException,
  type StandingFacts,
} from '../../domain/testException.js';

const now = '2026-11-25T12:00:00.000Z';

function granted(change: Partial<GrantedException> = {}): GrantedException {
  return {
    exceptionId: 'e1',
    vmId: 'vm-1',
    category: 'sql',
    patchId: 'KB1',
    reason: 'the only machine with this release',
    by: 'riley',
    at: '2026-11-25T08:00:00.000Z',
    until: '2026-12-01T08:00:00.000Z',
    signature: 'good',
    revokedAt: null,
    revokedBy: null,
    revokeReason: null,
    ...change,
  };
}

const facts: StandingFacts = {
  patchId: 'KB1',
  category: 'sql',
  requestedBy: ['kim'],
  signatureValid: (one) => one.signature === 'good',
  now,
};

describe('an exception', () => {
  test('stands for its machine and patch; one for every patch for all of them', () => {
    expect(standingException('vm-1', [granted()], facts)?.exceptionId).toBe('e1');
    expect(standingException('vm-1', [granted({ patchId: null })], { ...facts, patchId: 'KB2' })?.exceptionId).toBe(
      'e1',
    );
  });

  test.each<[string, Partial<GrantedException>]>([
    ['of another machine', { vmId: 'vm-2' }],
    ['for another patch', { patchId: 'KB2' }],
    ['for another category', { category: 'web' }],
    ['that is over', { until: now }],
    ['that has not begun', { at: '2026-11-25T12:00:00.001Z' }],
    ['that was revoked', { revokedAt: now }],
    ['by whoever asked for the change', { by: 'kim' }],
    ['that the API did not sign', { signature: 'forged' }],
    ['without a readable end', { until: 'soon' }],
  ])('%s does not', (_, change) => {
    expect(standingException('vm-1', [granted(change)], facts)).toBeNull();
  });

  test('is granted by those who decide for the category, with a reason and an end', () => {
    const asked = granted();
    const person = { name: 'riley', roles: ['changeManager'] };
    const may = { person, approverRoles: ['changeManager'], environment: 'production' as const };
    expect(grantProblems(asked, may)).toEqual([]);
    expect(grantProblems({ ...asked, reason: '          ' }, may)).toHaveLength(1);
    expect(grantProblems({ ...asked, reason: 'x'.repeat(1_000_000) }, may)).toHaveLength(1);
    expect(grantProblems({ ...asked, until: asked.at }, may)).toHaveLength(1);
    expect(grantProblems({ ...asked, until: '2027-11-25T08:00:00.000Z' }, may)).toHaveLength(1);
    expect(grantProblems(asked, { ...may, environment: 'staging' })).toHaveLength(1);
    expect(grantProblems(asked, { ...may, approverRoles: [] })).toHaveLength(1);
    expect(grantProblems(asked, { ...may, person: { name: 'sam', roles: ['sre'] } })).toHaveLength(1);
    expect(grantProblems(asked, { ...may, person: null })).toHaveLength(1);
  });

  test('signs every word of it', () => {
    const texts = new Set(
      [{}, { vmId: 'vm-2' }, { patchId: null }, { until: now }, { by: 'sam' }, { reason: 'another reason' }].map(
        (change) => exceptionText(granted(change)),
      ),
    );
    expect(texts.size).toBe(6);
  });
});

test('machines by exception are in the very last ring, each machine in one ring, none lost', () => {
  const take = fc.oneof(
    fc.record({ kind: fc.constant('count' as const), count: fc.nat(5) }),
    fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 100 }) }),
    fc.constant({ kind: 'rest' as const }),
  );
  const rings = fc
    .array(take, { minLength: 1, maxLength: 4 })
    .map((takes) => takes.map((one, place) => ({ name: `r${place}`, take: one, failureBudget: 1 })));
  const vm = fc.record({ zone: fc.constantFrom(null, '1', '2'), isLate: fc.boolean(), isAlone: fc.boolean() });
  fc.assert(
    fc.property(rings, fc.array(vm, { maxLength: 30 }), (rules, drawn) => {
      const vms = drawn.map(({ zone, isLate }, place) => ({
        vmId: `vm-${place}`,
        name: `vm-${place}`,
        zone,
        joinedAt: isLate ? null : now,
      }));
      const alone = new Set(drawn.flatMap(({ isAlone }, place) => (isAlone ? [`vm-${place}`] : [])));
      const made = ringsOf({ rings: rules }, vms, alone);
      expect(made.flatMap((ring) => ring.vmIds).sort()).toEqual(vms.map((one) => one.vmId).sort());
      const last = made.find((ring) => ring.name === exceptionRing);
      expect(new Set(last?.vmIds ?? [])).toEqual(alone);
      if (last === undefined) return;
      expect(made.at(-1)).toBe(last);
      expect(last.failureBudget).toBe(0);
    }),
  );
});
