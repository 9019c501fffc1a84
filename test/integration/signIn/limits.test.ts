// What ends or slows a sign-in: many requests from one address, a stream that outlives its session, pages that read while nobody is there.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBrowser, type Browser } from '../../support/browser.js';
import { openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { openSignInDesk, type SignInDesk } from '../../support/signInDesk.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

let database: TestDatabase;
let desk: SignInDesk;
const requestsPerMinute = 200;

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  desk = await openSignInDesk(database, { web: { requestsPerMinute } });
}, 120_000);

afterAll(async () => {
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
});

async function signIn(name: string): Promise<Browser> {
  const browser = createBrowser();
  const form = await browser.open(`${desk.url}/auth/login?to=/health`);
  await browser.submit(form, { name, password: `password-of-${name}` });
  return browser;
}

const seenAt = async (): Promise<string> => {
  const { rows } = await database.pool.query('select max(last_seen_at) as at from sign_in_session');
  return String((rows[0] as { at: unknown }).at);
};

async function letTimePass(minutes: number): Promise<void> {
  await database.pool.query(
    `update sign_in_session set last_seen_at = last_seen_at - interval '${minutes} minutes' where ended_at is null`,
  );
}

test('what a page reads while nobody is at it keeps no session from ending by idleness', async () => {
  const browser = await signIn('alex');
  await letTimePass(30);
  const before = await seenAt();
  const unattended = { 'x-patchline-unattended': '1' };
  expect((await browser.call('GET', `${desk.url}/v1/today`, unattended)).status).toBe(200);
  expect(await seenAt()).toBe(before);
  await letTimePass(31);
  expect((await browser.call('GET', `${desk.url}/v1/today`, unattended)).status).toBe(401);
  // Somebody who is there stays signed in.
  const other = await signIn('alex');
  await letTimePass(30);
  const idle = await seenAt();
  expect((await other.call('GET', `${desk.url}/v1/today`)).status).toBe(200);
  expect(await seenAt()).not.toBe(idle);
});

test('a stream ends with the session that opened it', async () => {
  const browser = await signIn('riley');
  const admin = await signIn('admin');
  const cookie = [...browser.cookies(desk.url)].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${desk.url}/v1/stream`, { headers: { cookie } });
  expect(answer.status).toBe(200);
  const me = (await admin.call('GET', `${desk.url}/v1/me`)).body as { csrf: string };
  const headers = { origin: desk.url, 'x-patchline-csrf': me.csrf };
  expect((await admin.call('POST', `${desk.url}/v1/people/riley/end-sessions`, headers)).status).toBe(200);
  // It is read to its end: a stream that went on would never come to it.
  expect(await answer.text()).toContain('event: beat');
  expect((await fetch(`${desk.url}/v1/stream`, { headers: { cookie } })).status).toBe(401);
}, 60_000);

test('more requests than an address may make in a minute are told when to come again, also those of nobody', async () => {
  const answers = await Promise.all(Array.from({ length: requestsPerMinute + 20 }, () => fetch(`${desk.url}/health`)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  const [first] = refused;
  expect(Number(first?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await first?.json()).toMatchObject({
    title: 'Too many requests',
    detail: expect.stringContaining('go on in'),
  });
});
