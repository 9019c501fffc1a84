// I1, I5, I6, I9: a twin is built by exactly what another person signed, in staging alone; and no policy places one in production.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { environmentOf } from '../../domain/environment.js';
import type { EnvironmentRule } from '../../domain/policy.js';
import {
  buildProblems,
  isTaggedFor,
  twinDecisionProblems,
  twinDecisionText,
  twinStatuses,
  type BuildFacts,
  type Twin,
} from '../../domain/twin.js';
import { placeProblem } from '../../domain/twinPlace.js';
import { minutesFrom, now } from '../support/facts.js';
import { someTwin } from '../support/twins.js';

const approved = someTwin({ status: 'approved' });
const { subject } = approved;
const signs = (twin: Twin) =>
  twinDecisionText({
    twinId: twin.twinId,
    verdict: 'approve',
    digest: twin.digest,
    by: 'riley',
    at: twin.decidedAt ?? '',
    justification: twin.justification ?? '',
  });
const signed = signs(approved);

const facts: BuildFacts = {
  person: { name: 'riley', roles: ['changeManager'] },
  approverRoles: ['changeManager'],
  signatureValid: (text, signature) => signature === 'good' && text === signed,
  digestOf: (held) => (JSON.stringify(held) === JSON.stringify(subject) ? approved.digest : 'another'),
  place: {
    place: { region: subject.region, subnet: subject.subnet },
    resourceGroup: subject.resourceGroup,
    size: null,
    lifeDays: subject.lifeDays,
  },
  closed: [],
  barred: [],
  others: 0,
  atOnceMax: 1,
};
const place = facts.place ?? { place: { region: '', subnet: '' }, resourceGroup: '', size: null, lifeDays: 0 };

test('as it was decided, it may be built', () => {
  expect(buildProblems(approved, facts)).toEqual([]);
  expect(buildProblems({ ...approved, status: 'building' }, facts)).toEqual([]);
});

describe('it is not built', () => {
  test.each<[string, Partial<Twin>, Partial<BuildFacts>]>([
    ['undecided', { decidedBy: null }, {}],
    ['unsigned', { signature: null }, {}],
    ['by a forged word', { signature: 'forged' }, {}],
    ['by a word for another digest', { digest: 'e'.repeat(64) }, {}],
    ['by a word of another moment', { decidedAt: minutesFrom(now, 6) }, {}],
    ['by whoever proposed it', { proposedBy: 'riley' }, {}],
    ['by somebody who has lost the role', {}, { person: { name: 'riley', roles: ['viewer'] } }],
    ['by somebody who is gone', {}, { person: null }],
    ['where policy names nobody', {}, { approverRoles: [] }],
    ['by whoever changed the rules', {}, { barred: ['riley wrote policy 3'] }],
    ['where policy builds none any more', {}, { place: null }],
    ['in another group than was decided', {}, { place: { ...place, resourceGroup: 'rg-sql-prod' } }],
    ['in another subnet than was decided', {}, { place: { ...place, place: { ...place.place, subnet: '/other' } } }],
    ['for longer than was decided', {}, { place: { ...place, lifeDays: 15 } }],
    ['while everything is stopped', {}, { closed: ['everything is stopped by sam'] }],
    ['above the cap', {}, { others: 1 }],
    ['of another subject than was signed', { subject: { ...subject, subnet: '/production' } }, {}],
    ['of the subject of another twin', { subject: { ...subject, twinId: 't2' } }, {}],
  ])('%s', (_, twin, change) => {
    expect(buildProblems({ ...approved, ...twin }, { ...facts, ...change })).not.toEqual([]);
  });

  test('in any other state', () => {
    for (const status of twinStatuses.filter((one) => one !== 'approved' && one !== 'building'))
      expect(buildProblems({ ...approved, status }, facts)).not.toEqual([]);
  });
});

test('whoever proposed it never decides it, whatever the roles (I6)', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (name, roles) => {
      const proposed = someTwin({ status: 'proposed', proposedBy: name });
      const decision = {
        twinId: 't1',
        verdict: 'approve' as const,
        digest: proposed.digest,
        by: name,
        at: now,
        justification: 'the subnet is closed',
      };
      expect(twinDecisionProblems(decision, proposed, { person: { name, roles }, approverRoles: roles })).not.toEqual(
        [],
      );
    }),
  );
});

const group = fc.constantFrom('rg-twins-staging', 'rg-sql-prod', 'rg-sql', 'RG-TWINS-STAGING', 'rg-prod-staging');
const rule: fc.Arbitrary<EnvironmentRule> = fc.record({
  environment: fc.constantFrom('production' as const, 'staging' as const),
  subscription: fc.constantFrom('*', subject.subscriptionId, '5e1d0c1a-0009-4000-8000-000000000009'),
  resourceGroup: fc.constantFrom('*', 'rg-*-prod', 'rg-*-staging', 'rg-twins-staging', '*prod*'),
});

test('no rules of environments place it where a machine would count as production (I1, I5)', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), group, fc.boolean(), (environments, resourceGroup, writable) => {
      const { subscriptionId } = subject;
      const mayInstall = writable ? [subscriptionId] : [];
      const problem = placeProblem({ resourceGroup }, subject, { environments, mayInstall });
      const isStaging = environmentOf(environments, { subscriptionId, resourceGroup }).environment === 'staging';
      expect(problem === null).toBe(isStaging && writable);
    }),
  );
});

test('only what carries its own tag is ours', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.string({ minLength: 1 }), (tags, twinId) => {
      const { 'patchline-twin': _ours, ...others } = Object.fromEntries(
        Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]),
      );
      expect(isTaggedFor(twinId, others)).toBe(false);
      expect(isTaggedFor(twinId, { ...others, 'Patchline-Twin': twinId })).toBe(true);
      expect(isTaggedFor(twinId, { ...others, 'patchline-twin': `${twinId}x` })).toBe(false);
    }),
  );
});
