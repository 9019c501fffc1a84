// Who is signed in, and what they may do. When a session ends in the middle of something, what was typed stays: drafts outlive it.

import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { api, ask, onSignedOut, Refused, setCsrf, type Schemas } from './client';
import { useRead } from './queries';

export type Me = Schemas['Me'];

const Session = createContext<Me | null>(null);

/** Own paths only: wherever sign-in returns to lies in the console. */
export function signInAddress(): string {
  return `/auth/login?to=${encodeURIComponent(location.pathname + location.search)}`;
}

/** Ends the session here and, where the provider knows how, its own: on a shared machine the next person shall be asked again. */
export async function signOut(): Promise<void> {
  const { providerUrl } = await ask(api.POST('/auth/logout'));
  location.assign(providerUrl ?? '/');
}

export function useMe(): Me {
  const me = useContext(Session);
  if (me === null) throw new Error('only pages of somebody signed in ask who it is');
  return me;
}

/** `signedOut`: instead of everything, before the first sign-in. `expired`: over the page, when a session has ended. */
export function SessionGate({
  children,
  signedOut,
  expired,
  waiting,
}: {
  children: ReactNode;
  signedOut: ReactNode;
  expired: ReactNode;
  waiting: (failure: Error | null) => ReactNode;
}) {
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  const me = useRead(['me'], async (): Promise<Me | null> => {
    try {
      const me = await ask(api.GET('/v1/me'));
      setCsrf(me.csrf);
      setEnded(false);
      return me;
    } catch (failure) {
      if (failure instanceof Refused && failure.status === 401) return null;
      throw failure;
    }
  });
  if (me.data === undefined) return <>{waiting(me.error)}</>;
  if (me.data === null) return <>{signedOut}</>;
  return (
    <Session.Provider value={me.data}>
      {ended ? expired : null}
      {children}
    </Session.Provider>
  );
}
