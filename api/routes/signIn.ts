// Signing in and out in a browser: OpenID Connect's code flow with PKCE, ended in a session that only the browser's cookie opens.

import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ownPath } from '../../domain/signIn.js';
import type { IdentityPort } from '../../ports/identity.js';
import { signedIn } from '../access.js';
import { problemOf, sha256Of, type Credentials } from '../credentials.js';
import { SignedOut, SignInSettings } from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';
import type { Refusals } from '../refusals.js';

const attemptSeconds = 600;
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

export function signInRoutes(
  scope: FastifyInstance,
  { inventory, identity, web, clock, newId }: ApiParts,
  credentials: Credentials,
  refusals: Refusals,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { signIns } = inventory;
  const isHttps = web.publicUrl.startsWith('https:');
  const attemptCookie = `${credentials.cookie}-attempt`;
  // Lax, so that the provider's answer and links in mails find them; what changes something needs more than the cookie.
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps } as const;
  const callbackUrl = `${web.publicUrl}/auth/callback`;

  scope.setErrorHandler((failure, request, reply) => {
    if (!(failure instanceof ApiProblem) || request.headers.accept?.includes('text/html') !== true) throw failure;
    return reply.status(failure.status).type('text/html; charset=utf-8').send(problemPage(failure));
  });

  app.get(
    '/auth/settings',
    { config: { permission: 'public' }, schema: { response: { 200: SignInSettings } } },
    async () => ({ browser: identity !== null, device: identity?.device ?? null }),
  );

  app.get(
    '/auth/login',
    { config: { permission: 'public' }, schema: { querystring: z.object({ to: z.string().max(4000).default('/') }) } },
    async (request, reply) => {
      const returnTo = ownPath(request.query.to);
      if (returnTo === null)
        throw new ApiProblem(400, 'No such place', '`to` must be a path of this console, such as /today.');
      const elsewhere = otherLoopback(request);
      if (elsewhere !== null) return reply.redirect(`${elsewhere}/auth/login?to=${encodeURIComponent(returnTo)}`, 302);
      const { url, ...expected } = await requireProvider(identity).begin(callbackUrl).catch(rethrow);
      // One secret for all tabs of this browser; each attempt has a state of its own.
      const browser = request.cookies[attemptCookie] ?? randomBytes(32).toString('base64url');
      const now = clock.now();
      const expiresAt = new Date(Date.parse(now) + attemptSeconds * 1000).toISOString();
      await signIns.begin(sha256Of(`${browser} ${expected.state}`), { ...expected, returnTo, expiresAt }, now);
      return reply
        .setCookie(attemptCookie, browser, { ...cookieOptions, maxAge: attemptSeconds })
        .header('cache-control', 'no-store')
        .redirect(url, 302);
    },
  );

  app.get('/auth/callback', { config: { permission: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const answer = new URL(callbackUrl);
    answer.search = new URL(request.url, web.publicUrl).search;
    const [browser, state] = [request.cookies[attemptCookie], answer.searchParams.get('state')];
    const attempt =
      browser === undefined || state === null
        ? null
        : await signIns.takeAttempt(sha256Of(`${browser} ${state}`), clock.now());
    if (attempt === null) {
      refusals.note(request, null, 'an answer to no sign-in that this browser began');
      throw new ApiProblem(
        400,
        'Sign-in is over',
        'This browser began no such sign-in, or more than ten minutes ago: sign in again.',
      );
    }
    await signInTo(request, reply, async () =>
      credentials.accountOf(await requireProvider(identity).complete(answer, attempt)),
    );
    return reply.header('cache-control', 'no-store').redirect(attempt.returnTo, 303);
  });

  async function signInTo(
    request: FastifyRequest,
    reply: FastifyReply,
    find: () => ReturnType<Credentials['accountOf']>,
  ) {
    const account = await find().catch((failure: unknown) => {
      const problem = problemOf(failure);
      if (problem instanceof ApiProblem && problem.status < 500) refusals.note(request, null, problem.message);
      throw problem;
    });
    // A new secret with each sign-in: one that was planted before is worth nothing.
    const secret = randomBytes(32).toString('base64url');
    const before = request.cookies[credentials.cookie];
    const session = {
      hash: sha256Of(secret),
      sessionId: newId(),
      at: clock.now(),
      browser: (request.headers['user-agent'] ?? '').slice(0, 200),
      address: request.ip,
    };
    await signIns.start(account, session, before === undefined ? null : sha256Of(before));
    void reply.setCookie(credentials.cookie, secret, { ...cookieOptions, maxAge: web.session.hoursMax * 3600 });
  }

  app.post(
    '/auth/logout',
    { config: { permission: 'signedIn' }, schema: { response: { 200: SignedOut } } },
    async (request, reply) => {
      const { name } = signedIn(request);
      const session = request.caller?.session ?? null;
      const signedOut = session !== null && (await signIns.end(session.sessionId, name, 'signed out', clock.now()));
      void reply.clearCookie(credentials.cookie, cookieOptions).header('cache-control', 'no-store');
      // The provider may be away: our own session has ended all the same.
      const providerUrl = await identity?.endUrl(`${web.publicUrl}/`).catch(() => null);
      return { signedOut, providerUrl: providerUrl ?? null };
    },
  );

  /** Cookies are of one name of this machine: the flow begins and ends at the same. */
  function otherLoopback({ host }: FastifyRequest): string | null {
    const own = new URL(web.publicUrl).host;
    return host !== own && loopback.test(host) && loopback.test(own) ? web.publicUrl : null;
  }
}

function requireProvider(identity: IdentityPort | null): IdentityPort {
  if (identity !== null) return identity;
  throw new ApiProblem(
    503,
    'No identity provider',
    'This installation has none: set OIDC_ISSUER and OIDC_CLIENT_ID, or use a token of the local people.',
  );
}

function rethrow(failure: unknown): never {
  throw problemOf(failure);
}

function problemPage({ title, message }: ApiProblem): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(message)}</p><p><a href="/auth/login">Sign in</a></p></main></body></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
