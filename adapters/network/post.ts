// One POST to an address that somebody configured: TLS, public addresses, no redirects, a limit on time and on what is read.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { checkLiteralHost, guardedLookup, isLoopbackAddress, type AddressRule } from './addresses.js';

export interface Post extends AddressRule {
  url: URL;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  /** PEM of certificates to trust besides the system's. */
  ca: string | undefined;
}

export interface PostAnswer {
  status: number;
  /** Its beginning. */
  text: string;
  location: string | null;
  retryAfterSeconds: number | null;
}

/** Enough to tell what went wrong; whatever follows is not read. */
const answerBytesMax = 16_384;

/** The address, or why nothing is ever sent there. */
export function usableUrl(text: string, rule: AddressRule): URL | { problem: string } {
  if (!URL.canParse(text)) return { problem: 'is not an address: it must be https://…' };
  const url = new URL(text);
  const isLoopback = url.hostname === 'localhost' || isLoopbackAddress(url.hostname.replace(/^\[|\]$/g, ''));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback && rule.allowPrivate))
    return { problem: 'must be https:// (http:// only to this machine, where policy allows private addresses)' };
  try {
    checkLiteralHost(url.hostname, rule);
  } catch (failure) {
    return { problem: failure instanceof Error ? failure.message : String(failure) };
  }
  return url;
}

/** Throws where no HTTP answer came. */
export function post({ url, headers, body, timeoutMs, ca, allowPrivate }: Post): Promise<PostAnswer> {
  checkLiteralHost(url.hostname, { allowPrivate });
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        // A pooled connection was looked up by somebody else.
        agent: false,
        lookup: guardedLookup({ allowPrivate }),
        signal: AbortSignal.timeout(timeoutMs),
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8'),
            location: answer.headers.location ?? null,
            retryAfterSeconds: secondsOf(answer.headers['retry-after']),
          });
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size < answerBytesMax) return;
          done();
          asked.destroy();
        });
        answer.on('end', done);
        answer.on('error', reject);
      },
    );
    asked.on('error', (failure) =>
      reject(failure.name === 'TimeoutError' || failure.name === 'AbortError' ? late(timeoutMs) : failure),
    );
    asked.end(body);
  });
}

function late(timeoutMs: number): Error {
  return new Error(`no answer within ${Math.round(timeoutMs / 1000)} s`);
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function secondsOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim());
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
