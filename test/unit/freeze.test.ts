// Windows and freezes at their edges; what cannot be read is closed (I2, I5).

import { describe, expect, test } from '@jest/globals';
import { freezeVerdict, windowVerdict } from '../../domain/freeze.js';
import type { Freeze } from '../../domain/policy.js';

const times = { planAt: '2026-11-24T20:00:00Z', opensAt: '2026-11-24T22:00:00Z', closesAt: '2026-11-25T02:00:00Z' };

describe('windowVerdict', () => {
  test.each([
    ['2026-11-24T21:59:59.999Z', 60, 'closed'],
    ['2026-11-24T22:00:00Z', 60, 'open'],
    ['2026-11-25T01:00:00Z', 60, 'open'],
    ['2026-11-25T01:00:00.001Z', 60, 'closed'],
    ['2026-11-25T01:59:59Z', 0, 'open'],
    ['2026-11-25T02:00:00Z', 0, 'closed'],
    ['2026-11-25T02:30:00Z', 60, 'closed'],
    ['2026-11-24T23:00:00+01:00', 60, 'open'],
    ['yesterday', 60, 'closed'],
    ['2026-11-24T22:30:00', 60, 'closed'],
    ['2026-11-24T22:30:00Z', Number.NaN, 'closed'],
    ['2026-11-24T22:30:00Z', -1, 'closed'],
  ])('at %s with %d minutes needed: %s', (now, needed, kind) =>
    expect(windowVerdict(times, now, needed).kind).toBe(kind),
  );

  test.each([{ opensAt: '' }, { closesAt: 'later' }])('%j is closed', (broken) =>
    expect(windowVerdict({ ...times, ...broken }, '2026-11-24T22:30:00Z', 1).kind).toBe('closed'),
  );
});

describe('freezeVerdict', () => {
  const aFreeze = (changes: Partial<Freeze>): Freeze => ({
    id: 'year-end',
    reason: 'annual accounts',
    from: '2026-12-18T18:00:00+01:00',
    until: '2027-01-04T06:00:00+01:00',
    categories: [],
    environments: ['production'],
    ...changes,
  });
  const web = { category: 'web', environment: 'production' } as const;

  test.each([
    ['2026-12-18T16:59:59Z', {}, 'open'],
    ['2026-12-18T17:00:00Z', {}, 'closed'],
    ['2027-01-04T04:59:59Z', {}, 'closed'],
    ['2027-01-04T05:00:00Z', {}, 'open'],
    ['2026-12-24T00:00:00Z', { categories: ['web'] }, 'closed'],
    ['2026-12-24T00:00:00Z', { categories: ['sql'] }, 'open'],
    ['2026-12-24T00:00:00Z', { environments: ['staging'] }, 'open'],
    ['2026-12-24T00:00:00Z', { environments: [] }, 'closed'],
    ['2026-11-01T00:00:00Z', { until: 'whenever' }, 'closed'],
    ['not a time', { categories: ['sql'] }, 'closed'],
  ] as const)('at %s with %j: %s', (now, changes, kind) => {
    const freeze = aFreeze(changes as Partial<Freeze>);
    expect(freezeVerdict([freeze], web, now).kind).toBe(kind);
  });

  test('names every freeze that holds', () => {
    const verdict = freezeVerdict([aFreeze({}), aFreeze({ id: 'audit' })], web, '2026-12-24T00:00:00Z');
    expect(verdict).toMatchObject({
      kind: 'closed',
      reasons: [expect.stringContaining('year-end'), expect.stringContaining('audit')],
    });
  });
});
