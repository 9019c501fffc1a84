// Sizes of rings and numbers of waves on small fleets.

import { describe, expect, test } from '@jest/globals';
import type { RingRule } from '../../domain/policy.js';
import { ringsOf } from '../../domain/ring.js';
import { wavesOf } from '../../domain/wave.js';

function fleet(...zones: (string | null)[]) {
  return zones.map((zone, index) => ({
    vmId: `id-${index}`,
    name: `vm-${String(index).padStart(2, '0')}`,
    zone,
    availabilitySet: null as string | null,
    joinedAt: '2026-11-01T00:00:00.000Z' as string | null,
  }));
}

const rest: RingRule = { name: 'broad', take: { kind: 'rest' }, failureBudget: 2 };

describe('ringsOf', () => {
  test.each([
    [10, { kind: 'percent', percent: 10 }, 1],
    [11, { kind: 'percent', percent: 10 }, 2],
    [100, { kind: 'percent', percent: 7 }, 7],
    [3, { kind: 'percent', percent: 1 }, 1],
    [3, { kind: 'count', count: 2 }, 2],
    [1, { kind: 'count', count: 5 }, 1],
    [0, { kind: 'percent', percent: 50 }, 0],
  ] as const)('of %d, %j takes %d', (total, take, expected) => {
    const [first, second] = ringsOf(
      { rings: [{ name: 'canary', take, failureBudget: 0 }, rest] },
      fleet(...Array<null>(total).fill(null)),
    );
    expect(first).toMatchObject({ name: 'canary', failureBudget: 0 });
    expect(first?.vmIds).toHaveLength(expected);
    expect(second?.vmIds).toHaveLength(total - expected);
  });

  test('takes from each zone in turn', () => {
    const rules: RingRule[] = [{ name: 'canary', take: { kind: 'count', count: 2 }, failureBudget: 0 }, rest];
    const [canary] = ringsOf({ rings: rules }, fleet('1', '1', '2', '2'));
    expect(canary?.vmIds).toEqual(['id-0', 'id-2']);
  });

  test('the last ring takes the rest whatever its rule says', () => {
    const [only] = ringsOf(
      { rings: [{ name: 'only', take: { kind: 'count', count: 1 }, failureBudget: 0 }] },
      fleet('1', '2', '3'),
    );
    expect(only?.vmIds).toHaveLength(3);
  });
});

describe('wavesOf', () => {
  test('places whoever is due first first, and whoever has no date last', () => {
    const dates = [null, '2026-12-02T00:00:00.000Z', '2026-12-01T00:00:00.000Z'];
    const due = fleet(null, null, null).map((vm, index) => ({ ...vm, dueAt: dates[index] ?? null }));
    expect(wavesOf(due, { waveSizeMax: 1 })).toEqual({ 'id-0': 3, 'id-1': 2, 'id-2': 1 });
  });

  test('fills waves by name', () => {
    expect(wavesOf(fleet(null, null, null), { waveSizeMax: 2 })).toEqual({ 'id-0': 1, 'id-1': 1, 'id-2': 2 });
  });

  test('one zone stays untouched', () => {
    expect(wavesOf(fleet('1', '2', '3'), { waveSizeMax: 10 })).toEqual({ 'id-0': 1, 'id-1': 1, 'id-2': 2 });
  });

  test('one member of an availability set stays, whatever the case of its id', () => {
    const pair = fleet(null, null).map((vm, index) => ({
      ...vm,
      availabilitySet: index === 0 ? '/sets/AS-1' : '/sets/as-1',
    }));
    expect(wavesOf(pair, { waveSizeMax: 10 })).toEqual({ 'id-0': 1, 'id-1': 2 });
  });

  test.each([0, -3, Number.NaN])('a limit of %d means one at a time', (waveSizeMax) => {
    expect(wavesOf(fleet(null, null), { waveSizeMax })).toEqual({ 'id-0': 1, 'id-1': 2 });
  });
});

test('a machine that is new in its category comes last, in a ring of its own that may lose nobody', () => {
  const machines = fleet(null, null, null).map((vm, index) => (index === 0 ? { ...vm, joinedAt: null } : vm));
  expect(ringsOf({ rings: [rest] }, machines)).toEqual([
    { name: 'broad', vmIds: ['id-1', 'id-2'], failureBudget: 2 },
    { name: 'catch-up', vmIds: ['id-0'], failureBudget: 0 },
  ]);
});
