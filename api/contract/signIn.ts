// Who is signed in, and how long.

import { z } from 'zod';

export const Me = z
  .object({
    name: z.string(),
    mail: z.string(),
    roles: z.array(z.string()),
    /** What these roles may ask for; the API judges each request again. */
    permissions: z.array(z.string()),
    /** `session`: a browser; `bearer`: a token of the identity provider; `token`: of the local people; `service`: of a pipeline. */
    signedInBy: z.enum(['session', 'bearer', 'token', 'service']),
    /** To be sent as `x-patchline-csrf` with everything but GET; null where no cookie is used. */
    csrf: z.string().nullable(),
    session: z
      .object({ sessionId: z.string(), startedAt: z.string(), idleEndsAt: z.string(), endsAt: z.string() })
      .nullable(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

export const SessionView = z
  .object({
    sessionId: z.string(),
    name: z.string(),
    startedAt: z.string(),
    lastSeenAt: z.string(),
    idleEndsAt: z.string(),
    endsAt: z.string(),
    browser: z.string(),
    address: z.string(),
    /** The one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'SessionView' });
export type SessionView = z.infer<typeof SessionView>;

/** What a program needs to sign a person in at the identity provider; null where it cannot. */
export const SignInSettings = z.object({
  browser: z.boolean(),
  device: z.object({ issuer: z.string(), clientId: z.string(), scope: z.string() }).nullable(),
});
export type SignInSettings = z.infer<typeof SignInSettings>;

export const SignedOut = z.object({
  signedOut: z.boolean(),
  /** Where the browser may go to end the provider's own session too. */
  providerUrl: z.string().nullable(),
});

export const AllEnded = z.object({ name: z.string(), sessions: z.number() });

export const KnownPerson = z
  .object({
    name: z.string(),
    mail: z.string(),
    roles: z.array(z.string()),
    /** `local`: of the file of people; else who vouches for them. */
    from: z.string(),
  })
  .meta({ id: 'KnownPerson' });
export type KnownPerson = z.infer<typeof KnownPerson>;
