// One document over HTTPS: conditional, capped by who parses it, unpacked, verified where the vendor publishes a hash, tried again where that may help.
// A redirect leads to https alone, and never to a private address unless the channel is configured so.

import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import { Readable, pipeline } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { got, HTTPError, MaxRedirectsError, RequestError, type Request } from 'got';
import { ChannelDocumentError, type ReadMarks } from '../../ports/channel.js';
import { AddressRefused, checkLiteralHost, guardedLookup } from '../network/addresses.js';
import type { Chunks } from './readCapped.js';

export interface Fetching {
  /** A private certificate authority, PEM; the public ones when left out. */
  ca?: string;
  /** Whether documents may be read from private addresses: only where policy's own address is one. */
  allowPrivate?: boolean;
  timeoutMs?: number;
  /** Milliseconds before the second attempt; each later one waits twice as long. */
  firstPauseMs?: number;
}

export type Fetched<T> = { kind: 'unchanged' } | { kind: 'read'; value: T; marks: DocumentMarks };

export interface DocumentMarks extends ReadMarks {
  /** Of the bytes as they came. */
  sha256: string;
}

interface Wanted {
  accept?: string;
  /** What the vendor said of the version that is held. */
  marks?: ReadMarks | null;
  /** Digest that the vendor publishes beside the document, in hex. */
  digest?: { algorithm: 'sha256' | 'sha512'; hex: string } | null;
}

const tries = 3;
const redirectsMax = 5;
const retryAfterMaxMs = 30_000;
const gzipMagic = [0x1f, 0x8b];

/** Only what a later attempt may mend is tried again; `parse` reads the stream and may refuse it. */
export async function fetchDocument<T>(
  fetching: Fetching,
  url: string,
  wanted: Wanted,
  parse: (chunks: Chunks) => Promise<T>,
): Promise<Fetched<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetchOnce(fetching, url, wanted, parse);
    } catch (failure) {
      const told = asDocumentError(failure, url);
      if (!isPassing(told) || attempt === tries) throw told;
      await pause(
        Math.min(retryAfterMs(failure) ?? (fetching.firstPauseMs ?? 1000) * 2 ** (attempt - 1), retryAfterMaxMs),
      );
    }
  }
}

export function isPassing(failure: unknown): boolean {
  return failure instanceof ChannelDocumentError && (failure.code === 'unreachable' || failure.code === 'truncated');
}

async function fetchOnce<T>(
  { ca, allowPrivate = false, timeoutMs = 60_000 }: Fetching,
  url: string,
  { accept, marks, digest }: Wanted,
  parse: (chunks: Chunks) => Promise<T>,
): Promise<Fetched<T>> {
  refuseAddress(new URL(url), allowPrivate);
  const stream = got.stream(url, {
    headers: {
      'user-agent': 'patchline',
      ...(accept === undefined ? {} : { accept }),
      ...(marks?.etag === undefined || marks.etag === null ? {} : { 'if-none-match': marks.etag }),
      ...(marks?.lastModified === undefined || marks.lastModified === null
        ? {}
        : { 'if-modified-since': marks.lastModified }),
    },
    ...(ca === undefined ? {} : { https: { certificateAuthority: ca } }),
    dnsLookup: guardedLookup({ allowPrivate }),
    agent: { https: allowPrivate ? agents.any : agents.public },
    retry: { limit: 0 },
    maxRedirects: redirectsMax,
    timeout: { lookup: 10_000, connect: 10_000, secureConnect: 10_000, response: timeoutMs, socket: timeoutMs },
    hooks: { beforeRedirect: [(next) => refuseAddress(new URL(String(next.url)), allowPrivate)] },
  });
  try {
    const status = await statusOf(stream);
    if (status === 304) return { kind: 'unchanged' };
    const hashed = hashing(stream, digest ?? null);
    const value = await parse(unpacked(hashed.chunks));
    const sha256 = await hashed.verified();
    const header = (name: 'etag' | 'last-modified') => stream.response?.headers[name] ?? null;
    return { kind: 'read', value, marks: { etag: header('etag'), lastModified: header('last-modified'), sha256 } };
  } finally {
    stream.destroy();
  }
}

