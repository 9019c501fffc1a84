// `patchline login` against a real provider: the device flow, what is kept of it, and what is renewed and forgotten.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedProvider } from '../../../adapters/identity/embeddedProvider.js';
import { openEmbeddedDatabase } from '../../support/databases.js';
import { createBrowser } from '../../support/browser.js';
import { openSignInDesk, type SignInDesk } from '../../support/signInDesk.js';
import { temporaryFolder } from '../../support/temporary.js';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
let desk: SignInDesk;
let folder: string;
const closes: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  const database = await openEmbeddedDatabase();
  desk = await openSignInDesk(database);
  closes.push(
    () => desk.close(),
    () => database.close(),
  );
}, 120_000);
afterAll(async () => {
  for (const close of closes) await close();
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** `told` hears what a person would read. */
function patchline(words: string[], told: (text: string) => void = () => {}): Promise<Ended> {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    XDG_CONFIG_HOME: folder,
    PATCHLINE_URL: desk.url,
    PATCHLINE_DATA_DIR: folder,
    PATCHLINE_TOKEN: '',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], { env });
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk) => (ended.out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    ended.err += String(chunk);
    told(ended.err);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })));
}

test('a code that a browser confirms signs the terminal in, until it signs out', async () => {
  expect(await patchline(['whoami'])).toMatchObject({ code: 4, err: expect.stringContaining('patchline login') });
  const visits: Promise<void>[] = [];
  const visit = async (url: string, code: string): Promise<void> => {
    const browser = createBrowser();
    // The address with the code is a page that sends itself on.
    const asked = await browser.submit(await browser.open(url), {});
    expect(asked.text).toContain(code);
    const form = await browser.submit(asked, {});
    const end = await browser.submit(form, { name: 'riley', password: 'password-of-riley' });
    expect(end.text).toContain('The command line is signed in');
  };
  const login = await patchline(['login', '--json'], (text) => {
    const [, url, code] = /Open (\S+) and check that it shows the code ([\w-]+)\./.exec(text) ?? [];
    if (url !== undefined && code !== undefined && visits.length === 0) visits.push(visit(url, code));
  });
  await Promise.all(visits);
  expect([login.code, JSON.parse(login.out)]).toEqual([0, { name: 'riley', roles: ['changeManager'] }]);
  const file = join(folder, 'patchline', 'sign-ins.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  // About to end: it is renewed on the way, and the old refresh token with it.
  type Kept = Record<string, { expiresAt: string; refreshToken: string }>;
  const kept = JSON.parse(await readFile(file, 'utf8')) as Kept;
  const before = kept[desk.url];
  await writeFile(file, JSON.stringify({ [desk.url]: { ...before, expiresAt: new Date().toISOString() } }));
  const who = await patchline(['whoami', '--json']);
  expect([who.code, JSON.parse(who.out)]).toMatchObject([0, { name: 'riley', signedInBy: 'bearer', csrf: null }]);
  const after = (JSON.parse(await readFile(file, 'utf8')) as Kept)[desk.url];
  expect(after?.refreshToken).not.toBe(before?.refreshToken);

  expect(JSON.parse((await patchline(['logout', '--json'])).out)).toEqual({ signedOut: true, revoked: true });
  expect(await patchline(['whoami'])).toMatchObject({ code: 4 });
}, 240_000);

test('completion knows the commands, and is syntax that its shell reads', async () => {
  const { out } = await patchline(['completion', 'bash']);
  const asked = `${out}\nCOMP_WORDS=(patchline token re); COMP_CWORD=2; _patchline; echo "\${COMPREPLY[@]}"`;
  const bash = spawn('bash', ['-c', asked]);
  let said = '';
  bash.stdout.on('data', (chunk) => (said += String(chunk)));
  await new Promise((resolve) => bash.once('close', resolve));
  expect(said.trim()).toBe('revoke');
  expect((await patchline(['completion', 'zsh'])).out).toContain('compdef _patchline patchline');
  expect((await patchline(['completion', 'fish'])).out).toContain("complete -c patchline -f -a '(__patchline_words)'");
  expect((await patchline(['completion', 'tcsh'])).code).toBe(2);
}, 120_000);

test('the embedded provider does not start where others could reach Patchline', async () => {
  const file = join(folder, 'identity-provider.json');
  const exposed = { file, people: [], apiUrls: ['http://127.0.0.1:8080'], apiHost: '0.0.0.0' };
  await expect(startEmbeddedProvider(exposed)).rejects.toThrow('for this machine alone');
  const byProxy = { ...exposed, apiHost: '127.0.0.1', apiUrls: ['https://patchline.contoso.example'] };
  await expect(startEmbeddedProvider(byProxy)).rejects.toThrow('patchline.contoso.example');
});
