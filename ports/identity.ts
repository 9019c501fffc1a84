// The identity provider: it says who somebody is. What they may do is said here.

import type { Claims } from '../domain/roles.js';
import type { SignInAttempt } from './signIns.js';

/** Issuer of those who sign in at the embedded provider: they are the local people, with the roles that these have. */
export const embeddedIssuer = 'embedded';

export interface Identified {
  issuer: string;
  subject: string;
  /** What the provider calls them; null when it does not say. */
  name: string | null;
  mail: string | null;
  claims: Claims;
  /** ISO instant at which it was said. */
  at: string;
}

/** `unreachable`: nobody can say now; `refused`: what came does not hold. The message says why, and never quotes a token. */
export class IdentityProblem extends Error {
  override readonly name = 'IdentityProblem';
  constructor(
    readonly kind: 'unreachable' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

export interface IdentityPort {
  readonly issuer: string;
  /** What a program needs to sign a person in by itself (device flow); null where bearer tokens are not taken. */
  readonly device: { issuer: string; clientId: string; scope: string } | null;
  /** Where the browser goes, and what its answer must fit. */
  begin(redirectUri: string): Promise<{ url: string } & Pick<SignInAttempt, 'state' | 'nonce' | 'verifier'>>;
  /** `answer`: the whole address that the provider sent the browser back to. */
  complete(answer: URL, attempt: Pick<SignInAttempt, 'state' | 'nonce' | 'verifier'>): Promise<Identified>;
  /** The person of a bearer token: its signature, issuer, audience and times hold. */
  bearer(token: string): Promise<Identified>;
  /** Where the browser goes to end the provider's own session too; null: nowhere. */
  endUrl(returnTo: string): Promise<string | null>;
}
