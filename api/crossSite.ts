// Whether a request that a browser signed with its cookie came from this console: a cookie alone proves nothing of that.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './permissions.js';

export const csrfHeader = 'x-patchline-csrf';

/** Only who read an answer of this session knows it, and it tells nothing of the session's secret. */
export function csrfToken(sessionSecret: string): string {
  return createHmac('sha256', sessionSecret).update('patchline csrf').digest('base64url');
}

/** Why it may have been made by another site; null: it was not. */
export function crossSiteProblem(request: FastifyRequest, caller: Caller, publicUrl: string): string | null {
  const { origin, host } = request.headers;
  if (origin === undefined || !isOwn(origin, host, publicUrl))
    return `It comes from ${origin === undefined ? 'no named place' : 'another site'}: act in the console itself.`;
  const given = request.headers[csrfHeader];
  if (caller.csrf === null || typeof given !== 'string' || !isSame(given, caller.csrf))
    return `The header ${csrfHeader} is missing or of another session: load the page anew.`;
  return null;
}

function isOwn(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === host || origin === new URL(publicUrl).origin;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
