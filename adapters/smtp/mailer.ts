// Mail over SMTP. The HTML part is the escaped text: nothing that a vendor or a machine is called can become markup.

import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { Mail, MailPort } from '../../ports/mail.js';

export interface MailerOptions {
  /** `smtp://host:port` or `smtps://user:password@host:port`. */
  url: string;
  from: string;
}

export function createMailer({ url, from }: MailerOptions): MailPort & { close(): void } {
  const transport = createTransport({ url, connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 15_000 });
  return {
    async send(mail: Mail): Promise<void> {
      await transport.sendMail({
        from,
        to: mail.to,
        subject: oneLine(mail.subject),
        text: mail.text,
        html: `<pre style="font-family:sans-serif;white-space:pre-wrap">${escapeHtml(mail.text)}</pre>`,
        messageId: `<${createHash('sha256').update(mail.occasion).digest('hex').slice(0, 32)}@patchline>`,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    close: () => transport.close(),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
