// The people of this installation and their tokens, in a file that only its owner may read.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Person } from '../../domain/policy.js';
import type { PeoplePort } from '../../ports/people.js';
import { role } from './forms.js';

export interface People extends PeoplePort {
  people: Person[];
  /** By name, so that the start and the CLI can say how to sign in. */
  tokens: ReadonlyMap<string, string>;
  /** What somebody signs in with at the embedded identity provider. */
  secretsOf(name: string): string[];
  file: string;
}

const personSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/i, 'must be a short name'),
  mail: z.email(),
  roles: z.array(role).min(1),
  token: z.string().min(24, 'must be at least 24 characters: remove the file to have new ones made'),
  /** For the embedded identity provider; without one, the token is the password too. */
  password: z.string().min(12, 'must be at least 12 characters').optional(),
});
const fileSchema = z.strictObject({ people: z.array(personSchema).min(1).max(10_000) });

const demonstrationPeople: Person[] = [
  { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] },
  { name: 'sam', mail: 'sam@patchline.example', roles: ['sre'] },
  { name: 'kim', mail: 'kim@patchline.example', roles: ['scheduler'] },
  { name: 'alex', mail: 'alex@patchline.example', roles: ['auditor'] },
  { name: 'admin', mail: 'admin@patchline.example', roles: ['administrator'] },
];

/** Makes the demonstration people on first start; a file that is there is used as it is. */
export async function loadPeople(file: string): Promise<People> {
  await mkdir(dirname(file), { recursive: true });
  const text = await readFile(file, 'utf8').catch(async (error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
    await createOnce(file);
    return readFile(file, 'utf8');
  });
  await narrow(file);
  const entries = readEntries(text, file);
  const people = entries.map(({ name, mail, roles }) => ({ name, mail, roles }));
  const hashes = entries.map(({ token }, index) => ({ hash: sha256(token), person: people[index] ?? null }));
  return {
    people,
    tokens: new Map(entries.map(({ name, token }) => [name, token])),
    secretsOf: (name) => entries.filter((one) => one.name === name).map((one) => one.password ?? one.token),
    file,
    personByToken(token) {
      const hash = sha256(token);
      // Everybody is compared, so the time taken tells nothing.
      return hashes.filter((entry) => timingSafeEqual(entry.hash, hash))[0]?.person ?? null;
    },
    personByName: (name) => people.find((person) => person.name.toLowerCase() === name.toLowerCase()) ?? null,
  };
}

/** It holds secrets: copied or unpacked with wider rights, it is narrowed again, unless somebody else owns it. */
async function narrow(file: string): Promise<void> {
  try {
    await chmod(file, 0o600);
  } catch (error) {
    if (!isCode(error, 'EPERM') && !isCode(error, 'EROFS')) throw error;
  }
}

/** Written aside and linked into place: two processes that start at once read the same whole file. */
async function createOnce(file: string): Promise<void> {
  const people = demonstrationPeople.map((person) => ({
    ...person,
    token: randomBytes(32).toString('base64url'),
    password: readablePassword(),
  }));
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(aside, `${JSON.stringify({ people }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(aside, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** 80 bits, in letters and digits that nobody confuses. */
function readablePassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  const letters = [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length] ?? 'x').join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

function readEntries(text: string, file: string): z.output<typeof personSchema>[] {
  const parsed = fileSchema.safeParse(jsonOf(text, file));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`${file} is not a list of people: ${problems.join('; ')}`);
  }
  const { people } = parsed.data;
  for (const key of ['name', 'token'] as const) {
    if (new Set(people.map((person) => person[key])).size < people.length) {
      throw new Error(`${file}: two people have the same ${key}: give each their own`);
    }
  }
  return people;
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the text, tokens included.
    throw new Error(`${file} is not JSON: correct it, or remove it to have new people made`);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
