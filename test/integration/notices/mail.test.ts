// A real mail server with TLS and authentication receives exactly what was sent; what it refuses is told apart by what it says.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createDelivery } from '../../../adapters/notices/delivery.js';
import { createMailer, type Mailer } from '../../../adapters/smtp/mailer.js';
import type { DeliveryPort } from '../../../ports/delivery.js';
import type { PolicyPort } from '../../../ports/policy.js';
import { openCertificate, type Certificate } from '../../../simulator/certificate.js';
import { claimed, hostile, noticePolicy, riley } from '../../support/notices.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

interface Received {
  mail: ParsedMail;
  raw: string;
  from: string;
  to: string[];
  secure: boolean;
  user: string | undefined;
}

let certificate: Certificate;
let ca: string;
const closes: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  certificate = await openCertificate(await temporaryFolder());
  ca = await readFile(certificate.caFile, 'utf8');
});
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});
afterAll(removeTemporaryFolders);

/** Takes mail from `patchline` with the password `right`, over TLS alone. `rcpt`: what it says of a recipient, null takes it. */
async function startServer(
  options: SMTPServerOptions & { rcpt?: (address: string) => number | null; data?: () => number | null } = {},
): Promise<{ port: number; received: Received[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const refusal = (code: number) => Object.assign(new Error(`said ${code}`), { responseCode: code });
  const { rcpt, data, ...rest } = options;
  const server = new SMTPServer({
    key: certificate.key,
    cert: certificate.cert,
    authMethods: ['PLAIN'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'patchline' && password === 'right'
        ? done(null, { user: username })
        : done(Object.assign(new Error('wrong user or password'), { responseCode: 535 })),
    onRcptTo({ address }, _session, done) {
      const code = rcpt?.(address) ?? null;
      done(code === null ? undefined : refusal(code));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const code = data?.() ?? null;
        if (code !== null) return done(refusal(code));
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        void simpleParser(raw).then((mail) => {
          received.push({
            mail,
            raw: raw.toString('utf8'),
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map((one) => one.address),
            secure: session.secure,
            user: session.user as string | undefined,
          });
          done(null, 'taken');
        });
      });
    },
    ...rest,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  closes.push(close);
  return { port, received, close };
}

function deliveryBy(url: string, trusted: string | undefined = ca): DeliveryPort {
  const mailer: Mailer = createMailer({ url, ...(trusted === undefined ? {} : { ca: trusted }) });
  closes.push(() => mailer.close());
  const current = async () => ({ mail: { from: 'patchline@patchline.example' }, notices: noticePolicy() });
  const policy = { current } as unknown as PolicyPort;
  const secrets = { secret: async () => null };
  return createDelivery({ policy, mailer, secrets, publicUrl: 'https://patchline.example/' });
}

describe.each([
  ['STARTTLS', 'smtp', {}],
  ['TLS from the start', 'smtps', { secure: true }],
])('with %s and a password', (_, protocol, options) => {
  test('it receives exactly what was sent, as text and as HTML', async () => {
    const server = await startServer(options);
    const delivery = deliveryBy(`${protocol}://patchline:right@127.0.0.1:${server.port}`);
    const held = claimed({
      subject: 'KB5070884 concerns your machines',
      lines: ['Grüße, 3 machines', '<b>need</b> it'],
    });
    expect(await delivery.send(held)).toEqual({ kind: 'delivered', answer: expect.stringMatching(/^250/) });
    const [one, ...more] = server.received;
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      from: 'patchline@patchline.example',
      to: [riley.mail],
      secure: true,
      user: 'patchline',
    });
    expect(one?.mail.subject).toBe('KB5070884 concerns your machines');
    expect(one?.mail.text).toBe(
      'Grüße, 3 machines\n<b>need</b> it\n\n  patchline patch show KB5070884\n  https://patchline.example/patches/KB5070884\n',
    );
    expect(one?.mail.html).toContain('&#60;b&#62;need&#60;/b&#62; it');
    expect(one?.raw).toContain('multipart/alternative');
    expect(one?.mail.headers.get('auto-submitted')).toBe('auto-generated');
  });
});

