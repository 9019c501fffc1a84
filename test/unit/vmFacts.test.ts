// What is known of a machine beside Azure's list: who counts when tags, policy and people disagree.

import { expect, test } from '@jest/globals';
import { factsOf } from '../../domain/vmFacts.js';
import { now, someVm } from '../support/facts.js';

const vm = someVm({ tags: { Owner: 'tag@contoso.example', category: 'web' } });
const rule = {
  owner: 'policy@contoso.example',
  match: { tags: { category: 'web' }, osType: null, osName: null, name: null, resourceGroup: null, subscription: null },
  category: null,
};
const word = { name: 'owner' as const, value: 'kim@contoso.example', by: 'kim', at: now };
const owner = (...of: Parameters<typeof factsOf>) => factsOf(...of).find((fact) => fact.name === 'owner');

test('a person counts before policy, policy before a tag; all are told', () => {
  expect(owner(vm, [], [])).toMatchObject({ value: 'tag@contoso.example', disagree: false });
  expect(owner(vm, [], [rule])).toMatchObject({ value: 'policy@contoso.example', disagree: true });
  expect(owner(vm, [word], [rule])).toMatchObject({ value: 'kim@contoso.example', disagree: true });
  expect(owner(vm, [word], [rule])?.told.map((one) => one.source)).toEqual(['person', 'policy', 'tag']);
});

test('a rule of another category or of other machines says nothing', () => {
  const elsewhere = { ...rule, match: { ...rule.match, tags: { category: 'app' } } };
  expect(owner(vm, [], [{ ...rule, category: 'app' }, elsewhere])?.value).toBe('tag@contoso.example');
});
