// Category of a machine: exactly one, or none and never patched.

import { describe, expect, test } from '@jest/globals';
import { categoryOf, explainCategory } from '../../domain/category.js';
import type { CategoryRule } from '../../domain/policy.js';
import { someVm } from '../support/facts.js';

function aCategory(name: string, match: Partial<CategoryRule['match']>): CategoryRule {
  return {
    name,
    tier: 0,
    match: { tags: {}, osType: null, osName: null, name: null, resourceGroup: null, subscription: null, ...match },
    windows: { staging: 'w', production: 'w' },
    rings: [{ name: 'all', take: { kind: 'rest' }, failureBudget: 0 }],
    inFlightMax: 1,
    waveSizeMax: 1,
    soakSeconds: 0,
    services: [],
    approverRole: 'changeManager',
    unwind: 'ask',
    subsetAllowed: false,
  };
}

const rules = [
  aCategory('web', { tags: { Category: 'web' }, osType: 'windows' }),
  aCategory('linux', { osType: 'linux' }),
  aCategory('lab', { resourceGroup: 'rg-lab-*' }),
  aCategory('everything', {}),
];

describe('categoryOf', () => {
  test.each([
    [{ category: 'web' }, 'windows', 'rg-web-prod', 'web', 'tag Category=web'],
    [{ CATEGORY: 'web' }, 'windows', 'rg-web-prod', 'web', 'windows'],
    [{ category: 'Web' }, 'windows', 'rg-web-prod', null, 'no category'],
    [{ category: 'web' }, 'linux', 'rg-web-prod', 'linux', 'operating system linux'],
    [{ category: 'web', CATEGORY: 'sql' }, 'windows', 'rg-web-prod', null, 'no category'],
    [{}, 'windows', 'RG-LAB-1', 'lab', 'rg-lab-*'],
    [{ category: 'web' }, 'windows', 'rg-lab-1', null, 'web, lab'],
    [{}, 'windows', 'rg', null, 'no category'],
  ] as const)('%j %s in %s: %s', (tags, osType, resourceGroup, category, reason) => {
    const verdict = categoryOf(rules, someVm({ tags, osType, resourceGroup }));
    expect(verdict.category).toBe(category);
    expect(verdict.reason).toContain(reason);
  });
});

test.each([
  [{ name: 'web-*' }, { name: 'WEB-prd-01' }, { name: 'app-prd-01' }],
  [{ osName: 'Windows Server 2022*' }, { osName: 'Windows Server 2022 Datacenter' }, { osName: null }],
  [{ subscription: 'AAAA' }, { subscriptionId: 'aaaa' }, { subscriptionId: 'bbbb' }],
])('%j takes %j, and not %j', (match, taken, other) => {
  const rule = [aCategory('one', match)];
  expect(categoryOf(rule, someVm(taken)).category).toBe('one');
  expect(categoryOf(rule, someVm(other)).category).toBeNull();
  expect(explainCategory(rule, someVm(other)).rules[0]).toMatchObject({ takes: false, conditions: [{ met: false }] });
});
