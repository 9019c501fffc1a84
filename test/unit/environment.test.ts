// Environment and category of a machine: in doubt production, in doubt no category.

import { describe, expect, test } from '@jest/globals';
import { environmentOf } from '../../domain/environment.js';
import { matchesGlob } from '../../domain/glob.js';
import type { EnvironmentRule } from '../../domain/policy.js';

const sub = '5e1d0c1a-0003-4000-8000-00000000000a';
const rules: EnvironmentRule[] = [
  { environment: 'production', subscription: '*', resourceGroup: 'rg-*-prod' },
  { environment: 'staging', subscription: '*', resourceGroup: 'rg-*-staging' },
  { environment: 'staging', subscription: sub, resourceGroup: '*' },
];

describe('environmentOf', () => {
  test.each([
    ['other', 'rg-web-prod', 'production', 'resource group rg-*-prod'],
    ['other', 'RG-Web-Staging', 'staging', 'resource group rg-*-staging'],
    [sub.toUpperCase(), 'anything', 'staging', `subscription ${sub}`],
    ['other', 'anything', 'production', 'no environment rule'],
    [sub, 'rg-web-prod', 'production', 'contradict'],
    ['other', 'rg-staging', 'production', 'no environment rule'],
  ])('%s / %s is %s', (subscriptionId, resourceGroup, environment, reason) => {
    const verdict = environmentOf(rules, { subscriptionId, resourceGroup });
    expect(verdict.environment).toBe(environment);
    expect(verdict.reason).toContain(reason);
  });

  test('without rules everything is production', () => {
    expect(environmentOf([], { subscriptionId: sub, resourceGroup: 'rg-web-staging' }).environment).toBe('production');
  });
});

describe('matchesGlob', () => {
  test.each([
    ['*', '', true],
    ['a', 'A', true],
    ['a*', 'b', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*bc*c', 'abc', false],
    ['a.c', 'abc', false],
    ['*x*x*', 'x', false],
  ])('%s takes %s: %p', (glob, name, expected) => expect(matchesGlob(glob, name)).toBe(expected));
});
