// What a policy file may be, and how each mistake is told: file, line, what is wrong, what to do.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy, parsePolicy, parseSources, PolicyError } from '../../../adapters/policy/loadPolicy.js';

const shipped = (name: string) => join(import.meta.dirname, '../../../policy', name);
let folder: string;
let text: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-'));
  text = await readFile(shipped('azure.yaml'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function problemsOf(source: string): PolicyError['problems'] {
  try {
    parsePolicy(source, 'p.yaml');
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

function changed(from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

function lineOf(source: string, part: string): number {
  return source.slice(0, source.indexOf(part)).split('\n').length;
}

describe('shipped policies', () => {
  test('the one for real Azure observes only, polls slowly and has no window that is always open', async () => {
    const policy = await loadPolicy(shipped('azure.yaml'));
    expect(policy.mayInstall).toEqual([]);
    expect(policy.polls.floorSeconds).toBeGreaterThanOrEqual(15);
    expect(policy.windows.every((rule) => rule.kind === 'weekly')).toBe(true);
    expect(policy.version).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the one of the embedded system opens at once', async () => {
    const policy = await loadPolicy(shipped('demonstration.yaml'));
    expect(policy.windows).toEqual([
      { id: 'next', kind: 'always', planningLeadSeconds: 20, durationMinutes: 60 },
      { id: 'soon', kind: 'always', planningLeadSeconds: 6, durationMinutes: 60 },
    ]);
    expect(policy.categories.map(({ name, tier }) => `${name} ${tier}`)).toEqual([
      'infra 0',
      'file 1',
      'web 1',
      'app 2',
      'sql 3',
      'dc 4',
      'linux 5',
    ]);
    expect(policy.categories.find(({ name }) => name === 'dc')).toMatchObject({
      unwind: 'ask',
      services: ['NTDS', 'DNS'],
      approverRole: 'changeManager',
    });
    expect(policy.mayInstall).toHaveLength(3);
  });

  test('the version is of the meaning, not of the text', () => {
    const version = parsePolicy(text, 'a').version;
    expect(parsePolicy(`# a remark\n${text}`, 'b').version).toBe(version);
    expect(parsePolicy(changed('remindAfterMinutes: 1440', 'remindAfterMinutes: 1441'), 'a').version).not.toBe(version);
  });

  test('short forms become the types of the domain', () => {
    const policy = parsePolicy(text, 'a');
    expect(policy.categories[0]?.rings.map((ring) => ring.take)).toEqual([
      { kind: 'count', count: 1 },
      { kind: 'percent', percent: 10 },
      { kind: 'rest' },
    ]);
    expect(policy.windows.find((rule) => rule.id === 'production-weekly')).toMatchObject({
      weekdays: [6],
      weeksOfMonth: [],
    });
  });
});

describe('mistakes', () => {
  const freeze = (lines: string) => `freezes:\n  - ${lines}`;
  const freezeBase = '{ id: f, reason: r, environments: [production], from: 2026-12-02T00:00:00Z, until: ';
  test.each([
    [
      'an unknown key',
      'remindAfterMinutes: 1440',
      'remindAfterMinutes: 1440\n  silenceApproves: true',
      'silenceApproves',
      'approvals.silenceApproves',
      'is not a key',
    ],
    [
      'a missing key',
      '  remindAfterMinutes: 1440\n',
      '',
      'approvals:',
      'approvals.remindAfterMinutes',
      'is missing: add it',
    ],
    [
      'a missing part',
      'mail: { from: patchline@patchline.example }',
      '',
      'environments:',
      'mail',
      'is missing: add it',
    ],
    ['a wrong type', 'tier: 0', 'tier: first', 'tier: first', 'categories[0].tier', 'must be'],
    [
      'a window that is not there',
      'production: production-weekly',
      'production: someday',
      'production: someday',
      'categories[0].windows.production',
      'there is no window someday',
    ],
    [
      'an unknown role',
      'approverRole: changeManager',
      'approverRole: boss',
      'approverRole: boss',
      'categories[0].approverRole',
      'must be one of viewer',
    ],
    ['a percentage of nothing', 'take: 10%', 'take: 0%', 'take: 0%', 'categories[0].rings[1].take', 'from 1% to 100%'],
    [
      'a percentage over all',
      'take: 10%',
      'take: 101%',
      'take: 101%',
      'categories[0].rings[1].take',
      'from 1% to 100%',
    ],
    [
      'a full ring before the last',
      'take: 10%',
      'take: 100%',
      'take: 100%',
      'categories[0].rings[1].take',
      'take less',
    ],
    [
      'rest before the last',
      'take: 1,',
      'take: rest,',
      'take: rest',
      'categories[0].rings[0].take',
      'only the last ring',
    ],
    [
      'a last ring that leaves some',
      'take: rest',
      'take: 5',
      'take: 5',
      'categories[0].rings[2].take',
      'the last ring must take the rest',
    ],
    [
      'two rings of one name',
      'name: early',
      'name: canary',
      'name: canary, take: 10%',
      'categories[0].rings[1].name',
      'is there twice',
    ],
    [
      'two categories of one name',
      '- name: file',
      '- name: Infra',
      'name: Infra',
      'categories[1].name',
      'is there twice',
    ],
    [
      'two windows of one name',
      'id: data-weekly',
      'id: staging-weekly',
      'weekly\n    kind: weekly\n    zone: UTC\n    weekdays: [sunday]',
      'windows[2].id',
      'is there twice',
    ],
    ['a zone that is none', 'zone: UTC', 'zone: Mars/Olympus', 'zone: Mars', 'windows[0].zone', 'must be a time zone'],
    ['an offset for a zone', 'zone: UTC', "zone: '+01:00'", "zone: '+01", 'windows[0].zone', 'must be a time zone'],
    [
      'a weekday that is none',
      '[wednesday]',
      '[someday]',
      'weekdays: [someday]',
      'windows[0].weekdays[0]',
      'must be one of monday',
    ],
    [
      'an unknown kind of window',
      'kind: weekly',
      'kind: monthly',
      'kind: monthly',
      'windows[0].kind',
      'use `always` or `weekly`',
    ],
    [
      'a window shorter than a session',
      'durationMinutes: 480',
      'durationMinutes: 100',
      'durationMinutes: 100',
      'windows[0].durationMinutes',
      'no session would ever fit',
    ],
    [
      'no duration',
      'durationMinutes: 480',
      'durationMinutes: 0',
      'durationMinutes: 0',
      'windows[0].durationMinutes',
      'must be at least 1',
    ],
    [
      'a freeze that ends first',
      'freezes: []',
      freeze(`${freezeBase}2026-12-01T00:00:00Z }`),
      '- { id: f',
      'freezes[0].until',
      'must be after `from`',
    ],
    [
      'a freeze without offset',
      'freezes: []',
      freeze(`${freezeBase}2026-12-03T00:00:00 }`),
      '- { id: f',
      'freezes[0].until',
      'with its offset',
    ],
    [
      'a freeze of nothing known',
      'freezes: []',
      freeze(`${freezeBase}2026-12-03T00:00:00Z, categories: [nothing] }`),
      '- { id: f',
      'freezes[0].categories[0]',
      'there is no category nothing',
    ],
    [
      'staging everywhere',
      'resourceGroup: rg-*-staging',
      "resourceGroup: '*'",
      'environment: staging',
      'environments[1]',
      'would make every machine staging',
    ],
    [
      'no production',
      'environment: production',
      'environment: staging',
      'environments:',
      'environments',
      'names no production',
    ],
    [
      'a category of all machines',
      'match: { osType: linux }',
      'match: {}',
      'match: {}',
      'categories[6].match',
      'would take every machine',
    ],
    [
      'reminders after the end',
      'expireAfterMinutes: 20160',
      'expireAfterMinutes: 60',
      'remindAfterMinutes',
      'approvals.remindAfterMinutes',
      'nobody is reminded',
    ],
    [
      'a path that reminds after its end',
      'P0: { remindAfterMinutes: 240',
      'P0: { remindAfterMinutes: 2880',
      'P0: { remind',
      'approvals.paths.P0',
      'nobody is reminded',
    ],
    [
      'a path that reminds later than every request expires',
      'P1: { remindAfterMinutes: 720, expireAfterMinutes: 10080 }',
      'P1: { remindAfterMinutes: 30000 }',
      'P1: { remind',
      'approvals.paths.P1',
      'nobody is reminded',
    ],
    [
      'a path that says nothing',
      'P1: { remindAfterMinutes: 720, expireAfterMinutes: 10080 }',
      'P1: {}',
      'P1: {',
      'approvals.paths.P1',
      'says nothing',
    ],
    [
      'a path of a tier that is none',
      'P1: { remindAfterMinutes',
      'urgent: { remindAfterMinutes',
      'urgent: {',
      'approvals.paths.urgent',
      'must be a tier',
    ],
    [
      'a role that nobody can have',
      'expireAfterMinutes: 2880 }',
      'expireAfterMinutes: 2880, approverRoles: [everybody] }',
      'P0: {',
      'approvals.paths.P0.approverRoles[0]',
      'must be one of viewer',
    ],
    [
      'a danger before the beginning',
      'freezes: []',
      'freezes: []\npriority: { danger: { P0: -1 } }',
      'priority: {',
      'priority.danger.P0',
      'must be at least 0',
    ],
    [
      'no forensic script',
      'freezes: []',
      'freezes: []\nforensics: { scripts: [] }',
      'forensics: {',
      'forensics.scripts',
      'needs at least one script',
    ],
    [
      'a forensic script that is not built in',
      'freezes: []',
      'freezes: []\nforensics: { scripts: [curl] }',
      'forensics: {',
      'forensics.scripts[0]',
      'must be one of forensics/1',
    ],
    [
      'a subscription that is none',
      'mayInstall: []',
      'mayInstall: [all]',
      'mayInstall: [all]',
      'mayInstall[0]',
      'must be a subscription id',
    ],
    ['a key twice', 'mayInstall: []', 'mayInstall: []\nmayInstall: []', '', 'YAML', 'unique'],
  ])('%s', (_title, from, to, at, path, message) => {
    const source = changed(from, to);
    const problems = problemsOf(source);
    const found = problems.find((problem) => problem.path === path);
    expect({ problems, found: found?.message }).toMatchObject({ found: expect.stringContaining(message) });
    expect(found?.file).toBe('p.yaml');
    if (at !== '') expect(found?.line).toBe(lineOf(source, at));
  });

  test('all are told together, in the order of the file', () => {
    const source = text
      .replace('tier: 0', 'tier: -1')
      .replace('production: data-weekly', 'production: someday')
      .replace('zone: UTC', 'zone: Nowhere')
      .replace('floorSeconds: 15', 'floorSeconds: 15\n  hurry: true');
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.path)).toEqual([
      'categories[0].tier',
      'categories[4].windows.production',
      'windows[0].zone',
      'polls.hurry',
    ]);
    const error = new PolicyError(problems);
    expect(error.message.split('\n')[0]).toBe(
      `p.yaml:${lineOf(source, 'tier: -1')}: categories[0].tier: must be at least 0`,
    );
  });
});

describe('files that are none', () => {
  test.each([
    ['nothing', ''],
    ['a list', '- 1'],
    ['a word', 'hello'],
    ['broken YAML', 'a: [1, 2'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['an unknown tag', 'a: !!js/function "x"'],
    ['an alias bomb', bomb()],
    ['deep nesting', '['.repeat(50_000)],
  ])('%s', (_title, source) => {
    const problems = problemsOf(source);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.line).toBeGreaterThanOrEqual(1);
  });

  test('larger than 1 MB, not UTF-8, not there', async () => {
    const file = join(folder, 'large.yaml');
    await writeFile(file, `${text}\n#${'x'.repeat(1_000_000)}`);
    await expect(loadPolicy(file)).rejects.toThrow('larger than 1 MB');
    await writeFile(file, Buffer.from([0x61, 0xff, 0xfe]));
    await expect(loadPolicy(file)).rejects.toThrow('is not UTF-8');
    await expect(loadPolicy(join(folder, 'none.yaml'))).rejects.toThrow('none.yaml:1: policy: cannot be read');
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array<string>(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}

describe('a policy of several files', () => {
  const parts = () => {
    const cut = text.indexOf('\nwindows:') + 1;
    return [
      { file: 'a.yaml', text: text.slice(0, cut).trimEnd() },
      { file: 'b.yaml', text: text.slice(cut) },
    ] as const;
  };

  test('says what one file would', () => {
    expect(parseSources(parts()).version).toBe(parsePolicy(text, 'p.yaml').version);
  });

  test('names the file and the line of what is wrong', () => {
    const [a, b] = parts();
    const wrong = { file: 'b.yaml', text: `${b.text}\nnonsense: 1\n` };
    const line = wrong.text.split('\n').indexOf('nonsense: 1') + 1;
    expect(() => parseSources([a, wrong])).toThrow(`b.yaml:${line}: nonsense: is not a key of a policy`);
  });

  test('says each thing once', () => {
    const twice = [...parts(), { file: 'c.yaml', text: 'mayInstall: []\n' }];
    expect(() => parseSources(twice)).toThrow(/c\.yaml:1: YAML: Map keys must be unique/);
  });

  test('is read from a folder', async () => {
    const home = join(folder, 'parts');
    await mkdir(home);
    await expect(loadPolicy(home)).rejects.toThrow('holds no .yaml file');
    for (const part of parts()) await writeFile(join(home, part.file), part.text);
    await writeFile(join(home, 'README.md'), '# no policy');
    expect((await loadPolicy(home)).version).toBe(parsePolicy(text, 'p.yaml').version);
  });
});
