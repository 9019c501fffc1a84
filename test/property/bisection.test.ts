// I1, I5: whoever is named is to blame, whoever goes on passed together with all others that go on, and nothing is named by chance.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextStep, singleCulpritTrialsMax, type BisectionStep, type Trial } from '../../domain/bisection.js';

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `KB${100 + index}`);

interface World {
  patchIds: string[];
  suspects?: string[];
  trialsMax?: number;
  verdictOf: (set: readonly string[], trial: number) => Trial['verdict'];
}

/** Until it concludes; the trials in their order. */
function isolate({ patchIds, suspects = [], trialsMax = 100, verdictOf }: World) {
  const trials: Trial[] = [];
  for (;;) {
    const step = nextStep({ patchIds, suspects, trials, trialsMax });
    // The same rows give the same answer: whoever resumes goes on where it stood.
    expect(nextStep({ patchIds, suspects, trials: trials.map((one) => ({ ...one })), trialsMax })).toEqual(step);
    if (step.kind !== 'try') return { end: step, trials };
    expect(step.patchIds.length).toBeGreaterThan(0);
    expect(trials.length).toBeLessThan(trialsMax);
    trials.push({ patchIds: step.patchIds, verdict: verdictOf(step.patchIds, trials.length) });
  }
}

function provenTogether(end: BisectionStep, trials: Trial[]): boolean {
  if (end.kind !== 'named' || end.innocents.length === 0) return true;
  const wanted = [...end.innocents].sort().join();
  return trials.some((trial) => trial.verdict === 'passed' && [...trial.patchIds].sort().join() === wanted);
}

/** Fails whenever all of one of these groups are in it. */
const failingWith =
  (...groups: string[][]) =>
  (set: readonly string[]): Trial['verdict'] =>
    groups.some((group) => group.every((id) => set.includes(id))) ? 'failed' : 'passed';

describe('a single culprit', () => {
  test('is named in every set up to 32 patches, in no more trials than promised, and the others stay installed together', () => {
    for (let count = 1; count <= 32; count += 1) {
      const patchIds = idsOf(count);
      for (const culprit of patchIds) {
        const { end, trials } = isolate({ patchIds, verdictOf: failingWith([culprit]) });
        const innocents = patchIds.filter((id) => id !== culprit);
        expect(end).toEqual({ kind: 'named', blamed: [[culprit]], innocents });
        expect(trials.length).toBeLessThanOrEqual(singleCulpritTrialsMax(count));
        if (count > 1) expect(trials.at(-1)).toEqual({ patchIds: innocents, verdict: 'passed' });
      }
    }
  });

  test('whose own installation failed is believed first, and so is nobody wrongly', () => {
    const worlds = fc.integer({ min: 2, max: 32 }).chain((count) =>
      fc.record({
        patchIds: fc.constant(idsOf(count)),
        culprit: fc.constantFrom(...idsOf(count)),
        suspect: fc.constantFrom(...idsOf(count)),
      }),
    );
    fc.assert(
      fc.property(worlds, ({ patchIds, culprit, suspect }) => {
        const { end, trials } = isolate({ patchIds, suspects: [suspect], verdictOf: failingWith([culprit]) });
        const innocents = patchIds.filter((id) => id !== culprit);
        expect(end).toEqual({ kind: 'named', blamed: [[culprit]], innocents });
        expect(trials.length).toBeLessThanOrEqual(culprit === suspect ? 1 : singleCulpritTrialsMax(patchIds.length));
      }),
    );
  });
});

describe('several', () => {
  const worlds = fc.integer({ min: 2, max: 16 }).chain((count) =>
    fc.record({
      patchIds: fc.constant(idsOf(count)),
      groups: fc.array(fc.subarray(idsOf(count), { minLength: 1, maxLength: Math.min(3, count) }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  );

  test('culprits and patches that do not go together are all held back, and what is left passed together (I1)', () => {
    fc.assert(
      fc.property(worlds, ({ patchIds, groups }) => {
        const verdictOf = failingWith(...groups);
        const { end, trials } = isolate({ patchIds, verdictOf });
        if (end.kind !== 'named') throw new Error(end.kind);
        for (const blamed of end.blamed) {
          expect(verdictOf(blamed)).toBe('failed');
          // Each of them is needed: without it the others go.
          for (const id of blamed) expect(verdictOf(blamed.filter((other) => other !== id))).toBe('passed');
        }
        expect([...end.blamed.flat(), ...end.innocents].sort()).toEqual([...patchIds].sort());
        expect(provenTogether(end, trials)).toBe(true);
      }),
    );
  });

  test('two that go alone and not together are named as such, and neither goes on', () => {
    const patchIds = idsOf(5);
    const { end } = isolate({ patchIds, verdictOf: failingWith(['KB101', 'KB103']) });
    expect(end).toEqual({ kind: 'named', blamed: [['KB101', 'KB103']], innocents: ['KB100', 'KB102', 'KB104'] });
    const pair = isolate({ patchIds: idsOf(2), verdictOf: failingWith(idsOf(2)) });
    expect(pair.end).toEqual({ kind: 'named', blamed: [['KB100', 'KB101']], innocents: [] });
  });
});

describe('what nobody can know', () => {
  test.each([2, 3, 7])('a set of %s that fails no second time names nobody', (count) => {
    const { end } = isolate({ patchIds: idsOf(count), verdictOf: () => 'passed' });
    expect(end).toMatchObject({ kind: 'inconclusive', blamed: [] });
  });

  test('trials that bring no result end it, and so does a set that fails whatever is left out, with none going on', () => {
    const silent = isolate({ patchIds: idsOf(4), verdictOf: () => 'inconclusive' });
    expect(silent.end.kind).toBe('inconclusive');
    expect(silent.trials).toHaveLength(2);
    const sick = isolate({ patchIds: idsOf(4), verdictOf: () => 'failed' });
    expect(sick.end).toMatchObject({ kind: 'named', innocents: [] });
  });

  test('random results, whatever they are, end within the limit and let nothing go that did not pass together (I1)', () => {
    const worlds = fc.record({
      count: fc.integer({ min: 2, max: 10 }),
      trialsMax: fc.integer({ min: 1, max: 12 }),
      suspects: fc.subarray(idsOf(10)),
      verdicts: fc.array(fc.constantFrom<Trial['verdict']>('passed', 'failed', 'inconclusive'), {
        minLength: 12,
        maxLength: 12,
      }),
    });
    fc.assert(
      fc.property(worlds, ({ count, trialsMax, suspects, verdicts }) => {
        const { end, trials } = isolate({
          patchIds: idsOf(count),
          suspects,
          trialsMax,
          verdictOf: (_, trial) => verdicts[trial] ?? 'inconclusive',
        });
        expect(provenTogether(end, trials)).toBe(true);
        if (end.kind === 'named') expect(end.blamed.flat().length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  test('without trials left, what passed before still goes on when all others are named', () => {
    const world = { patchIds: idsOf(2), verdictOf: failingWith(['KB101']) };
    expect(isolate({ ...world, trialsMax: 2 }).end).toEqual({
      kind: 'named',
      blamed: [['KB101']],
      innocents: ['KB100'],
    });
    expect(isolate({ ...world, trialsMax: 1 }).end.kind).toBe('inconclusive');
  });
});
