// How long a sign-in lasts, where it may lead back to, and by which name a provider's person is known.

export interface SessionLimits {
  /** Without a request for so long, it has ended. */
  idleMinutes: number;
  /** From its start, whatever happens. */
  hoursMax: number;
}

export interface SignInSession {
  sessionId: string;
  accountId: string;
  /** ISO instants. */
  startedAt: string;
  lastSeenAt: string;
  endedAt: string | null;
  /** What the browser called itself, and from where it came. */
  browser: string;
  address: string;
}

/** When it ends by itself, ISO instants. */
export function endsOf(session: Pick<SignInSession, 'startedAt' | 'lastSeenAt'>, limits: SessionLimits) {
  const ends = Date.parse(session.startedAt) + limits.hoursMax * 3600_000;
  const idle = Math.min(ends, Date.parse(session.lastSeenAt) + limits.idleMinutes * 60_000);
  return { idleEndsAt: new Date(idle).toISOString(), endsAt: new Date(ends).toISOString() };
}

/** Why it no longer counts; null: it does. */
export function sessionProblem(session: SignInSession, limits: SessionLimits, now: string): string | null {
  if (session.endedAt !== null) return 'it was ended';
  const { idleEndsAt, endsAt } = endsOf(session, limits);
  if (now >= endsAt) return `it lasted ${limits.hoursMax} hours, which is the most`;
  if (now >= idleEndsAt) return `nothing was asked for ${limits.idleMinutes} minutes`;
  return null;
}

/** So often at most is written down that a session is in use. */
export function isWorthNoting(session: SignInSession, limits: SessionLimits, now: string): boolean {
  const step = Math.min(60_000, (limits.idleMinutes * 60_000) / 10);
  return Date.parse(now) - Date.parse(session.lastSeenAt) >= step;
}

const pathMax = 2000;

/**
 * A path of this console, or null for anything that a browser, or a proxy that decodes once more, could take for another place:
 * `//host`, `/\host`, a scheme, control characters.
 */
export function ownPath(to: string): string | null {
  if (to.length > pathMax) return null;
  for (let text = to, depth = 0; ; depth += 1) {
    if (!isOwn(text) || depth > 5) return null;
    const decoded = decodedOnce(text);
    if (decoded === null) return null;
    if (decoded === text) break;
    text = decoded;
  }
  return to;
}

function isOwn(text: string): boolean {
  const isPlain = !/\p{Cc}/u.test(text);
  // What comes after a `?` or `#` leads nowhere by itself.
  const path = text.split(/[?#]/)[0] ?? '';
  return (
    isPlain && path.startsWith('/') && !path.includes('//') && !path.includes('\\') && !/^\/auth(\/|$)/i.test(path)
  );
}

function decodedOnce(text: string): string | null {
  const [path = '', ...rest] = text.split(/([?#])/);
  try {
    return decodeURIComponent(path) + rest.join('');
  } catch {
    return null;
  }
}

const nameForm = /^[a-z0-9][a-z0-9._@+-]{0,99}$/;
/** Who acts when nobody does. */
const reserved = new Set(['system', 'nobody']);

/** Lower case, letters and digits of ASCII alone: two names that look alike are the same name. Null: unusable. */
export function accountName(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const name = text.trim().toLowerCase();
  return nameForm.test(name) && !reserved.has(name) ? name : null;
}