test('the same delivery again has the same Message-ID, another has another; rounds of a page stand together', async () => {
  const server = await startServer({ secure: true });
  const delivery = deliveryBy(`smtps://patchline:right@127.0.0.1:${server.port}`);
  const page = { kind: 'halted', urgency: 'page', pageState: 'open' } as const;
  await delivery.send(claimed(page));
  await delivery.send(claimed(page));
  await delivery.send(claimed(page, { deliveryId: 'round-1', round: 1, reason: 'repeated' }));
  const [first, again, round] = server.received.map((one) => one.mail);
  expect(again?.messageId).toBe(first?.messageId);
  expect(round?.messageId).not.toBe(first?.messageId);
  expect(round?.references).toEqual(first?.references);
  expect(first?.headers.get('priority')).toBe('high');
});

test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 50), text]))(
  'a title of %s stays text, adds no header and no recipient',
  async (_, text) => {
    const server = await startServer({ secure: true });
    const delivery = deliveryBy(`smtps://patchline:right@127.0.0.1:${server.port}`);
    expect(await delivery.send(claimed({ subject: `About ${text}`, lines: [text] }))).toMatchObject({
      kind: 'delivered',
    });
    const [one] = server.received;
    expect(one?.to).toEqual([riley.mail]);
    expect(one?.mail.bcc).toBeUndefined();
    expect([...(one?.mail.headers.keys() ?? [])].sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(one?.mail.subject?.startsWith('About ')).toBe(true);
    expect(one?.mail.subject).not.toMatch(/[\p{Cc}\u202E]/u);
    const readable =
      text
        .slice(0, 40)
        .replaceAll(/[\p{Cc}\p{Cs}\u202E]+/gu, ' ')
        .split(' ')[0] ?? '';
    expect(one?.mail.text).toContain(readable);
    expect(String(one?.mail.html)).not.toMatch(/<script|<img/i);
  },
);

describe('what goes wrong', () => {
  test('a wrong password is shown as such, and tried again', async () => {
    const server = await startServer({ secure: true });
    const answer = await deliveryBy(`smtps://patchline:wrong@127.0.0.1:${server.port}`).send(claimed());
    expect(answer).toMatchObject({ kind: 'failed', passing: true });
    expect('problem' in answer && answer.problem).toContain('refuses user or password of SMTP_URL');
    expect(server.received).toEqual([]);
  });

  test('a server that is down is tried again, and takes it once it is back', async () => {
    const server = await startServer({ secure: true });
    const delivery = deliveryBy(`smtps://patchline:right@127.0.0.1:${server.port}`);
    await server.close();
    expect(await delivery.send(claimed())).toMatchObject({
      kind: 'failed',
      passing: true,
      problem: expect.stringContaining('ECONNREFUSED'),
    });
    const back = await startServer({ secure: true });
    const again = deliveryBy(`smtps://patchline:right@127.0.0.1:${back.port}`);
    expect(await again.send(claimed())).toMatchObject({ kind: 'delivered' });
  });

  test.each([
    ['a mailbox that is busy', { rcpt: () => 450 }, true],
    ['a user that is not there', { rcpt: () => 550 }, false],
    ['a message that is taken later', { data: () => 451 }, true],
    ['a message that is refused', { data: () => 554 }, false],
  ])('%s', async (_, options, passing) => {
    const server = await startServer({ secure: true, ...options });
    const answer = await deliveryBy(`smtps://patchline:right@127.0.0.1:${server.port}`).send(claimed());
    expect(answer).toMatchObject({ kind: 'failed', passing, problem: expect.stringMatching(/said (4|5)/) });
  });

  test('a certificate that nobody vouches for gets neither password nor mail', async () => {
    let asked = 0;
    const server = await startServer({
      secure: true,
      onAuth: (_auth, _session, done) => {
        asked += 1;
        done(null, { user: 'anybody' });
      },
    });
    const delivery = deliveryBy(`smtps://patchline:right@127.0.0.1:${server.port}`, '');
    expect(await delivery.send(claimed())).toMatchObject({ kind: 'failed', passing: true });
    expect([asked, server.received.length]).toEqual([0, 0]);
  });

  test('a server that suddenly offers no TLS gets neither password nor mail, where TLS is asked for', async () => {
    const server = await startServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const answer = await deliveryBy(`smtp://patchline:right@127.0.0.1:${server.port}?requireTLS=true`).send(claimed());
    expect(answer).toMatchObject({ kind: 'failed', passing: true });
    expect(server.received).toEqual([]);
  });
});
