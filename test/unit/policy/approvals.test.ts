// Rules of approval as they are written: what is taken, and how each mistake is told.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parsePolicy, PolicyError } from '../../../adapters/policy/loadPolicy.js';
import type { Policy } from '../../../domain/policy.js';

const text = readFileSync(join(import.meta.dirname, '../../../policy/azure.yaml'), 'utf8');
const anchor = '  delegation: { daysMax: 31 }\n';

function withApprovals(lines: string): Policy {
  expect(text).toContain(anchor);
  return parsePolicy(text.replace(anchor, `${anchor}${lines}`), 'p.yaml');
}

const rule = (step: string) => `  rules:\n    - { id: board, categories: [web], steps: [${step}] }\n`;
const automatic = (change = '') =>
  `  automatic:\n    rules:\n      - { id: quiet, categories: [web], classifications: [security], kinds: [cumulative], severityAtMost: moderate, releasedHoursMin: 72 }\n${change}`;

const arrivals = (rules: string) => `  arrivals: [${rules}]\n`;

test('what is not written is nobody: no rule, no automatic approval, no delegation, nobody who joins later', () => {
  const { approvals } = parsePolicy(text.replace(anchor, ''), 'p.yaml');
  expect(approvals).toMatchObject({
    rules: [],
    delegation: { daysMax: 0 },
    automatic: { rules: [], neverPatches: [], neverCategories: [] },
    arrivals: [],
    policyEditorsBarredDays: 30,
  });
});

test.each([
  ['one of a role', rule('{ name: security, who: { roles: [sre] } }')],
  ['named people, as many as are needed', rule('{ name: board, who: { people: [riley, mo] }, quorum: 2 }')],
  [
    'owners, with a fallback and an escalation',
    rule(
      '{ name: owner, who: { owners: true }, fallback: { afterMinutes: 60, who: { roles: [sre] } }, escalation: { afterMinutes: 30, to: { roles: [auditor] } } }',
    ),
  ],
])('%s is taken', (_, lines) => {
  expect(withApprovals(lines).approvals.rules).toHaveLength(1);
});

test('a rule that approves is taken with what it must never approve', () => {
  const { automatic: held } = withApprovals(
    automatic('    neverPatches: [KB5070884]\n    neverCategories: [db]\n'),
  ).approvals;
  expect(held).toMatchObject({ neverPatches: ['KB5070884'], rules: [{ id: 'quiet', releasedHoursMin: 72 }] });
});

test('a rule that lets machines join later is taken, a category in one of them', () => {
  const { arrivals: held } = withApprovals(
    arrivals('{ id: fresh, categories: [web], machinesMax: 3, percentMax: 10 }'),
  ).approvals;
  expect(held).toEqual([{ id: 'fresh', categories: ['web'], machinesMax: 3, percentMax: 10 }]);
});

test.each([
  ['nobody', rule('{ name: a, who: {} }'), 'names nobody'],
  ['more approvals than people', rule('{ name: a, who: { people: [mo] }, quorum: 2 }'), 'nobody could complete it'],
  ['one person named twice', rule('{ name: a, who: { people: [mo, mo] }, quorum: 2 }'), 'nobody could complete it'],
  ['no step', '  rules:\n    - { id: board, steps: [] }\n', 'at least one step'],
  [
    'a step twice',
    rule('{ name: a, who: { roles: [sre] } }, { name: A, who: { roles: [sre] } }'),
    'names a step twice',
  ],
  ['a role that is none', rule('{ name: a, who: { roles: [boss] } }'), 'must be one of'],
  ['a quorum of none', rule('{ name: a, who: { roles: [sre] }, quorum: 0 }'), '1'],
  ['a category that is none', rule('{ name: a, who: { roles: [sre] } }').replace('[web]', '[shop]'), 'shop'],
  ['automatic for all', automatic().replace('categories: [web]', "categories: ['*']"), 'no rule approves for all'],
  ['automatic for none', automatic().replace('categories: [web]', 'categories: []'), 'one by one'],
  ['automatic for a category that is none', automatic().replace('[web]', '[shop]'), 'shop'],
  ['automatic for any class', automatic().replace('classifications: [security], ', ''), 'classifications'],
  ['automatic for any kind', automatic().replace('[cumulative]', '[]'), 'must name kinds'],
  ['automatic for any severity', automatic().replace('severityAtMost: moderate, ', ''), 'severityAtMost'],
  ['automatic at once', automatic().replace('releasedHoursMin: 72', 'releasedHoursMin: 0'), '1'],
  [
    'machines that join everywhere',
    arrivals("{ id: a, categories: ['*'], machinesMax: 3, percentMax: 10 }"),
    'no rule admits machines everywhere',
  ],
  ['machines that join nowhere', arrivals('{ id: a, categories: [], machinesMax: 3, percentMax: 10 }'), 'one by one'],
  [
    'machines that join a category that is none',
    arrivals('{ id: a, categories: [shop], machinesMax: 3, percentMax: 10 }'),
    'shop',
  ],
  ['machines that join without a number', arrivals('{ id: a, categories: [web], percentMax: 10 }'), 'machinesMax'],
  ['machines that join without a share', arrivals('{ id: a, categories: [web], machinesMax: 3 }'), 'percentMax'],
  ['a share of more than all', arrivals('{ id: a, categories: [web], machinesMax: 3, percentMax: 101 }'), '100'],
  ['a number of none', arrivals('{ id: a, categories: [web], machinesMax: 0, percentMax: 10 }'), '1'],
  [
    'a ring that is chosen',
    arrivals('{ id: a, categories: [web], machinesMax: 3, percentMax: 10, ring: canary }'),
    'ring',
  ],
  [
    'a category in two rules',
    arrivals(
      '{ id: a, categories: [web], machinesMax: 3, percentMax: 10 }, { id: b, categories: [web], machinesMax: 1, percentMax: 1 }',
    ),
    'a category in two rules',
  ],
  [
    'two rules of one name',
    arrivals(
      '{ id: a, categories: [web], machinesMax: 3, percentMax: 10 }, { id: A, categories: [app], machinesMax: 1, percentMax: 1 }',
    ),
    'has an id twice',
  ],
  ['a word that nobody knows', '  silenceApproves: true\n', 'silenceApproves'],
  ['editors who are never barred', '  policyEditorsBarredDays: 0\n', '1'],
])('%s is an error that says so', (_, lines, words) => {
  let told = '';
  try {
    withApprovals(lines);
  } catch (failure) {
    if (!(failure instanceof PolicyError)) throw failure;
    told = failure.problems.map((one) => `${one.path}: ${one.message}`).join('\n');
  }
  expect(told).toContain(words);
});