/** Connections are kept among requests whose addresses were checked alike. */
const agents = { public: new Agent({ keepAlive: true }), any: new Agent({ keepAlive: true }) };

function refuseAddress({ protocol, hostname }: URL, allowPrivate: boolean): void {
  if (protocol !== 'https:')
    throw new ChannelDocumentError('forbidden', `it leads to ${protocol}//${hostname}: only https is followed`);
  checkLiteralHost(hostname, { allowPrivate });
}

function statusOf(stream: Request): Promise<number> {
  return new Promise((resolve, reject) => {
    stream.once('response', (response: { statusCode: number }) => resolve(response.statusCode));
    stream.once('error', reject);
  });
}

function hashing(stream: AsyncIterable<Uint8Array>, digest: Wanted['digest']) {
  const ours = createHash('sha256');
  const theirs = digest === null || digest === undefined ? null : createHash(digest.algorithm);
  let isWhole = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      ours.update(chunk);
      theirs?.update(chunk);
      yield chunk;
    }
    isWhole = true;
  }
  return {
    chunks: chunks(),
    async verified(): Promise<string> {
      if (!isWhole) for await (const rest of chunks()) void rest;
      const hex = theirs?.digest('hex');
      if (hex !== undefined && hex !== digest?.hex.toLowerCase())
        throw new ChannelDocumentError(
          'truncated',
          'the document does not fit the digest that its vendor publishes: nothing of it was taken',
        );
      return ours.digest('hex');
    },
  };
}

/** Packed documents are known by their first bytes: names and headers differ from vendor to vendor. */
async function* unpacked(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done === true) return;
  const rest = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  if (!gzipMagic.every((byte, index) => first.value[index] === byte)) {
    yield* rest;
    return;
  }
  const gunzip = createGunzip();
  // Failures of either end reach whoever reads the unpacked bytes.
  pipeline(Readable.from(rest), gunzip, () => undefined);
  for await (const chunk of gunzip) yield chunk as Uint8Array;
}

function asDocumentError(failure: unknown, url: string): Error {
  const told = innermost(failure);
  if (told instanceof ChannelDocumentError) return told;
  if (told instanceof AddressRefused) return new ChannelDocumentError('forbidden', told.message, { cause: failure });
  const place = new URL(url);
  const where = `${place.host}${place.pathname}`;
  if (failure instanceof HTTPError) {
    const status = failure.response.statusCode;
    if (status === 404 || status === 410)
      return new ChannelDocumentError('unknownDocument', `there is no document at ${where}`, { cause: failure });
    return new ChannelDocumentError('unreachable', `${where} answered ${status}`, { cause: failure });
  }
  if (failure instanceof MaxRedirectsError)
    return new ChannelDocumentError(
      'forbidden',
      `${where} redirects more than ${redirectsMax} times: it leads nowhere`,
      { cause: failure },
    );
  if (failure instanceof RequestError)
    return new ChannelDocumentError('unreachable', `${where} cannot be read: ${failure.message}`, { cause: failure });
  const code = codeOf(failure);
  if (code.startsWith('Z_'))
    return new ChannelDocumentError('truncated', `${where} is no whole packed document (${code})`, { cause: failure });
  return failure instanceof Error ? failure : new Error(String(failure));
}

/** By its shape: a test runner's own realm has another class of the same error. */
function codeOf(failure: unknown): string {
  return failure !== null && typeof failure === 'object' && 'code' in failure ? String(failure.code) : '';
}

/** A refusal of ours that the library wrapped. */
function innermost(failure: unknown): unknown {
  let inner = failure;
  while (!isOurs(inner) && inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner;
}

function isOurs(failure: unknown): boolean {
  return failure instanceof ChannelDocumentError || failure instanceof AddressRefused;
}

function retryAfterMs(failure: unknown): number | null {
  const header = failure instanceof HTTPError ? failure.response.headers['retry-after'] : undefined;
  if (header === undefined) return null;
  const seconds = Number(header);
  const milliseconds = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(milliseconds) || milliseconds < 0 ? null : milliseconds;
}
