// Bearer tokens of an identity provider: which ones count, what their claims give, and what happens when the provider is away.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, type JWTPayload } from 'jose';
import type { Me } from '../../../api/contract/index.js';
import { createBrowser } from '../../support/browser.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { startIssuer, type TestIssuer } from '../../support/issuer.js';
import { openSignInDesk, type SignInDesk } from '../../support/signInDesk.js';

const audience = 'api://patchline';
const seconds = () => Math.floor(Date.now() / 1000);
const withRoles = (text: string) => `${text}
signIn:
  roles:
    - { claim: roles, value: Patchline.Sre, role: sre }
    - { claim: groups, value: 8c1f, role: approver-databases }
    - { claim: preferred_username, value: riley, role: changeManager }
`;

onEveryDatabase('bearer tokens', (start) => {
  let database: TestDatabase;
  let issuer: TestIssuer;
  let desk: SignInDesk;

  beforeAll(async () => {
    [database, issuer] = [await start(), await startIssuer()];
    const identity = { issuer: issuer.url, knownAs: null, audience, clientId: 'console', keysRestMs: 200 };
    desk = await openSignInDesk(database, { policy: withRoles, identity });
  }, 120_000);
  afterAll(async () => {
    await desk?.close();
    await issuer?.close();
    await database?.close();
  });

  const claimsOf = (name: string, more: JWTPayload = {}): JWTPayload => ({
    iss: issuer.url,
    aud: audience,
    sub: `subject-of-${name}`,
    preferred_username: name,
    email: `${name}@contoso.example`,
    iat: seconds(),
    exp: seconds() + 600,
    ...more,
  });
  const ask = async (token: string) => {
    const answer = await fetch(`${desk.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as Me & { detail: string } };
  };

  test('a good one says who it is, and claims that policy names give roles', async () => {
    const token = await issuer.sign(
      claimsOf('dana', { roles: ['Patchline.Sre', 'Unheard.Of'], groups: ['8c1f', 'ffff'] }),
    );
    expect(await ask(token)).toMatchObject({
      status: 200,
      body: {
        name: 'dana',
        mail: 'dana@contoso.example',
        roles: ['approver-databases', 'sre'],
        signedInBy: 'bearer',
        csrf: null,
        session: null,
      },
    });
    expect((await ask(await issuer.sign(claimsOf('dana'), { alg: 'ES256' }))).status).toBe(200);
    // Known to whoever judges decisions too, workers included.
    expect(await desk.inventory.signIns.byName('Dana')).toMatchObject({ subject: 'subject-of-dana' });
  });

  test('of another audience or issuer, too old, too new, unsigned or signed by others: it counts for nothing', async () => {
    const now = seconds();
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const body = Buffer.from(JSON.stringify(claimsOf('dana'))).toString('base64url');
    const without = (claim: string) =>
      Object.fromEntries(Object.entries(claimsOf('dana')).filter(([name]) => name !== claim));
    const good = await issuer.sign(claimsOf('dana'));
    const [head = '', , signature = ''] = good.split('.');
    const other = await startIssuer();
    const tokens: Record<string, string> = {
      audience: await issuer.sign(claimsOf('dana', { aud: 'api://another' })),
      'no audience': await issuer.sign(without('aud')),
      issuer: await issuer.sign(claimsOf('dana', { iss: 'https://evil.example' })),
      expired: await issuer.sign(claimsOf('dana', { exp: now - 45 })),
      'no end': await issuer.sign(without('exp')),
      'not yet': await issuer.sign(claimsOf('dana', { nbf: now + 90 })),
      'no subject': await issuer.sign(without('sub')),
      'alg none': `${header('none')}.${body}.`,
      'alg none, signed': `${header('none')}.${body}.${signature}`,
      'shared secret': await new SignJWT(claimsOf('dana'))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from('patchline')),
      'another key': await other.sign(claimsOf('dana'), { kid: 'first' }),
      changed: `${head}.${body.slice(0, -4)}AAAA.${signature}`,
      'ID token': await issuer.sign(claimsOf('dana', { nonce: 'n' })),
      'no name': await issuer.sign(claimsOf('eve', { preferred_username: undefined })),
      'odd name': await issuer.sign(claimsOf('eve', { preferred_username: 'r\u0456ley' })),
      garbage: 'a.b.c',
    };
    for (const [what, token] of Object.entries(tokens)) expect([what, (await ask(token)).status]).toEqual([what, 401]);
    await other.close();
    expect(await desk.inventory.signIns.byName('eve')).toBeNull();
  });

  test('a clock may be off by half a minute, and keys rotate', async () => {
    const now = seconds();
    expect((await ask(await issuer.sign(claimsOf('dana', { exp: now - 15 })))).status).toBe(200);
    expect((await ask(await issuer.sign(claimsOf('dana', { nbf: now + 15 })))).status).toBe(200);
    const before = await issuer.sign(claimsOf('dana'));
    await issuer.rotate();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await ask(await issuer.sign(claimsOf('dana')))).status).toBe(200);
    expect((await ask(before)).status).toBe(401);
  });

  test('a name belongs to one account for ever, and newer claims count over older ones', async () => {
    const now = seconds();
    const token = await issuer.sign(claimsOf('sasha', { roles: ['Patchline.Sre'], iat: now - 60 }));
    expect((await ask(token)).body.roles).toEqual(['sre']);
    const stolen = await ask(await issuer.sign(claimsOf('Sasha', { sub: 'somebody else' })));
    expect([stolen.status, stolen.body.detail]).toEqual([403, expect.stringContaining('belongs to somebody else')]);
    expect(
      (await ask(await issuer.sign(claimsOf('renamed', { sub: 'subject-of-sasha', roles: [], iat: now })))).body,
    ).toMatchObject({ name: 'sasha', roles: [] });
    // The older token is still valid, and gives no more than what is known now.
    expect((await ask(token)).body.roles).toEqual([]);
    const sasha = await desk.inventory.signIns.byName('sasha');
    if (sasha !== null) await desk.inventory.signIns.endAll(sasha, 'admin', 'left', new Date().toISOString());
    expect(await ask(await issuer.sign(claimsOf('sasha', { iat: now })))).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining('revoked') },
    });
  });
});

describe('an identity provider that is away, and roles that are', () => {
  let database: TestDatabase;
  let desk: SignInDesk;

  onEveryDatabase('sessions go on', (start) => {
    beforeAll(async () => {
      database = await start();
      desk = await openSignInDesk(database, { policy: withRoles, identity: { knownAs: null } });
    }, 120_000);
    afterAll(async () => {
      await desk?.close();
      await database?.close();
    });

    test('a role that policy takes away is gone at the next request; the provider may be down', async () => {
      const browser = createBrowser();
      const form = await browser.open(`${desk.url}/auth/login?to=/health`);
      expect((await browser.submit(form, { name: 'riley', password: 'password-of-riley' })).url).toBe(
        `${desk.url}/health`,
      );
      const me = async () => (await browser.call('GET', `${desk.url}/v1/me`)).body as Me;
      const before = await me();
      expect(before).toMatchObject({ name: 'riley', roles: ['changeManager'] });
      await desk.provider.close();
      const stop = async (reason: string) =>
        (
          await browser.call(
            'POST',
            `${desk.url}/v1/stop-all`,
            { origin: desk.url, 'x-patchline-csrf': before.csrf ?? '' },
            { reason },
          )
        ).status;
      expect(await stop('the provider is down, and somebody must still be able to stop')).toBe(200);
      await desk.applyPolicy((text) => text);
      expect(await me()).toMatchObject({ name: 'riley', roles: [], permissions: ['signedIn'] });
      expect(await stop('without the role')).toBe(403);
      const token = await (await startIssuer()).sign({ sub: 'riley' });
      const answers = await Promise.all([
        fetch(`${desk.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } }),
        fetch(`${desk.url}/health`),
      ]);
      expect(answers[1]?.status).toBe(200);
      expect([401, 503]).toContain(answers[0]?.status);
    });
  });
});

test('nobody can sign in where the provider never answered, and the answer says so', async () => {
  const { createOpenId } = await import('../../../adapters/identity/openId.js');
  const away = await startIssuer();
  await away.close();
  const identity = createOpenId({
    issuer: away.url,
    knownAs: null,
    clientId: 'console',
    clientSecret: null,
    audience,
    scope: 'openid',
    subjectClaim: 'sub',
    nameClaim: 'preferred_username',
    cliClientId: null,
    cliScope: 'openid',
  });
  const unreachable = { kind: 'unreachable', message: expect.stringContaining('cannot be asked') };
  await expect(identity.begin('http://127.0.0.1/auth/callback')).rejects.toMatchObject(unreachable);
  await expect(identity.bearer('a.b.c')).rejects.toMatchObject(unreachable);
});
