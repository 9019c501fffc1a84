// What a changed policy changes, and which of it needs a second person.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '../../adapters/policy/loadPolicy.js';
import { policyJsonSchema } from '../../adapters/policy/schema.js';
import { changesBetween, effectOn } from '../../domain/policyChange.js';
import type { Policy } from '../../domain/policy.js';
import { someVm } from '../support/facts.js';

const folder = join(import.meta.dirname, '../../policy');
const text = readFileSync(join(folder, 'demonstration.yaml'), 'utf8');
let before: Policy;

beforeAll(() => {
  before = parsePolicy(text, 'demonstration.yaml');
});

function changed(from: string, to: string): Policy {
  expect(text).toContain(from);
  return parsePolicy(text.replace(from, to), 'changed.yaml');
}

test('the same policy changes nothing', () => {
  expect(changesBetween(before, parsePolicy(`# a remark\n${text}`, 'x'))).toEqual([]);
});

describe.each([
  ['soakSeconds: 5', 'soakSeconds: 6', 'categories.infra.soakSeconds', false],
  ['take: 30%', 'take: 40%', 'categories.infra.rings.early.take.percent', false],
  ['approverRole: changeManager', 'approverRole: sre', 'categories.infra.approverRole', true],
  ['subsetAllowed: true', 'subsetAllowed: false', 'categories.infra.subsetAllowed', true],
  ['tags: { category: infra }', 'tags: { category: other }', 'categories.infra.match.tags.category', true],
  ['resourceGroup: rg-*-staging', 'resourceGroup: rg-*-test', 'environments', true],
])('%s → %s', (from, to, path, isGuarded) => {
  test(`is a change of ${path}${isGuarded ? ' that needs a second person' : ''}`, () => {
    const changes = changesBetween(before, changed(from, to));
    expect(changes.map((change) => change.path)).toContain(path);
    expect(changes.some((change) => change.guarded !== null)).toBe(isGuarded);
  });
});

test('a new freeze and a category that is gone are guarded as a whole', () => {
  const freeze =
    'freezes:\n  - { id: yearend, reason: closing, from: "2026-12-20T00:00:00Z", until: "2027-01-03T00:00:00Z", environments: [production] }\n';
  const withFreeze = parsePolicy(`${text.replace(/^freezes:.*\n/m, '')}\n${freeze}`, 'x');
  expect(changesBetween(before, withFreeze)).toMatchObject([
    { path: 'freezes.yearend', kind: 'added', guarded: 'freezes' },
  ]);
  const without = { ...before, categories: before.categories.slice(1) };
  expect(changesBetween(before, without)).toMatchObject([{ path: 'categories.infra', kind: 'removed' }]);
  expect(changesBetween(before, without)[0]?.guarded).not.toBeNull();
});

test('machines that move and categories that catch nothing are told', () => {
  const vm = someVm({ tags: { category: 'infra' }, resourceGroup: 'rg-infra-prod' });
  const { moved, empty } = effectOn([vm], before, changed('tags: { category: infra }', 'tags: { category: other }'));
  expect(moved).toMatchObject([{ before: 'production/infra', after: 'production/no category' }]);
  expect(empty).toEqual(expect.arrayContaining(['infra', 'web']));
});

test('the JSON Schema for editors is the one in the folder', () => {
  expect(JSON.parse(readFileSync(join(folder, 'policy.schema.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(policyJsonSchema())),
  );
});
