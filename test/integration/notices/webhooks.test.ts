// Webhooks over real HTTPS: what is sent and how it is signed; what the receiver answers decides whether it is tried again.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server } from 'node:https';
import { createServer as createRawServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createDelivery } from '../../../adapters/notices/delivery.js';
import { createSecrets } from '../../../adapters/secrets/secrets.js';
import type { Way } from '../../../domain/notice.js';
import type { DeliveryPort } from '../../../ports/delivery.js';
import type { PolicyPort } from '../../../ports/policy.js';
import { openCertificate, type Certificate } from '../../../simulator/certificate.js';
import { claimed, noticePolicy } from '../../support/notices.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

const key = 'a key of 32 bytes, known to both.';
let certificate: Certificate;
let ca: string;
let folder: string;
let server: Server;
let url: string;
let received: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: (response: ServerResponse) => void;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await temporaryFolder();
  certificate = await openCertificate(folder);
  ca = await readFile(certificate.caFile, 'utf8');
});
afterAll(removeTemporaryFolders);

beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(200).end('ok');
  server = createSecureServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret-part`;
  environment = { PATCHLINE_SECRET_HOOK: url, PATCHLINE_SECRET_KEY: key };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function delivery(
  change: { allowPrivate?: boolean; timeoutMs?: number; way?: Way; trust?: string } = {},
): DeliveryPort {
  const { allowPrivate = true, timeoutMs = 2000, way = 'webhook', trust = ca } = change;
  const target = { name: 'hook', way, secret: 'HOOK', signingSecret: way === 'webhook' ? 'KEY' : null, allowPrivate };
  const current = async () => ({ mail: { from: 'p@patchline.example' }, notices: noticePolicy({ targets: [target] }) });
  return createDelivery({
    policy: { current } as unknown as PolicyPort,
    mailer: { send: async () => '', close: () => {} },
    secrets: createSecrets(environment),
    publicUrl: 'https://patchline.example/',
    ca: trust,
    timeoutMs,
  });
}

const to = (way: Way) => claimed({}, { recipient: 'hook', way });
const send = (change: Parameters<typeof delivery>[0] = {}) => delivery(change).send(to(change.way ?? 'webhook'));

/** What a receiver does: the time first, then the signature over it and the body as it came. */
function isGenuine(header: string, body: string, now: number): boolean {
  const { t = '', v1 = '' } = Object.fromEntries(header.split(',').map((part) => part.split('=') as [string, string]));
  if (Math.abs(now - Number(t)) > 300) return false;
  const mac = createHmac('sha256', key).update(`${t}.${body}`).digest();
  const claimedMac = Buffer.from(v1, 'hex');
  return claimedMac.length === mac.length && timingSafeEqual(claimedMac, mac);
}

describe('what is sent', () => {
  test('a program gets a signed body, its time and a key against repetition', async () => {
    expect(await send()).toEqual({ kind: 'delivered', answer: '200: ok' });
    await send();
    const [one, again] = received;
    expect(one?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(one?.body ?? '')).toMatchObject({ version: 1, notices: [{ kind: 'patchAnnounced' }] });
    const signature = String(one?.headers['x-patchline-signature']);
    const now = Math.floor(Date.now() / 1000);
    expect(isGenuine(signature, one?.body ?? '', now)).toBe(true);
    expect(isGenuine(signature, `${one?.body} `, now)).toBe(false);
    expect(isGenuine(signature, one?.body ?? '', now + 3600)).toBe(false);
    expect(again?.headers['idempotency-key']).toBe(one?.headers['idempotency-key']);
  });

  test('Teams gets an Adaptive Card in a message', async () => {
    answer = (response) => response.writeHead(202).end();
    expect(await send({ way: 'teams' })).toEqual({ kind: 'delivered', answer: '202' });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            type: 'AdaptiveCard',
            version: '1.4',
            actions: [{ type: 'Action.OpenUrl', url: 'https://patchline.example/patches/KB5070884' }],
          },
        },
      ],
    });
    expect(received[0]?.headers['x-patchline-signature']).toBeUndefined();
  });

  test('Slack gets blocks and the text of its notification', async () => {
    expect(await send({ way: 'slack' })).toMatchObject({ kind: 'delivered' });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      text: 'KB5070884 concerns your machines',
      blocks: expect.arrayContaining([
        { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: expect.any(String) } },
      ]),
    });
  });
});

describe('what is answered', () => {
  test.each([
    ['too many', 429, { 'retry-after': '120' }, true, 120, 'it answers 429: wait'],
    ['too many, with a date', 429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }, true, 60, '429'],
    ['a broken receiver', 500, {}, true, null, 'it answers 500: wait'],
    ['one that is starting', 503, { 'retry-after': 'soon' }, true, null, '503'],
    ['a channel that is gone', 410, {}, false, null, '410'],
    ['a payload that it refuses', 400, {}, false, null, '400'],
    ['an address without its secret', 403, {}, false, null, '403'],
  ])('%s', async (_, status, headers, passing, seconds, words) => {
    answer = (response) => response.writeHead(status, headers).end('wait\r\n<b>a bit</b>');
    const said = await send();
    expect(said).toMatchObject({ kind: 'failed', passing, problem: expect.stringContaining(words) });
    const waits = 'retryAfterSeconds' in said ? said.retryAfterSeconds : undefined;
    if (seconds === null) expect(waits).toBeNull();
    else expect(Math.abs((waits ?? 0) - seconds)).toBeLessThan(5);
  });

  test.each([301, 302, 307, 308])('a redirect (%i) is not followed, and says so', async (status) => {
    answer = (response) => response.writeHead(status, { location: 'https://elsewhere.example/steal?secret=1' }).end();
    const said = await send();
    expect(said).toMatchObject({ kind: 'failed', passing: false });
    expect('problem' in said && said.problem).toContain('(elsewhere.example)');
    expect(JSON.stringify(said)).not.toContain('secret=1');
    expect(received).toHaveLength(1);
  });

  test('one that never answers is given up after its time, and tried again', async () => {
    answer = () => {};
    const begun = Date.now();
    expect(await send({ timeoutMs: 300 })).toMatchObject({
      kind: 'failed',
      passing: true,
      problem: expect.stringContaining('no answer'),
    });
    expect(Date.now() - begun).toBeLessThan(2000);
  });

  test('one that drips for ever is given up after its time', async () => {
    answer = (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    };
    expect(await send({ timeoutMs: 400 })).toMatchObject({ kind: 'failed', passing: true });
  });

  test('a flood is read to its limit alone', async () => {
    answer = (response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('y'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    };
    const said = await send();
    expect(said).toMatchObject({ kind: 'delivered' });
    expect(JSON.stringify(said).length).toBeLessThan(500);
  });

  test('garbage instead of HTTP is tried again', async () => {
    const garbage = createRawServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('\u0000\u0001 not HTTP\r\n\r\n'),
    );
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    environment['PATCHLINE_SECRET_HOOK'] = `http://127.0.0.1:${(garbage.address() as AddressInfo).port}/`;
    expect(await send()).toMatchObject({ kind: 'failed', passing: true });
    await new Promise((resolve) => garbage.close(resolve));
  });
});

