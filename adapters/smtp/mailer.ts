// Mail over SMTP: one message to one recipient, and what the server answered.

import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { isLoopbackAddress } from '../network/addresses.js';

export interface Mail {
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Becomes the Message-ID: an attempt that is repeated after a crash sends the same message, which a mailbox shows once. */
  key: string;
  /** What it belongs to: messages of the same stand together. */
  thread: string | null;
  isUrgent: boolean;
}

export interface Mailer {
  /** What the server answered; throws nodemailer's errors. */
  send(mail: Mail): Promise<string>;
  close(): void;
}

export interface MailerOptions {
  /** `smtp://host:port` (STARTTLS where offered) or `smtps://user:password@host:port`. */
  url: string;
  /** PEM of certificates to trust besides the system's. */
  ca?: string;
}

export function createMailer({ url, ca }: MailerOptions): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(mustBeSecret(url) ? { requireTLS: true } : {}),
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  return {
    async send({ from, to, subject, text, html, key, thread, isUrgent }) {
      const sent = await transport.sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: messageId(key),
        ...(thread === null ? {} : { references: messageId(thread) }),
        ...(isUrgent ? { priority: 'high' as const } : {}),
        // Nobody's absence notice answers it: RFC 3834.
        headers: { 'auto-submitted': 'auto-generated' },
      });
      return sent.response;
    },
    close: () => transport.close(),
  };
}

/** A password never goes out in clear because somebody on the way left out the server's offer of TLS. */
function mustBeSecret(url: string): boolean {
  const { protocol, password, hostname } = new URL(url);
  return protocol === 'smtp:' && password !== '' && !isLoopbackAddress(hostname) && hostname !== 'localhost';
}

function messageId(key: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@patchline>`;
}
