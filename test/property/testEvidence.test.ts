// Evidence of tests is bounded whatever guests send, says what it lost, and is always something that a database keeps as it is.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundedEvidence, itemCharactersMax, testCharactersMax } from '../../domain/testEvidence.js';

const texts = fc.array(
  fc.record({
    vmId: fc.constantFrom('vm-1', 'vm-2'),
    item: fc.string({ maxLength: 10 }),
    text: fc.string({ unit: 'binary', maxLength: 60 }),
  }),
  { maxLength: 12 },
);

describe('evidence of a test', () => {
  test('never exceeds its bounds, and is cut only where it says so', () => {
    fc.assert(
      fc.property(texts, fc.nat(50), fc.nat(200), fc.nat(200), (given, itemMax, testMax, kept) => {
        const bounded = boundedEvidence(given, kept, { itemMax, testMax });
        expect(bounded.map(({ vmId, item }) => ({ vmId, item }))).toEqual(
          given.map(({ vmId, item }) => ({ vmId, item })),
        );
        expect(bounded.every((one) => one.text.length <= itemMax)).toBe(true);
        const sum = bounded.reduce((all, one) => all + one.text.length, 0);
        expect(sum).toBeLessThanOrEqual(Math.max(0, testMax - kept));
        for (const [index, one] of bounded.entries()) {
          const told = given[index]?.text ?? '';
          expect(one.cut).toBe(one.text.length < told.length);
          expect(one.characters).toBe(told.length);
          expect(one.text.isWellFormed() && !one.text.includes('\u0000')).toBe(true);
        }
      }),
    );
  });

  test('of a hundred million characters is cut, and what comes after it still has its place', () => {
    const bounded = boundedEvidence([
      { vmId: 'vm-1', item: 'script', text: 'x'.repeat(100_000_000) },
      { vmId: 'vm-1', item: 'facts after', text: '{}' },
    ]);
    expect(bounded[0]).toMatchObject({ characters: 100_000_000, cut: true });
    expect(bounded[0]?.text).toHaveLength(itemCharactersMax);
    expect(bounded[1]).toMatchObject({ text: '{}', cut: false });
    expect(testCharactersMax).toBeGreaterThan(itemCharactersMax);
  });
});
