// Documents over HTTPS from a vendor that does everything wrong: what may be mended is tried again, the rest is refused with the reason.

import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchDocument, type Fetching } from '../../../adapters/channels/fetchDocument.js';
import { readCapped } from '../../../adapters/channels/readCapped.js';
import { openVendor, type Vendor } from '../../support/vendor.js';

let vendor: Vendor;
let base: string;
let fetching: Fetching;
let answer: RequestListener;
let asked = 0;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const read = (url: string, more: Parameters<typeof fetchDocument>[2] = {}, way: Partial<Fetching> = {}) =>
  fetchDocument({ ...fetching, ...way }, url, more, (chunks) => readCapped(chunks, 1000));

beforeAll(async () => {
  vendor = await openVendor((request, response) => {
    asked += 1;
    answer(request, response);
  });
  base = vendor.url;
  fetching = vendor.fetching;
});

afterEach(() => {
  asked = 0;
});

afterAll(() => vendor.close());

describe('a document', () => {
  test('is read with its marks, and left alone while they hold', async () => {
    answer = (request, response) => {
      if (request.headers['if-none-match'] === '"one"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"one"', 'last-modified': 'Tue, 14 Oct 2025 07:00:00 GMT' }).end('hello');
    };
    const first = await read(`${base}/a`);
    expect(first).toEqual({
      kind: 'read',
      value: 'hello',
      marks: { etag: '"one"', lastModified: 'Tue, 14 Oct 2025 07:00:00 GMT', sha256: sha256('hello') },
    });
    expect(await read(`${base}/a`, { marks: { etag: '"one"', lastModified: null } })).toEqual({ kind: 'unchanged' });
  });

  test('is unpacked by its first bytes, whatever it is called', async () => {
    answer = (_, response) => response.writeHead(200).end(gzipSync('packed'));
    expect(await read(`${base}/no-name`)).toMatchObject({ value: 'packed' });
  });

  test('that does not fit the digest beside it is not taken', async () => {
    answer = (_, response) => response.end('hello');
    const digest = { algorithm: 'sha256' as const, hex: sha256('hello') };
    expect(await read(`${base}/a`, { digest })).toMatchObject({ value: 'hello' });
    const wrong = { ...digest, hex: sha256('other') };
    await expect(read(`${base}/a`, { digest: wrong })).rejects.toMatchObject({ code: 'truncated' });
  });

  test('is asked for again when the vendor is busy, as soon as it says', async () => {
    answer = (_, response) => {
      if (asked < 3) response.writeHead(asked === 1 ? 503 : 429, { 'retry-after': '0' }).end();
      else response.end('at last');
    };
    expect(await read(`${base}/a`)).toMatchObject({ value: 'at last' });
    expect(asked).toBe(3);
  });
});

describe('is refused', () => {
  test.each([
    [
      'a vendor that stays away',
      (_: unknown, response) => response.writeHead(503).end(),
      'unreachable',
      /answered 503/,
      3,
    ],
    [
      'a document that is not there',
      (_, response) => response.writeHead(404).end(),
      'unknownDocument',
      /no document/,
      1,
    ],
    [
      'a redirect loop',
      (request, response) => response.writeHead(302, { location: String(request.url) }).end(),
      'forbidden',
      /redirects more than 5 times/,
      6,
    ],
    [
      'a redirect out of https',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1/a' }).end(),
      'forbidden',
      /only https/,
      1,
    ],
    ['more than may be', (_, response) => response.end('x'.repeat(2000)), 'oversize', /larger than 1000 bytes/, 1],
    [
      'more than may be, once unpacked',
      (_, response) => response.end(gzipSync('x'.repeat(1_000_000))),
      'oversize',
      /larger than 1000 bytes/,
      1,
    ],
    [
      'half of what was packed',
      (_, response) => response.end(gzipSync('hello'.repeat(100)).subarray(0, 20)),
      'truncated',
      /no whole packed document/,
      3,
    ],
    [
      'an answer that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': 500 });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      },
      'unreachable',
      /cannot be read/,
      3,
    ],
    ['silence', () => undefined, 'unreachable', /cannot be read/, 3],
  ] as [string, RequestListener, string, RegExp, number][])('%s', async (_, vendorAnswer, code, message, times) => {
    answer = vendorAnswer;
    const failure = await read(`${base}/a`, {}, { timeoutMs: 300 }).catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(asked).toBe(times);
  });

  test('a certificate that nobody vouches for', async () => {
    const { ca: _, ...stranger } = fetching;
    await expect(fetchDocument(stranger, `${base}/a`, {}, (chunks) => readCapped(chunks, 10))).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/certificate/),
    });
    expect(asked).toBe(0);
  });

  test.each([
    ['by its number', () => base],
    ['by its name', () => base.replace('127.0.0.1', 'localhost')],
  ])('a private address, %s', async (_, place) => {
    await expect(read(`${place()}/a`, {}, { allowPrivate: false })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/not a public address/),
    });
    expect(asked).toBe(0);
  });
});
