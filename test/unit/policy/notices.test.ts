// What policy may say of notices, and how each mistake is told.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy, PolicyError } from '../../../adapters/policy/loadPolicy.js';
import { changesBetween } from '../../../domain/policyChange.js';

const shipped = readFileSync(join(import.meta.dirname, '../../../policy/azure.yaml'), 'utf8');

function problemOf(section: string): string {
  try {
    parsePolicy(`${shipped}\nnotices:\n${section}`, 'p.yaml');
  } catch (error) {
    if (error instanceof PolicyError) return error.problems.map((one) => `${one.path}: ${one.message}`).join('\n');
    throw error;
  }
  return '';
}

test('nothing said is what was before: mail to those whom it concerns, never quiet, pages passed on', () => {
  const { notices } = parsePolicy(shipped, 'p.yaml');
  expect(notices).toMatchObject({ rules: [], targets: [], quietHours: null, aheadDays: [5, 1] });
  expect(notices.pages.escalation[0]?.steps).toMatchObject([
    { concerned: true },
    { roles: ['sre'] },
    { roles: ['administrator'] },
  ]);
});

describe('mistakes', () => {
  const target = '{ name: ops, way: webhook, secret: OPS, signingSecret: OPS_KEY }';
  test.each([
    [
      'a secret in policy',
      '  targets: [{ name: ops, way: teams, secret: "https://example.webhook.office.com/x" }]',
      'secrets are never in policy',
    ],
    ['a webhook without a key', '  targets: [{ name: ops, way: webhook, secret: OPS }]', 'name a signingSecret'],
    [
      'a target that is not there',
      '  rules: [{ id: r, targets: [ops] }]',
      'notices.rules[0].targets[0]: there is no target ops',
    ],
    ['one in an escalation', '  pages: { escalation: [{ steps: [{ targets: [ops] }] }] }', 'there is no target ops'],
    ['a name twice', `  targets: [${target}, ${target}]`, 'has a name twice'],
    ['an unknown kind', '  mandatory: [everything]', 'must be one of patchAnnounced'],
    [
      'a category that is not there',
      '  rules: [{ id: r, categories: [none], roles: [sre] }]',
      'there is no category none',
    ],
    [
      'one in an escalation',
      '  pages: { escalation: [{ steps: [{ roles: [sre] }] }, { categories: [none], steps: [{ roles: [sre] }] }] }',
      'there is no category none',
    ],
    ['a rule that changes nothing', '  rules: [{ id: r }]', 'changes nothing'],
    ['a step that reaches nobody', '  pages: { escalation: [{ steps: [{}] }] }', 'reaches nobody'],
    [
      'no escalation for the rest',
      '  pages: { escalation: [{ categories: [web], steps: [{ roles: [sre] }] }] }',
      'one must count for everything else',
    ],
    ['pages without an end in sight', '  pages: { repeatMinutes: 1, escalateMinutes: 51 }', 'more than 50 times'],
    ['hours that are always quiet', '  quietHours: { zone: UTC, from: "07:00", until: "07:00" }', 'quiet at all hours'],
    ['an unknown zone', '  quietHours: { zone: Mars, from: "20:00", until: "07:00" }', 'must be a time zone'],
    ['a day twice', '  aheadDays: [5, 5]', 'names a day twice'],
    ['an unknown key', '  silent: true', 'is not a key'],
  ])('%s', (_, section, words) => {
    expect(problemOf(section)).toContain(words);
  });
});

test('where notices are sent needs a second person; who hears of what does not', () => {
  const before = parsePolicy(shipped, 'p.yaml');
  const after = parsePolicy(
    `${shipped}\nnotices: { targets: [{ name: ops, way: teams, secret: OPS }], rules: [{ id: r, targets: [ops] }] }`,
    'p.yaml',
  );
  const changes = changesBetween(before, after);
  expect(changes.map((one) => [one.path, one.guarded !== null])).toEqual([
    ['notices.rules.r', false],
    ['notices.targets.ops', true],
  ]);
});
