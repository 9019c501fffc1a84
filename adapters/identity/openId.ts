// Any conforming OpenID Connect provider, by discovery: the code flow with PKCE for browsers, JWTs for programs.

import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import { IdentityProblem, type Identified, type IdentityPort } from '../../ports/identity.js';

export interface OpenIdOptions {
  issuer: string;
  /** The name that accounts are kept under; null: the issuer itself. */
  knownAs: string | null;
  clientId: string;
  clientSecret: string | null;
  /** What bearer tokens must be for; null: none are taken. */
  audience: string | null;
  scope: string;
  subjectClaim: string;
  nameClaim: string;
  /** For programs; null: the same client as the browser's. */
  cliClientId: string | null;
  cliScope: string;
  /** A key that is not known is looked for again after so long; left out: 30 s. */
  keysRestMs?: number;
}

/** How far the provider's clock may be off, in seconds. */
const clockToleranceSeconds = 30;
/** An issuer that does not answer is not asked again at once: those who wait would only queue up. */
const restMs = 3000;
const algorithms = ['RS256', 'ES256'];

interface Provider {
  configuration: client.Configuration;
  keys: JWTVerifyGetKey;
}

export function createOpenId(options: OpenIdOptions): IdentityPort {
  const { issuer, clientId, clientSecret, audience, scope } = options;
  let known: Promise<Provider> | null = null;
  let restUntil = 0;
  let lastFailure = '';

  async function provider(): Promise<Provider> {
    if (known === null && performance.now() < restUntil) throw unreachable(issuer, lastFailure);
    known ??= discover();
    try {
      return await known;
    } catch (failure) {
      known = null;
      restUntil = performance.now() + restMs;
      lastFailure = reasonOf(failure);
      throw unreachable(issuer, lastFailure);
    }
  }

  async function discover(): Promise<Provider> {
    const server = new URL(issuer);
    const configuration = await client.discovery(
      server,
      clientId,
      {
        [client.clockTolerance]: clockToleranceSeconds,
        ...(clientSecret === null ? {} : { client_secret: clientSecret }),
      },
      clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret),
      {
        timeout: 10,
        execute: [client.enableNonRepudiationChecks, ...(isLoopback(server) ? [client.allowInsecureRequests] : [])],
      },
    );
    const { jwks_uri: address } = configuration.serverMetadata();
    if (address === undefined) throw new Error('its discovery document names no jwks_uri');
    const keysAt = new URL(address);
    if (keysAt.protocol !== 'https:' && !isLoopback(keysAt)) throw new Error('its keys are not offered over https');
    // Asked again when a token names a key that is not known, at most so often: that is how keys rotate.
    return {
      configuration,
      keys: createRemoteJWKSet(keysAt, { timeoutDuration: 10_000, cooldownDuration: options.keysRestMs ?? 30_000 }),
    };
  }

  return {
    issuer: options.knownAs ?? issuer,
    device: audience === null ? null : { issuer, clientId: options.cliClientId ?? clientId, scope: options.cliScope },

    async begin(redirectUri) {
      const { configuration } = await provider();
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, state, nonce, verifier };
    },

    async complete(answer, { state, nonce, verifier }) {
      const { configuration } = await provider();
      const tokens = await client
        .authorizationCodeGrant(configuration, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        .catch((failure: unknown) => {
          throw problemOf(issuer, failure);
        });
      const claims = tokens.claims();
      if (claims === undefined) throw new IdentityProblem('refused', `${issuer} sent no ID token`);
      return identified(claims);
    },

    async bearer(token) {
      if (audience === null)
        throw new IdentityProblem('refused', 'tokens of the identity provider are not taken: OIDC_AUDIENCE is not set');
      const { keys } = await provider();
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp', 'iat'],
      }).catch((failure: unknown) => {
        throw problemOf(issuer, failure);
      });
      // An ID token is the browser's receipt, not a key; where it has the same audience, only these tell.
      if (['nonce', 'at_hash', 'c_hash'].some((claim) => claim in payload))
        throw new IdentityProblem('refused', 'it is an ID token: send an access token');
      return identified(payload);
    },

    async endUrl(returnTo) {
      const { configuration } = await provider();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo }).href;
    },
  };

  function identified(claims: JWTPayload): Identified {
    const subject = claims[options.subjectClaim];
    if (typeof subject !== 'string' || subject === '')
      throw new IdentityProblem('refused', `the token has no claim ${options.subjectClaim}, which says who it is`);
    const [name, mail] = [claims[options.nameClaim], claims['email']];
    // A mail address that the provider itself calls unverified could be anybody's.
    const isMail = typeof mail === 'string' && claims['email_verified'] !== false;
    return {
      issuer: options.knownAs ?? issuer,
      subject,
      name: typeof name === 'string' ? name : null,
      mail: isMail ? mail : null,
      claims,
      at: new Date((claims.iat ?? 0) * 1000).toISOString(),
    };
  }
}

/** Plain http is for a provider on this very machine. */
function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

function unreachable(issuer: string, why: string): IdentityProblem {
  return new IdentityProblem('unreachable', `the identity provider ${issuer} cannot be asked (${why})`);
}

/** What the provider's own answer, or ours to it, says; whatever else failed is the way to it. */
function problemOf(issuer: string, failure: unknown): IdentityProblem {
  if (failure instanceof IdentityProblem) return failure;
  if (failure instanceof errors.JWKSTimeout || failure instanceof errors.JWKSInvalid)
    return unreachable(issuer, reasonOf(failure));
  if (failure instanceof errors.JOSEError) {
    // What jose throws without a name of its own is an answer of the keys' address that is no key set.
    return failure.code === 'ERR_JOSE_GENERIC'
      ? unreachable(issuer, failure.message)
      : new IdentityProblem('refused', failure.message);
  }
  if (failure instanceof client.AuthorizationResponseError || failure instanceof client.ResponseBodyError)
    return ['server_error', 'temporarily_unavailable'].includes(failure.error)
      ? unreachable(issuer, failure.error)
      : new IdentityProblem('refused', `the provider said ${failure.error.slice(0, 100)}`);
  if (failure instanceof client.ClientError && failure.code !== 'OAUTH_TIMEOUT' && !isNetwork(failure.cause))
    return new IdentityProblem('refused', failure.message);
  return unreachable(issuer, reasonOf(failure));
}

/** An answer that is no answer of a provider, or none at all. */
function isNetwork(cause: unknown): boolean {
  if (cause instanceof Response) return cause.status >= 500;
  return cause !== null && typeof cause === 'object' && 'message' in cause && cause.message === 'fetch failed';
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.cause instanceof Error ? `${failure.message}: ${failure.cause.message}` : failure.message;
}
