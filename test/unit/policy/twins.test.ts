// Where twins may be built, as it is written: a place that counts as production is refused with the rest of the policy (I1).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parsePolicy, PolicyError } from '../../../adapters/policy/loadPolicy.js';

const text = readFileSync(join(import.meta.dirname, '../../../policy/demonstration.yaml'), 'utf8');

function problemsOf(change: (policy: string) => string): string {
  const changed = change(text);
  expect(changed).not.toBe(text);
  try {
    parsePolicy(changed, 'p.yaml');
  } catch (failure) {
    if (failure instanceof PolicyError) return failure.message;
    throw failure;
  }
  return '';
}

const replace = (from: string | RegExp, to: string) => (policy: string) => policy.replace(from, to);

test('a policy without them builds none; the demonstration has a subnet for each of its regions', () => {
  const without = text.replace(/\ntwins:\n(?: .*\n)+/, '\n');
  expect(parsePolicy(without, 'p.yaml').twins).toBeNull();
  const { twins } = parsePolicy(text, 'p.yaml');
  expect(twins?.places.map((place) => place.region)).toEqual(['westeurope', 'switzerlandnorth']);
  expect(twins).toMatchObject({ size: null, lifeDays: 14, atOnceMax: 3 });
});

test.each([
  ['a resource group of production', replace('rg-twins-staging', 'rg-sql-prod'), 'counts as production there'],
  ['a resource group that no rule names', replace('rg-twins-staging', 'rg-twins'), 'counts as production there'],
  [
    'rules that contradict each other',
    replace(
      'resourceGroup: rg-*-prod }',
      'resourceGroup: rg-*-prod }\n  - { environment: production, subscription: "*", resourceGroup: rg-twins-* }',
    ),
    'contradict each other',
  ],
  [
    'a group left open',
    replace('resourceGroup: rg-twins-staging', 'resourceGroup: rg-*-staging'),
    'one resource group',
  ],
  [
    'a subscription that nothing may be written to',
    replace('  - 5e1d0c1a-0003-4000-8000-000000000003\n', ''),
    'mayInstall does not name it',
  ],
  ['a subnet that is none', replace(/subnet: \/subscriptions\S+/, 'subnet: isolated'), 'must be the id of a subnet'],
  ['no place', replace(/places:\n(?: {4}.*\n)+/, 'places: []\n'), 'at least one region'],
  ['a life without an end', replace('lifeDays: 14', 'lifeDays: 0'), 'twins.lifeDays'],
  ['a key that is none', replace('lifeDays: 14', 'lifeDays: 14\n  publicAddress: true'), 'is not a key of a policy'],
])('%s is refused, and said why', (_, change, words) => {
  expect(problemsOf(change)).toContain(words);
});
