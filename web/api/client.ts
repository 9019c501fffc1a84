// The way to the API, typed by its own description. A refusal is an error that says what the API said.

import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
    this.name = 'Refused';
  }
}

let csrf: string | null = null;
const signedOut = new Set<() => void>();

/** The session's token goes with every change, so that no other site can ask for one. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** Told when the API no longer knows who is asking. */
export function onSignedOut(tell: () => void): () => void {
  signedOut.add(tell);
  return () => signedOut.delete(tell);
}

/** So long after the last touch or key, what the page reads by itself no longer counts as somebody's. */
const attendedMs = 60_000;
let touchedAt = Date.now();
for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel'])
  addEventListener(event, () => (touchedAt = Date.now()), { passive: true });

const session: Middleware = {
  onRequest({ request }) {
    if (Date.now() - touchedAt > attendedMs) request.headers.set('x-patchline-unattended', '1');
    if (csrf !== null && request.method !== 'GET') request.headers.set('x-patchline-csrf', csrf);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) for (const tell of signedOut) tell();
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });
api.use(session);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for, or a `Refused`. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  return (await askWhole(answer)).data;
}

/** With the place at which the next page of a list begins. */
export async function askPage<T>(answer: Promise<Answer<T>>): Promise<{ rows: T; next: string | null }> {
  const { data, response } = await askWhole(answer);
  const next = response.headers.get('x-next');
  return { rows: data, next: next === null ? null : decodeURIComponent(next) };
}

async function askWhole<T>(answer: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answer.catch(() => {
    throw new Refused(0, 'Not reachable', 'Patchline does not answer: it is down, or the network between is.');
  });
  if (error === undefined && data !== undefined) return { data, response };
  const { title, detail } = (error ?? {}) as { title?: string; detail?: string };
  throw new Refused(response.status, title ?? `Status ${response.status}`, detail ?? response.statusText);
}
