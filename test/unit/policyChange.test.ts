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
  ['resourceGroup: rg-*-staging', 'resourceGroup: rg-*s-staging', 'environments', true],
  ['lifeDays: 14', 'lifeDays: 30', 'twins.lifeDays', true],
])('%s → %s', (from, to, path, isGuarded) => {
  test(`is a change of ${path}${isGuarded ? ' that needs a second person' : ''}`, () => {
    const changes = changesBetween(before, changed(from, to));
    expect(changes.map((change) => change.path)).toContain(path);
    expect(changes.some((change) => change.guarded !== null)).toBe(isGuarded);
  });
});

test('a waiver needs a second person, an owner and a baseline do not', () => {
  const parts = {
    waivers:
      '\n  - { id: old-runtime, reason: the vendor is late, item: Old Runtime, until: "2027-01-01T00:00:00Z", category: web }\n',
    owners: '\n  - { owner: web@contoso.example, match: { tags: { category: web } } }\n',
    baselines: '\n  - { name: web, category: web, content: { software: [Antivirus], requiredPatches: [KB5070884] } }\n',
  };
  const guardsOf = (part: keyof typeof parts) =>
    changesBetween(before, parsePolicy(`${text}\n${part}:${parts[part]}`, 'x')).map((change) => change.guarded);
  expect(guardsOf('waivers')).toEqual(['waivers']);
  expect(guardsOf('owners').every((guard) => guard === null)).toBe(true);
  expect(guardsOf('baselines').every((guard) => guard === null)).toBe(true);
  expect(parsePolicy(`${text}\nbaselines:${parts.baselines}`, 'x').baselines[0]?.content).toMatchObject({
    software: [{ name: 'Antivirus', version: null, match: 'atLeast', system: null }],
    requiredPatches: [{ patchId: 'KB5070884', system: null }],
  });
});

test('what is probed needs a second person: it decides who is healthy, and its scripts run as administrator', () => {
  const probes = (section: string) => parsePolicy(`${text}\nprobes: ${section}`, 'x');
  const script = "{ name: orders, osType: windows, text: 'exit 0' }";
  const [change] = changesBetween(before, probes(`{ web: { ports: [80], scripts: [${script}] } }`));
  expect(change).toMatchObject({ path: 'probes.web', guarded: expect.stringContaining('administrator') });
  const other = changesBetween(
    probes(`{ web: { scripts: [${script}] } }`),
    probes(`{ web: { scripts: [${script.replace('exit 0', 'exit 1')}] } }`),
  );
  expect(other).toMatchObject([{ path: 'probes.web.scripts.orders.text', guarded: expect.any(String) }]);
});

test.each([
  ['a category that is not there', 'mars: { ports: [80] }', 'there is no category mars'],
  ['a port that is none', 'web: { ports: [0] }', 'ports'],
  [
    'a check of another machine',
    'web: { http: [{ name: a, url: "http://169.254.169.254/" }] }',
    'on the machine itself',
  ],
  ['a check with a password', 'web: { http: [{ name: a, url: "http://a:b@localhost/" }] }', 'on the machine itself'],
  ['a file', 'web: { http: [{ name: a, url: "file:///etc/passwd" }] }', 'on the machine itself'],
  ['a name with other characters', 'web: { http: [{ name: "a:b", url: "http://localhost/" }] }', '1 to 40 letters'],
  [
    'the same name twice',
    'web: { http: [{ name: a, url: "http://localhost/" }, { name: a, url: "http://localhost/b" }] }',
    'twice',
  ],
  ['a script of nothing', 'web: { scripts: [{ name: a, osType: linux, text: " " }] }', 'must do something'],
  [
    'a script that never ends',
    'web: { scripts: [{ name: a, osType: linux, text: "true", timeoutSeconds: 3600 }] }',
    '60',
  ],
  ['ignoring everything', 'web: { ignoredErrors: ["*"] }', 'must name something'],
  ['a checklist', 'web: { checklist: [] }', 'checklist'],
])('probes: %s is refused', (_, section, words) => {
  expect(() => parsePolicy(`${text}\nprobes: { ${section} }`, 'x')).toThrow(words);
});

test.each([
  [
    'a category that is not there',
    'owners:\n  - { owner: x, category: mars, match: { osType: windows } }',
    'no category mars',
  ],
  ['an owner of everything', 'owners:\n  - { owner: x, match: {} }', 'would take every machine'],
  [
    'a waiver for everybody',
    'waivers:\n  - { id: a, reason: b, item: c, until: "2027-01-01T00:00:00Z" }',
    'every machine differ',
  ],
  ['a waiver without end', 'waivers:\n  - { id: a, reason: b, item: c, vm: d }', 'is missing'],
  [
    'a baseline that contradicts itself',
    'baselines:\n  - { name: a, content: { software: [b], forbiddenSoftware: [b] } }',
    'wants and forbids',
  ],
  ['software that is a number', 'baselines:\n  - { name: a, content: { software: [1] } }', 'the name of software'],
])('%s is an error with its line', (_, part, message) => {
  expect(() => parsePolicy(`${text}\n${part}`, 'x')).toThrow(new RegExp(`x:\\d+:.*${message}`, 's'));
});

test('who decides by urgency, when a deadline is in danger, and what evidence is taken need a second person', () => {
  const guardsOf = (from: string, to: string) =>
    changesBetween(before, changed(from, to)).map(({ path, guarded }) => [path, guarded]);
  const path = 'P0: { remindAfterMinutes: 4, expireAfterMinutes: 60 }';
  expect(guardsOf(path, 'P0: { remindAfterMinutes: 4, expireAfterMinutes: 60, approverRoles: [sre] }')).toEqual([
    ['approvals.paths.P0.approverRoles', 'rules of approval'],
  ]);
  expect(guardsOf('freezes: []', 'freezes: []\npriority: { danger: { P0: 1 } }')).toEqual([
    ['priority.danger.P0', 'how soon patches are due'],
  ]);
  const without = changesBetween(before, { ...before, forensics: { scripts: [] } });
  expect(without).toMatchObject([{ path: 'forensics.scripts', guarded: 'evidence before a patch' }]);
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

test('a checklist that lets more through needs a second person', () => {
  const policy = (items: string) =>
    parsePolicy(`${text.replace(/^tests: .*$/m, '')}\ntests: { checklists: { web: [${items}] } }`, 'x');
  const [order, layout] = [
    '{ name: order, text: order a book, role: sre }',
    '{ name: layout, text: look, person: riley }',
  ];
  const [change] = changesBetween(policy(`${order}, ${layout}`), policy(order));
  expect(change).toMatchObject({ path: 'tests.checklists.web.layout', kind: 'removed', guarded: expect.any(String) });
});

test.each([
  ['nobody responsible', 'web: [{ name: order, text: order a book }]', 'needs a role or a person'],
  [
    'two who are',
    'web: [{ name: order, text: order, role: sre, person: sam }]',
    'needs a role or a person, and not both',
  ],
  ['a name twice', 'web: [{ name: a, text: a, role: sre }, { name: A, text: b, role: sre }]', 'is there twice'],
  ['an empty list', 'web: []', 'leave the category out instead'],
  ['a category that is not there', 'shop: [{ name: a, text: a, role: sre }]', 'there is no category shop'],
  ['two lines', 'web: [{ name: a, text: "a\\nb", role: sre }]', 'must be one line'],
])('checklists: %s is refused', (_, section, words) => {
  const others = text.replace(/^tests: .*$/m, '');
  expect(() => parsePolicy(`${others}\ntests: { checklists: { ${section} } }`, 'x')).toThrow(words);
});
