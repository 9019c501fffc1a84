// People who come from an identity provider, their sessions in browsers, and sign-ins that are under way.

import type { Claims } from '../domain/roles.js';
import type { SignInSession } from '../domain/signIn.js';

export interface Account {
  accountId: string;
  /** Who vouches for them, and how they are known there: the two never change. */
  issuer: string;
  subject: string;
  /** As audit log and rules know them: kept from the first sign-in on. */
  name: string;
  mail: string;
  claims: Claims;
  /** ISO instant at which the provider told these claims. */
  claimsAt: string;
  /** Tokens that were issued before are refused. */
  notBefore: string | null;
}

/** A sign-in that was begun in a browser: what comes back must fit it. */
export interface SignInAttempt {
  state: string;
  nonce: string;
  verifier: string;
  returnTo: string;
  /** ISO instant. */
  expiresAt: string;
}

export interface SessionStart {
  /** SHA-256 of the session's secret, which only the browser keeps. */
  hash: string;
  sessionId: string;
  at: string;
  browser: string;
  address: string;
}

export interface SignInStore {
  /**
   * Takes what the provider tells of a person, unless newer is known. `nameTaken`: somebody else has the name already. `minted` is the id of
   * an account that is new.
   */
  meet(person: Omit<Account, 'accountId' | 'notBefore'>, minted: string): Promise<Account | 'nameTaken'>;
  byName(name: string): Promise<Account | null>;
  account(issuer: string, subject: string): Promise<Account | null>;
  accounts(): Promise<Account[]>;

  begin(hash: string, attempt: SignInAttempt, at: string): Promise<void>;
  /** Each can be taken once, and only before it expires. */
  takeAttempt(hash: string, at: string): Promise<SignInAttempt | null>;

  /** The session that the browser had before ends with it. */
  start(account: Account, session: SessionStart, before: string | null): Promise<void>;
  session(hash: string): Promise<{ session: SignInSession; account: Account } | null>;
  noteUse(sessionId: string, at: string): Promise<void>;
  /** Newest first; those that were ended, or are long over, are left out. */
  sessions(filter: { accountId?: string; startedSince: string }): Promise<(SignInSession & { name: string })[]>;
  /** False when there is none, or it was ended before. `by`: who ends it. */
  end(sessionId: string, by: string, why: string, at: string): Promise<boolean>;
  /** All sessions of a person, and every token that was issued to them until now. How many sessions there were. */
  endAll(account: Account, by: string, why: string, at: string): Promise<number>;
  /** Who was refused what, as a few events for many. */
  noteRefused(refused: { who: string; what: string; why: string; at: string }): Promise<void>;
}
