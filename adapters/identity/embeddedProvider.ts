// The identity provider that the embedded system brings along: the real flows with the local people, on this machine alone.

import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { signInPage } from './pages.js';

export interface EmbeddedProviderOptions {
  /** Keeps port, keys and cookie secrets: the address and the tokens that were given out outlive a restart. */
  file: string;
  people: { name: string; mail: string; secrets: string[] }[];
  /** Where the API is reached: `/auth/callback` there is the only place that a browser is sent back to. */
  apiUrls: string[];
  /** Where the API listens. */
  apiHost: string;
}

export interface EmbeddedProvider {
  issuer: string;
  clientId: string;
  cliClientId: string;
  audience: string;
  close(): Promise<void>;
}

const clientId = 'patchline-console';
const cliClientId = 'patchline-cli';
const audience = 'patchline-api';
const loopback = ['127.0.0.1', '::1', 'localhost'];

const keptSchema = z.object({
  port: z.int().min(1).max(65_535),
  cookieKey: z.string().min(32),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }),
});
type Kept = z.output<typeof keptSchema>;

export class ProviderExposed extends Error {
  override readonly name = 'ProviderExposed';
}

/** Demonstration people and passwords in a file are for one machine: beyond it, a real provider is needed. */
export async function startEmbeddedProvider(options: EmbeddedProviderOptions): Promise<EmbeddedProvider> {
  const beyond = [options.apiHost, ...options.apiUrls.map(hostOf)].find((host) => !loopback.includes(host));
  if (beyond !== undefined)
    throw new ProviderExposed(
      `The embedded identity provider is for this machine alone, and Patchline is reached at ${beyond}: set OIDC_ISSUER and OIDC_CLIENT_ID to a real provider, or PATCHLINE_HOST to 127.0.0.1.`,
    );
  const before = await readKept(options.file);
  const server = createServer();
  const port = await listen(server, before?.port ?? 0);
  const kept = before === null ? await newlyKept(port) : { ...before, port };
  if (kept.port !== before?.port) await writeKept(options.file, kept);
  const issuer = `http://127.0.0.1:${port}`;
  const provider = createProvider(issuer, kept, options);
  const flow = provider.callback();
  const interactions = createInteractions(provider, options.people);
  server.on('request', (request, response) => {
    void (async () => {
      if (!(await interactions(request, response))) await flow(request, response);
    })().catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return {
    issuer,
    clientId,
    cliClientId,
    audience,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

/** The port of before if it is free, any other if not. */
async function listen(server: Server, wanted: number): Promise<number> {
  const at = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await at(wanted).catch((failure: NodeJS.ErrnoException) => {
    if (wanted === 0 || failure.code !== 'EADDRINUSE') throw failure;
    return at(0);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the identity provider has no port');
  return address.port;
}

async function readKept(file: string): Promise<Kept | null> {
  const text = await readFile(file, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code !== 'ENOENT') throw failure;
    return null;
  });
  if (text === null) return null;
  try {
    return keptSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} cannot be read: remove it, and new keys of the identity provider are made`);
  }
}

async function newlyKept(port: number): Promise<Kept> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomBytes(8).toString('hex');
  const key = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
  return { port, cookieKey: randomBytes(32).toString('base64url'), jwks: { keys: [key] } };
}

async function writeKept(file: string, kept: Kept): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  await rename(aside, file);
}

function createProvider(issuer: string, { cookieKey, jwks }: Kept, options: EmbeddedProviderOptions): Provider {
  const { people, apiUrls } = options;
  const claimsOf = (name: string) => {
    const person = people.find((one) => one.name === name);
    return person === undefined
      ? undefined
      : { sub: name, preferred_username: name, email: person.mail, email_verified: true };
  };
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_name: 'Patchline',
        redirect_uris: apiUrls.map((url) => `${url}/auth/callback`),
        post_logout_redirect_uris: apiUrls.map((url) => `${url}/`),
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'none',
        application_type: 'web',
      },
      {
        client_id: cliClientId,
        client_name: 'The command line of Patchline',
        redirect_uris: [],
        response_types: [],
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
        application_type: 'web',
      },
    ],
    jwks,
    cookies: { keys: [cookieKey] },
    pkce: { required: () => true },
    claims: { profile: ['preferred_username'], email: ['email', 'email_verified'] },
    // The claims are in the ID token itself: the API asks nothing more.
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    findAccount: (_context, sub) => {
      const claims = claimsOf(sub);
      return claims === undefined ? undefined : { accountId: sub, claims: () => claims };
    },
    extraTokenClaims: (_context, token) => ('accountId' in token ? claimsOf(token.accountId) : undefined),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context, form, _out, failure) => {
          context.body = signInPage(
            'Which program asks?',
            codeForm(context, form, failure === undefined ? null : 'There is no such code.'),
          );
        },
        userCodeConfirmSource: (context, form, _client, _device, userCode) => {
          context.body = signInPage('Sign in the command line?', confirmForm(context, form, userCode));
        },
        successSource: (context) => {
          context.body = signInPage('Signed in', [
            { kind: 'text', text: 'The command line is signed in; close this page.' },
          ]);
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${audience}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile email offline_access',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      rpInitiatedLogout: {
        logoutSource: (context, form) => {
          context.body = signInPage('Sign out of the identity provider too?', [
            {
              kind: 'form',
              action: context.oidc.urlFor('end_session_confirm'),
              hidden: { xsrf: xsrfOf(form), logout: 'yes' },
              fields: [],
              button: 'Sign out',
            },
          ]);
        },
        postLogoutSuccessSource: (context) => {
          context.body = signInPage('Signed out', [
            { kind: 'text', text: 'Close this page, or sign in again from the console.' },
          ]);
        },
      },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    // Both clients are our own: whoever signs in has consented.
    loadExistingGrant: async (context) => {
      const { client, session } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email offline_access');
      grant.addResourceScope(`urn:${audience}`, 'openid profile email offline_access');
      await grant.save();
      return grant;
    },
    issueRefreshToken: async (_context, oidcClient) => oidcClient.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    renderError: (context, out) => {
      context.type = 'html';
      context.body = signInPage('That did not work', [
        { kind: 'text', text: `${out.error}: ${out.error_description ?? ''}` },
        { kind: 'text', text: 'Go back to where you came from and sign in again.' },
      ]);
    },
    ttl: {
      Session: 12 * 3600,
      Interaction: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      AccessToken: 600,
      DeviceCode: 600,
      RefreshToken: 12 * 3600,
      Grant: 12 * 3600,
    },
  };
  return new Provider(issuer, configuration);
}

/** The library's own page holds the token that its form must carry. */
function xsrfOf(form: string): string {
  return /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
}

function codeForm(context: KoaContextWithOIDC, form: string, problem: string | null) {
  return [
    ...(problem === null ? [] : [{ kind: 'problem' as const, text: problem }]),
    {
      kind: 'form' as const,
      action: context.oidc.urlFor('code_verification'),
      hidden: { xsrf: xsrfOf(form) },
      fields: [{ name: 'user_code', label: 'The code that the command line shows', type: 'text' as const, value: '' }],
      button: 'Go on',
    },
  ];
}

function confirmForm(context: KoaContextWithOIDC, form: string, userCode: string) {
  return [
    { kind: 'text' as const, text: `Go on only if your own terminal shows the code ${userCode}.` },
    {
      kind: 'form' as const,
      action: context.oidc.urlFor('code_verification'),
      hidden: { xsrf: xsrfOf(form), user_code: userCode, confirm: 'yes' },
      fields: [],
      button: 'Sign the command line in',
    },
  ];
}

/** Wrong passwords for one name within ten minutes before it rests. */
const attemptsMax = 10;
const attemptMs = 10 * 60_000;
const bodyMax = 10_000;

function createInteractions(provider: Provider, people: EmbeddedProviderOptions['people']) {
  const failures = new Map<string, number[]>();

  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const uid = /^\/interaction\/([\w-]{1,100})$/.exec((request.url ?? '').split('?')[0] ?? '')?.[1];
    if (uid === undefined) return false;
    const details = await provider.interactionDetails(request, response).catch(() => null);
    if (details === null || details.uid !== uid) {
      send(
        response,
        400,
        signInPage('Too late', [
          { kind: 'text', text: 'This sign-in is over: begin again from the console or the command line.' },
        ]),
      );
      return true;
    }
    if (request.method !== 'POST') {
      send(response, 200, page(uid, null));
      return true;
    }
    const form = new URLSearchParams(await bodyOf(request));
    const login = judge(form.get('name') ?? '', form.get('password') ?? '');
    if (login.kind === 'refused') send(response, 401, page(uid, login.why));
    else
      await provider.interactionFinished(
        request,
        response,
        { login: { accountId: login.name } },
        { mergeWithLastSubmission: false },
      );
    return true;
  };

  function judge(name: string, password: string): { kind: 'known'; name: string } | { kind: 'refused'; why: string } {
    const now = Date.now();
    const recent = (failures.get(name.toLowerCase()) ?? []).filter((at) => now - at < attemptMs);
    if (recent.length >= attemptsMax) return { kind: 'refused', why: 'Too many attempts: wait ten minutes.' };
    const person = people.find((one) => one.name.toLowerCase() === name.trim().toLowerCase());
    const given = sha256(password);
    // Somebody unknown is compared too, so the time taken tells nothing.
    const fits = (person?.secrets ?? ['']).filter((secret) => timingSafeEqual(sha256(secret), given)).length > 0;
    if (person !== undefined && fits) {
      failures.delete(name.toLowerCase());
      return { kind: 'known', name: person.name };
    }
    if (failures.size > 1000) failures.clear();
    failures.set(name.toLowerCase(), [...recent, now]);
    return { kind: 'refused', why: 'Name and password do not fit.' };
  }

  function page(uid: string, problem: string | null): string {
    return signInPage('Sign in to Patchline', [
      ...(problem === null ? [] : [{ kind: 'problem' as const, text: problem }]),
      {
        kind: 'form',
        action: `/interaction/${uid}`,
        hidden: {},
        fields: [
          { name: 'name', label: 'Name', type: 'text', value: '' },
          { name: 'password', label: 'Password', type: 'password', value: '' },
        ],
        button: 'Sign in',
      },
      {
        kind: 'text',
        text: `The people of this demonstration: ${people.map((one) => one.name).join(', ')}. Their passwords are in people.json in the data directory.`,
      },
    ]);
  }
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
  });
  response.end(html);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > bodyMax) throw new Error('too long');
  }
  return text;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