describe('where it is sent', () => {
  test('a private address only where policy allows it for the target', async () => {
    expect(await send({ allowPrivate: false })).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('is not a public address'),
    });
    environment['PATCHLINE_SECRET_HOOK'] = url.replace('127.0.0.1', 'localhost');
    expect(await send({ allowPrivate: false })).toMatchObject({ kind: 'failed', passing: false });
    expect(received).toEqual([]);
  });

  test.each(['http://hooks.example/x', 'ftp://hooks.example/x', 'not an address', 'http://169.254.169.254/metadata'])(
    '%s is never asked',
    async (address) => {
      environment['PATCHLINE_SECRET_HOOK'] = address;
      expect(await send()).toMatchObject({ kind: 'failed', problem: expect.stringContaining('PATCHLINE_SECRET_HOOK') });
    },
  );

  test('without TLS only to this machine, where policy allows private addresses', async () => {
    const plain = createServer((_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    environment['PATCHLINE_SECRET_HOOK'] = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
    expect(await send()).toMatchObject({ kind: 'delivered' });
    expect(await send({ allowPrivate: false })).toMatchObject({ kind: 'failed' });
    plain.closeAllConnections();
    await new Promise((resolve) => plain.close(resolve));
  });

  test('a certificate that nobody vouches for gets nothing', async () => {
    expect(await send({ trust: '' })).toMatchObject({ kind: 'failed', passing: true });
    expect(received).toEqual([]);
  });
});

describe('secrets', () => {
  test('a missing one is told by its name, to be set where workers run; nothing crashes', async () => {
    delete environment['PATCHLINE_SECRET_KEY'];
    expect(await send()).toMatchObject({
      kind: 'failed',
      passing: true,
      problem: expect.stringContaining('set PATCHLINE_SECRET_KEY, or PATCHLINE_SECRET_KEY_FILE'),
    });
    const { targets } = noticePolicy({
      targets: [{ name: 'hook', way: 'webhook', secret: 'GONE', signingSecret: 'KEY' }],
    });
    expect(await delivery().problems(targets)).toEqual([
      { subject: 'target hook', problem: expect.stringContaining('its address is missing: set PATCHLINE_SECRET_GONE') },
    ]);
  });

  test('one may lie in a file, and is read anew when it changes', async () => {
    const file = join(folder, 'hook-url');
    environment = { PATCHLINE_SECRET_HOOK_FILE: file, PATCHLINE_SECRET_KEY: key };
    expect(await send()).toMatchObject({ kind: 'failed', passing: true });
    await writeFile(file, `${url}\n`);
    expect(await send()).toMatchObject({ kind: 'delivered' });
  });

  test('none is told: neither the address nor the key', async () => {
    for (const status of [200, 400, 500]) {
      answer = (response) => response.writeHead(status).end('no');
      expect(JSON.stringify(await send())).not.toContain('secret-part');
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const said = await send();
    expect(said).toMatchObject({ kind: 'failed', passing: true });
    expect(JSON.stringify(said)).not.toMatch(/secret-part|a key of/);
  });

  test('a target that policy no longer has is told as such', async () => {
    expect(await delivery().send(claimed({}, { recipient: 'gone', way: 'teams' }))).toMatchObject({
      kind: 'failed',
      passing: false,
      problem: expect.stringContaining('no target gone'),
    });
  });
});
