// The whole code flow against a real provider, by a browser with cookies; and whatever must not come of it.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Me } from '../../../api/contract/index.js';
import { createBrowser, type Browser, type Page } from '../../support/browser.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openSignInDesk, type SignInDesk } from '../../support/signInDesk.js';

onEveryDatabase('signing in with a browser', (start) => {
  let database: TestDatabase;
  let desk: SignInDesk;

  beforeAll(async () => {
    database = await start();
    desk = await openSignInDesk(database);
  }, 120_000);
  afterAll(async () => {
    await desk?.close();
    await database?.close();
  });

  /** A provider's page that asks for name and password. */
  const begin = async (browser: Browser, to = '/health') =>
    browser.open(`${desk.url}/auth/login?to=${encodeURIComponent(to)}`);
  const enter = (browser: Browser, page: Page, name: string) =>
    browser.submit(page, { name, password: `password-of-${name}` });
  const signIn = async (name: string): Promise<Browser> => {
    const browser = createBrowser();
    const end = await enter(browser, await begin(browser), name);
    expect(end.url).toBe(`${desk.url}/health`);
    return browser;
  };
  const me = async (browser: Browser): Promise<Me> => (await browser.call('GET', `${desk.url}/v1/me`)).body as Me;
  const told = async (what: RegExp) =>
    (await desk.inventory.events.events({ after: 0, limit: 1000 })).filter((one) => what.test(one.what));

  test('code, PKCE and all, ends in a session that says who and what they may', async () => {
    const browser = createBrowser();
    const form = await begin(browser, '/health?tab=tests#first');
    expect(form.text).toContain('Sign in to Patchline');
    const wrong = await browser.submit(form, { name: 'riley', password: 'guessed' });
    expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('do not fit')]);
    const end = await enter(browser, wrong, 'riley');
    expect([end.status, end.url]).toEqual([200, `${desk.url}/health?tab=tests#first`]);
    expect(await me(browser)).toMatchObject({
      name: 'riley',
      roles: ['changeManager'],
      permissions: ['signedIn', 'read', 'record', 'acknowledge', 'check', 'decide', 'policy', 'stop'],
      signedInBy: 'session',
      csrf: expect.stringMatching(/^[\w-]{43}$/),
    });
    const cookie = browser.received.findLast((line) => line.startsWith('patchline='));
    expect(cookie).toMatch(/^patchline=[\w-]{43};/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(await told(/riley signed in/)).toHaveLength(1);
    // The secret itself is nowhere in the database.
    const secret = browser.cookies(desk.url).get('patchline') ?? '';
    const { rows } = await database.pool.query('select * from sign_in_session');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test('only paths of this console are led back to', async () => {
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/%2f%2fevil.example',
      '/%2Fevil.example',
      '/%5cevil.example',
      '/%255cevil.example',
      '/today\r\nSet-Cookie: a=b',
      '/\t/evil.example',
      '/.//evil.example',
      'today',
      '',
      '/auth/login?to=/x',
      '/%zz',
    ]) {
      const answer = await createBrowser().open(`${desk.url}/auth/login?to=${encodeURIComponent(to)}`, {
        follow: false,
        accept: 'application/json',
      });
      expect([to, answer.status, answer.headers.get('location')]).toEqual([to, 400, null]);
    }
  });

  test('an answer counts once, for the browser that asked, with the state that was sent', async () => {
    const browser = createBrowser();
    const sent = await browser.open(`${desk.url}/auth/login?to=/health`, { follow: false });
    const address = new URL(sent.headers.get('location') ?? '');
    expect(address.searchParams.get('code_challenge_method')).toBe('S256');
    const state = address.searchParams.get('state') ?? '';
    const callback = (query: string) => `${desk.url}/auth/callback?${query}`;
    // Another browser, to which somebody hands their own answer: it would sign them in as somebody else.
    expect((await createBrowser().open(callback(`code=x&state=${state}`))).status).toBe(400);
    expect((await browser.open(callback('code=x&state=another'))).status).toBe(400);
    expect((await browser.open(callback('code=x'))).status).toBe(400);
    const guessed = await browser.open(
      callback(`code=guessed&state=${state}&iss=${encodeURIComponent(desk.provider.issuer)}`),
    );
    expect([guessed.status, guessed.text]).toEqual([401, expect.stringContaining('invalid_grant')]);
    expect((await browser.open(callback(`code=guessed&state=${state}`))).text).toContain('Sign-in is over');
    const [first, second] = [await begin(browser), await begin(browser, '/openapi.json')];
    // Two tabs: each comes back to where it began.
    expect((await enter(browser, second, 'alex')).url).toBe(`${desk.url}/openapi.json`);
    expect(first.text).toContain('Sign in to Patchline');
    expect(await me(browser)).toMatchObject({ name: 'alex' });
  });

  test('a wrong nonce, or a verifier of another, ends in nothing', async () => {
    for (const column of ['nonce', 'verifier']) {
      const browser = createBrowser();
      const form = await begin(browser);
      await database.pool.query(`update sign_in_attempt set ${column} = repeat('x', 43)`);
      const end = await enter(browser, form, 'riley');
      expect([column, end.status]).toEqual([column, 401]);
      expect((await browser.call('GET', `${desk.url}/v1/me`)).status).toBe(401);
    }
    expect((await told(/^refused: GET \/auth\/callback/)).length).toBeGreaterThan(0);
  });

  test('what changes something needs the token of this session, from this console', async () => {
    const [browser, other] = [await signIn('riley'), await signIn('riley')];
    const stop = (headers: Record<string, string>) =>
      browser.call('POST', `${desk.url}/v1/stop-all`, headers, { reason: 'a drill of the sign-in tests' });
    const [csrf, foreign] = [(await me(browser)).csrf ?? '', (await me(other)).csrf ?? ''];
    const origin = desk.url;
    for (const headers of [
      {},
      { origin },
      { 'x-patchline-csrf': csrf },
      { origin, 'x-patchline-csrf': foreign },
      { origin, 'x-patchline-csrf': '' },
      { origin: 'https://evil.example', 'x-patchline-csrf': csrf },
      { origin: 'null', 'x-patchline-csrf': csrf },
    ] as Record<string, string>[])
      expect([headers, (await stop(headers)).status]).toEqual([headers, 403]);
    expect(await desk.inventory.stops.standingStop()).toBeNull();
    expect((await stop({ origin, 'x-patchline-csrf': csrf })).status).toBe(200);
    expect(await desk.inventory.stops.standingStop()).toMatchObject({ by: 'riley' });
    const lifted = await browser.call(
      'POST',
      `${desk.url}/v1/stop-all/lift`,
      { origin, 'x-patchline-csrf': csrf },
      { reason: 'the drill is over' },
    );
    expect(lifted.status).toBe(200);
  });

  test('signed out, a kept cookie opens nothing; a new sign-in ends the session before', async () => {
    const browser = await signIn('riley');
    const kept = browser.cookies(desk.url).get('patchline') ?? '';
    const headers = { origin: desk.url, 'x-patchline-csrf': (await me(browser)).csrf ?? '' };
    expect((await browser.call('POST', `${desk.url}/auth/logout`, headers)).body).toMatchObject({
      signedOut: true,
      providerUrl: expect.stringContaining('/session/end'),
    });
    expect(browser.cookies(desk.url).has('patchline')).toBe(false);
    const withKept = await fetch(`${desk.url}/v1/me`, { headers: { cookie: `patchline=${kept}` } });
    expect([withKept.status, await withKept.text()]).toEqual([401, expect.stringContaining('it was ended')]);
    // A planted cookie is not taken over: the sign-in makes its own.
    browser.cookies(desk.url).set('patchline', 'planted');
    expect((await begin(browser)).url).toBe(`${desk.url}/health`);
    const after = browser.cookies(desk.url).get('patchline');
    expect(after).toMatch(/^[\w-]{43}$/);
  });

  test('idle, too old, or ended by others: a session is over', async () => {
    const [idle, old, revoked, admin] = [
      await signIn('alex'),
      await signIn('alex'),
      await signIn('alex'),
      await signIn('admin'),
    ];
    const idOf = async (browser: Browser) => (await me(browser)).session?.sessionId ?? '';
    await database.pool.query(
      "update sign_in_session set last_seen_at = now() - interval '61 minutes' where session_id = $1",
      [await idOf(idle)],
    );
    await database.pool.query(
      "update sign_in_session set started_at = now() - interval '13 hours' where session_id = $1",
      [await idOf(old)],
    );
    const headers = { origin: desk.url, 'x-patchline-csrf': (await me(revoked)).csrf ?? '' };
    const asAdmin = { origin: desk.url, 'x-patchline-csrf': (await me(admin)).csrf ?? '' };
    const id = await idOf(revoked);
    // Nobody ends what is another's, or administers without the role.
    expect((await revoked.call('POST', `${desk.url}/v1/sessions/${await idOf(admin)}/end`, headers)).status).toBe(404);
    expect((await revoked.call('POST', `${desk.url}/v1/people/admin/end-sessions`, headers)).status).toBe(403);
    expect((await revoked.call('GET', `${desk.url}/v1/sessions?everybody=true`)).status).toBe(403);
    const listed = (await admin.call('GET', `${desk.url}/v1/sessions?everybody=true`)).body as { sessionId: string }[];
    expect(listed.map((one) => one.sessionId)).toContain(id);
    expect((await admin.call('POST', `${desk.url}/v1/people/alex/end-sessions`, asAdmin)).status).toBe(200);
    const answers = [idle, old, revoked].map(async (browser) => (await browser.call('GET', `${desk.url}/v1/me`)).body);
    expect(await Promise.all(answers)).toEqual([
      expect.objectContaining({ status: 401 }),
      expect.objectContaining({ status: 401 }),
      expect.objectContaining({ status: 401, detail: expect.stringContaining('it was ended') }),
    ]);
    expect((await me(admin)).name).toBe('admin');
    const own = await admin.call('POST', `${desk.url}/v1/sessions/${await idOf(admin)}/end`, asAdmin);
    expect([own.status, (await admin.call('GET', `${desk.url}/v1/me`)).status]).toEqual([200, 401]);
  });

  test('answers carry a strict policy of content, and refusals fill no log', async () => {
    const { headers } = await createBrowser().open(`${desk.url}/health`);
    const csp = headers.get('content-security-policy') ?? '';
    expect(csp).toMatch(/script-src 'self' 'nonce-[0-9a-f]{32}'/);
    expect(csp).not.toMatch(/unsafe/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    const before = (await told(/^refused:/)).length;
    for (let each = 0; each < 50; each += 1) await fetch(`${desk.url}/v1/status`);
    expect((await told(/^refused:/)).length - before).toBeLessThanOrEqual(1);
  });
});
