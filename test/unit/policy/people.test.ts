// People and tokens: made once, private, and only whole tokens count.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPeople } from '../../../adapters/policy/people.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the first start makes them, the second uses them', async () => {
  const first = await loadPeople(join(folder, 'data', 'people.json'));
  expect(first.people.map(({ name, roles }) => `${name} ${roles.join()}`)).toEqual([
    'riley changeManager',
    'sam sre',
    'kim scheduler',
    'alex auditor',
    'admin administrator',
  ]);
  expect(new Set(first.tokens.values()).size).toBe(5);
  expect((await stat(first.file)).mode & 0o777).toBe(0o600);
  expect([...(await loadPeople(join(folder, 'data', 'people.json'))).tokens]).toEqual([...first.tokens]);
  expect(await readdir(join(folder, 'data'))).toEqual(['people.json']);
});

test('starts at the same moment agree', async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => loadPeople(join(folder, 'people.json'))));
  expect(new Set(all.map(({ tokens }) => tokens.get('riley'))).size).toBe(1);
  expect(await readdir(folder)).toEqual(['people.json']);
});

test('a token names its person, anything else nobody', async () => {
  const people = await loadPeople(join(folder, 'people.json'));
  const token = people.tokens.get('sam') ?? '';
  expect(people.personByToken(token)).toEqual({ name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] });
  for (const wrong of ['', 'sam', token.slice(1), `${token} `, token.toUpperCase()])
    expect(people.personByToken(wrong)).toBeNull();
});

test('rights that are too wide are narrowed', async () => {
  const { file } = await loadPeople(join(folder, 'people.json'));
  await chmod(file, 0o644);
  await loadPeople(join(folder, 'people.json'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a damaged file is refused without showing it', async () => {
  const { file, tokens } = await loadPeople(join(folder, 'people.json'));
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.slice(0, -3));
  const failure = await loadPeople(join(folder, 'people.json')).catch((error: unknown) => String(error));
  expect(failure).toContain('is not JSON');
  for (const token of tokens.values()) expect(failure).not.toContain(token);
  await writeFile(file, text.replace(tokens.get('kim') ?? '?', tokens.get('sam') ?? '?'));
  await expect(loadPeople(join(folder, 'people.json'))).rejects.toThrow('the same token');
  await writeFile(file, text.replace('"sre"', '"king"'));
  await expect(loadPeople(join(folder, 'people.json'))).rejects.toThrow('people.1.roles.0');
});
