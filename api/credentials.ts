// Who is asking: by a session's cookie, a bearer token of the identity provider, a local person's token, or a pipeline's.

import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Person } from '../domain/policy.js';
import { keptClaims, rolesFromClaims } from '../domain/roles.js';
import { accountName, endsOf, isWorthNoting, sessionProblem } from '../domain/signIn.js';
import { embeddedIssuer, IdentityProblem, type Identified } from '../ports/identity.js';
import type { Account } from '../ports/signIns.js';
import { csrfToken } from './crossSite.js';
import { streamPath } from './feed.js';
import type { ApiParts } from './parts.js';
import { tokenPermissions, type Caller } from './permissions.js';
import { ApiProblem } from './problem.js';

export interface Credentials {
  /** Null: nobody signed in. Throws what is wrong with a sign-in that was tried. */
  callerOf(request: FastifyRequest): Promise<Caller | null>;
  /** Whether a browser's session has ended since it was recognised; asking is no use of it. */
  hasEnded(request: FastifyRequest): Promise<boolean>;
  /** The account of somebody whom the provider vouches for. */
  accountOf(told: Identified): Promise<Account>;
  /** The name of the session's cookie. */
  cookie: string;
}

/** How a token of a pipeline begins: scanners of secrets find it by that. */
export const serviceTokenMark = 'plst_';

export function sha256Of(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

type Parts = Pick<ApiParts, 'inventory' | 'people' | 'policy' | 'identity' | 'web' | 'clock' | 'newId'>;

export function createCredentials({ inventory, people, policy, identity, web, clock, newId }: Parts): Credentials {
  const { signIns } = inventory;
  // A browser takes a `__Host-` cookie over https alone, from this host alone.
  const cookie = web.publicUrl.startsWith('https:') ? '__Host-patchline' : 'patchline';

  return { callerOf, hasEnded, accountOf, cookie };

  async function hasEnded(request: FastifyRequest): Promise<boolean> {
    const secret = request.cookies[cookie];
    if (request.caller?.by !== 'session' || secret === undefined) return false;
    const found = await signIns.session(sha256Of(secret));
    return found === null || sessionProblem(found.session, web.session, clock.now()) !== null;
  }

  async function callerOf(request: FastifyRequest): Promise<Caller | null> {
    const token = bearerOf(request);
    // A token that is sent counts, whatever cookie comes along.
    if (token === null) {
      const secret = request.cookies[cookie];
      return secret === undefined ? null : bySession(secret, isUnattended(request));
    }
    return byToken(token) ?? (token.startsWith(serviceTokenMark) ? byServiceToken(token) : byJwt(token));
  }

  /** The name of a pipeline is no person's: none has a colon in it. */
  async function byServiceToken(token: string): Promise<Caller> {
    const held = await inventory.serviceTokens.byHash(sha256Of(token), clock.now());
    if (held === null)
      throw new ApiProblem(
        401,
        'Sign-in required',
        'This service token is not known, was revoked, or has expired: `patchline token list` shows which.',
      );
    const person = { name: `service:${held.name}`, mail: '', roles: [] };
    const scope = tokenPermissions.filter((one) => held.scope.includes(one));
    return { person, by: 'service', scope, csrf: null, session: null };
  }

  function byToken(token: string): Caller | null {
    const person = people.personByToken(token);
    return person === null ? null : { person, by: 'token', scope: null, csrf: null, session: null };
  }

  async function byJwt(token: string): Promise<Caller> {
    if (token.split('.').length !== 3)
      throw new ApiProblem(401, 'Sign-in required', 'The token is not known here: was it revoked, or made elsewhere?');
    if (identity === null)
      throw new ApiProblem(401, 'Sign-in required', 'No identity provider is set: its tokens are not taken.');
    const told = await identity.bearer(token).catch((failure: unknown) => {
      throw problemOf(failure);
    });
    const account = await accountOf(told);
    if (account.notBefore !== null && told.at <= account.notBefore)
      throw new ApiProblem(401, 'Sign-in required', 'This token was revoked: sign in again.');
    return { person: await personOf(account), by: 'bearer', scope: null, csrf: null, session: null };
  }

  async function bySession(secret: string, unattended: boolean): Promise<Caller | null> {
    const found = await signIns.session(sha256Of(secret));
    if (found === null) return null;
    const { session, account } = found;
    const now = clock.now();
    const problem = sessionProblem(session, web.session, now);
    if (problem !== null)
      throw new ApiProblem(401, 'Sign-in required', `The session is over: ${problem}. Sign in again.`);
    const isNoted = !unattended && isWorthNoting(session, web.session, now);
    if (isNoted) await signIns.noteUse(session.sessionId, now);
    const { sessionId, startedAt } = session;
    const ends = endsOf({ startedAt, lastSeenAt: isNoted ? now : session.lastSeenAt }, web.session);
    return {
      person: await personOf(account),
      by: 'session',
      scope: null,
      csrf: csrfToken(secret),
      session: { sessionId, startedAt, ...ends },
    };
  }

  /** By the claims that are known now and the policy of now: a role that was taken away is gone at the next request. */
  async function personOf({ issuer, name, mail, claims, claimsAt }: Account): Promise<Person> {
    const local = people.personByName(name);
    if (issuer === embeddedIssuer) {
      if (local === null) throw new ApiProblem(401, 'Sign-in required', `${name} is no longer among the local people.`);
      return local;
    }
    if (local !== null) throw nameTaken(name);
    const { signIn } = await policy.current();
    return { name, mail, roles: rolesFromClaims(claims, claimsAt, signIn, clock.now()) };
  }

  async function accountOf({ issuer, subject, name: told, mail, claims, at }: Identified): Promise<Account> {
    const known = await signIns.account(issuer, subject);
    const name = known?.name ?? accountName(told);
    if (name === null)
      throw new ApiProblem(
        401,
        'No usable name',
        'The identity provider names no person here: the claim of the name (OIDC_NAME_CLAIM) must be up to 100 letters, digits, `.`, `_`, `-`, `+`, `@`.',
      );
    const local = people.personByName(name);
    if (issuer === embeddedIssuer ? local === null : local !== null) throw nameTaken(name);
    const { signIn } = await policy.current();
    const account = await signIns.meet(
      { issuer, subject, name, mail: mail ?? known?.mail ?? '', claims: keptClaims(claims, signIn), claimsAt: at },
      newId(),
    );
    if (account === 'nameTaken') throw nameTaken(name);
    return account;
  }
}

/** Two people under one name could approve each other's requests, as far as anybody could see. */
function nameTaken(name: string): ApiProblem {
  return new ApiProblem(
    403,
    'Name taken',
    `The name ${name} belongs to somebody else here: have the identity provider give this account another, or remove it from the local people.`,
  );
}

export function problemOf(failure: unknown): unknown {
  if (!(failure instanceof IdentityProblem)) return failure;
  return failure.kind === 'unreachable'
    ? new ApiProblem(503, 'No sign-in now', `${failure.message}: try again soon; sessions that are open go on.`)
    : new ApiProblem(401, 'Sign-in refused', `${failure.message}.`);
}

/**
 * What a page asks for by itself, while nobody is at it, keeps no session from ending: the stream, and what the console says nobody asked for.
 * Whoever says so falsely ends their own session earlier.
 */
function isUnattended(request: FastifyRequest): boolean {
  return request.routeOptions.url === streamPath || request.headers['x-patchline-unattended'] !== undefined;
}

function bearerOf(request: FastifyRequest): string | null {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : null;
}
