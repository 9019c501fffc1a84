// I11: a superseded patch never starts a new ring, whatever order things happen in; a held patch installs nothing while it is held.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KnownIssue } from '../../domain/knownIssue.js';
import { lifeVerdict, type LifeFacts, type LifePolicy } from '../../domain/patchLife.js';
import type { SupersedencePolicy } from '../../domain/succession.js';
import { minutesFrom, now, someIssue } from '../support/facts.js';

const onArrival = fc.constantFrom('continue' as const, 'replace' as const);
const supersedence: fc.Arbitrary<SupersedencePolicy> = fc.record({
  inTest: onArrival,
  awaiting: onArrival,
  deploying: fc.constantFrom('finishRing' as const, 'continue' as const, 'stop' as const),
});
const hold = fc.constantFrom('vendor' as const, 'manual' as const, 'both' as const, 'none' as const);

/** What may happen to a patch between two looks at its gate, in any order. */
type Happening =
  | { what: 'successorArrives' | 'keepGiven' | 'approved' | 'ringBegins' | 'revised' }
  | { what: 'issueOpened'; source: 'vendor' | 'manual'; effect: 'hold' | 'inform' }
  | { what: 'issueClosed' | 'issueAccepted'; which: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    what: fc.constantFrom(
      'successorArrives' as const,
      'keepGiven' as const,
      'approved' as const,
      'ringBegins' as const,
      'revised' as const,
    ),
  }),
  fc.record({
    what: fc.constant('issueOpened' as const),
    source: fc.constantFrom('vendor' as const, 'manual' as const),
    effect: fc.constantFrom('hold' as const, 'inform' as const),
  }),
  fc.record({
    what: fc.constantFrom('issueClosed' as const, 'issueAccepted' as const),
    which: fc.nat({ max: 3 }),
  }),
);

interface World extends LifeFacts {
  successors: number;
}

const fresh: World = {
  successors: 0,
  successor: null,
  keptAgainst: null,
  phase: 'deploying',
  ringBegun: false,
  decidedKnowing: false,
  revisedAt: null,
  askedAt: minutesFrom(now, -60),
  issues: [],
  accepted: [],
  shown: [],
};

function after(world: World, one: Happening, policy: LifePolicy): World {
  switch (one.what) {
    case 'successorArrives': {
      const successors = world.successors + 1;
      return { ...world, successors, successor: `KB${100 + successors}`, decidedKnowing: false };
    }
    case 'keepGiven':
      return { ...world, keptAgainst: world.successor };
    case 'approved': {
      const shown = world.issues.filter((issue) => issue.closedAt === null).map((issue) => issue.issueId);
      return { ...world, shown, askedAt: now, decidedKnowing: world.successor !== null };
    }
    case 'ringBegins':
      return lifeVerdict(world, policy).kind === 'open' ? { ...world, ringBegun: true } : world;
    case 'revised':
      return { ...world, revisedAt: minutesFrom(world.askedAt ?? now, 1) };
    case 'issueOpened': {
      const issueId = `i${world.issues.length}`;
      return { ...world, issues: [...world.issues, someIssue({ issueId, source: one.source, effect: one.effect })] };
    }
    case 'issueClosed':
      return { ...world, issues: world.issues.map((issue, index) => (index === one.which ? closedNow(issue) : issue)) };
    case 'issueAccepted': {
      const issue = world.issues[one.which];
      return issue === undefined ? world : { ...world, accepted: [...world.accepted, issue.issueId] };
    }
  }
}

function closedNow(issue: KnownIssue): KnownIssue {
  return { ...issue, closedAt: now, closedBy: 'sam', outcome: 'mended' };
}

const story = fc.tuple(
  fc.array(happening, { maxLength: 12 }),
  fc.record({ supersedence, knownIssues: fc.record({ hold }) }),
);

function told([happenings, policy]: [Happening[], LifePolicy]): { world: World; policy: LifePolicy } {
  return { policy, world: happenings.reduce((world, one) => after(world, one, policy), fresh) };
}

describe('the gate of a patch’s own life (I11, I1, I9)', () => {
  test('a superseded patch starts no new ring unless somebody chose that', () => {
    fc.assert(
      fc.property(story, (input) => {
        const { world, policy } = told(input);
        if (world.successor === null || world.ringBegun) return;
        const { deploying, awaiting } = policy.supersedence;
        const chosen =
          world.keptAgainst === world.successor ||
          deploying === 'continue' ||
          (awaiting === 'continue' && world.decidedKnowing);
        if (!chosen) expect(lifeVerdict(world, policy).kind).toBe('superseded');
      }),
      { numRuns: 3000 },
    );
  });

  test('nothing is installed while a known issue holds it, whatever else is true', () => {
    fc.assert(
      fc.property(story, (input) => {
        const { world, policy } = told(input);
        const { hold: whose } = policy.knownIssues;
        const holding = world.issues.filter(
          (issue) =>
            issue.closedAt === null &&
            issue.effect === 'hold' &&
            (whose === 'both' || whose === issue.source) &&
            !world.accepted.includes(issue.issueId) &&
            !world.shown.includes(issue.issueId),
        );
        if (holding.length > 0) expect(lifeVerdict(world, policy).kind).not.toBe('open');
      }),
      { numRuns: 3000 },
    );
  });

  test('what the vendor changed after it was asked for is not what was approved', () => {
    fc.assert(
      fc.property(story, (input) => {
        const { world, policy } = told(input);
        if ((world.revisedAt ?? '') > (world.askedAt ?? '')) expect(lifeVerdict(world, policy).kind).not.toBe('open');
      }),
      { numRuns: 3000 },
    );
  });

  test('is open when nothing speaks against it', () => {
    fc.assert(
      fc.property(story, (input) => {
        const { world, policy } = told(input);
        const clean = { ...world, successor: null, revisedAt: null, issues: world.issues.map(closedNow) };
        expect(lifeVerdict(clean, policy)).toEqual({ kind: 'open' });
      }),
    );
  });
});
