// One attempt to deliver: by mail, or to a webhook whose address is a secret. What went wrong is told with what to do about it.

import type { NoticeTarget } from '../../domain/notice.js';
import type { DeliveryAnswer } from '../../domain/noticeRetry.js';
import type { DeliveryPort } from '../../ports/delivery.js';
import type { Claimed } from '../../ports/noticeLog.js';
import type { PolicyPort } from '../../ports/policy.js';
import type { SecretPort } from '../../ports/secrets.js';
import { AddressRefused } from '../network/addresses.js';
import { post, usableUrl, type PostAnswer } from '../network/post.js';
import type { Mailer } from '../smtp/mailer.js';
import { cut, letterOf, oneLine } from './letter.js';
import { mailOf } from './mail.js';
import { slackMessage } from './slack.js';
import { teamsCard } from './teams.js';
import { signatureOf, webhookBody } from './webhook.js';

export interface DeliveryInput {
  policy: PolicyPort;
  mailer: Mailer;
  secrets: SecretPort;
  /** Where people reach Patchline; null: messages have no link. */
  publicUrl: string | null;
  /** PEM of certificates to trust besides the system's. */
  ca?: string;
  timeoutMs?: number;
}

export function createDelivery(input: DeliveryInput): DeliveryPort {
  const { policy, mailer, secrets, publicUrl } = input;

  async function send(claimed: Claimed): Promise<DeliveryAnswer> {
    const [delivery] = claimed.deliveries;
    if (delivery === undefined) throw new Error('nothing is to be delivered');
    const { mail, notices } = await policy.current();
    if (delivery.way === 'mail') {
      const response = await mailer.send(mailOf(letterOf(claimed, publicUrl), delivery.recipient, mail.from));
      return { kind: 'delivered', answer: shortened(response) };
    }
    const target = notices.targets.find((one) => one.name === delivery.recipient && one.way === delivery.way);
    if (target === undefined)
      return failed(false, `policy has no target ${delivery.recipient} of the way ${delivery.way} any more`);
    return toTarget(target, claimed);
  }

  async function toTarget(target: NoticeTarget, claimed: Claimed): Promise<DeliveryAnswer> {
    const key = claimed.deliveries.map((one) => one.deliveryId).join('.');
    return (await sendBody(target, bodyFor(target, claimed, publicUrl), key)).answer;
  }

  async function sendBody(
    target: Addressed,
    body: string,
    key: string,
  ): Promise<{ answer: DeliveryAnswer; text: string }> {
    const found = await accessOf(target, secrets);
    // Whoever forgot a secret may set it yet: until the attempts are used up it is tried again.
    if ('problem' in found) return { answer: failed(true, found.problem), text: '' };
    const signed =
      found.key === null
        ? {}
        : { 'x-patchline-signature': signatureOf(body, found.key, Math.floor(Date.now() / 1000)) };
    const answer = await post({
      url: found.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Patchline',
        'idempotency-key': cut(key, 200),
        ...signed,
      },
      body,
      allowPrivate: target.allowPrivate,
      timeoutMs: input.timeoutMs ?? 10_000,
      ca: input.ca,
    });
    return { answer: judged(answer), text: answer.text };
  }

  return {
    async send(claimed) {
      try {
        return await send(claimed);
      } catch (failure) {
        return whatWentWrong(failure);
      }
    },

    async sendSigned(target, body, key) {
      try {
        return await sendBody(target, body, key);
      } catch (failure) {
        return { answer: whatWentWrong(failure), text: '' };
      }
    },

    async problems(targets) {
      const found = await Promise.all(
        targets.map(async (target) => ({ target, access: await accessOf(target, secrets) })),
      );
      return found.flatMap(({ target, access }) =>
        'problem' in access ? [{ subject: `target ${target.name}`, problem: access.problem }] : [],
      );
    },
  };
}

type Addressed = Pick<NoticeTarget, 'secret' | 'signingSecret' | 'allowPrivate'>;

async function accessOf(
  { secret, signingSecret, allowPrivate }: Addressed,
  secrets: SecretPort,
): Promise<{ url: URL; key: string | null } | { problem: string }> {
  const address = await secrets.secret(secret);
  if (address === null) return { problem: missing(secret, 'its address') };
  const url = usableUrl(address, { allowPrivate });
  // The address itself is a secret: it is never told.
  if ('problem' in url) return { problem: `PATCHLINE_SECRET_${secret} ${url.problem}` };
  const key = signingSecret === null ? null : await secrets.secret(signingSecret);
  if (signingSecret !== null && key === null) return { problem: missing(signingSecret, 'the key of its signatures') };
  return { url, key };
}

function missing(name: string, what: string): string {
  return `${what} is missing: set PATCHLINE_SECRET_${name}, or PATCHLINE_SECRET_${name}_FILE, where workers run`;
}

function bodyFor({ way }: NoticeTarget, claimed: Claimed, publicUrl: string | null): string {
  switch (way) {
    case 'teams':
      return JSON.stringify(teamsCard(letterOf(claimed, publicUrl)));
    case 'slack':
      return JSON.stringify(slackMessage(letterOf(claimed, publicUrl)));
    case 'webhook':
      return webhookBody(claimed, publicUrl);
  }
}

function judged({ status, text, location, retryAfterSeconds }: PostAnswer): DeliveryAnswer {
  const said = text.trim() === '' ? '' : `: ${shortened(text)}`;
  if (status >= 200 && status < 300) return { kind: 'delivered', answer: `${status}${said}` };
  if (status >= 300 && status < 400)
    return failed(
      false,
      `it answers ${status}, elsewhere${location === null ? '' : ` (${hostOf(location)})`}: redirects are not followed, put the final address into the secret`,
    );
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500;
  return { kind: 'failed', passing: isPassing, problem: `it answers ${status}${said}`, retryAfterSeconds };
}

/** Where a redirect leads, without what may be secret in it. */
function hostOf(location: string): string {
  return URL.canParse(location) ? shortened(new URL(location).host) : 'on the same host';
}

function whatWentWrong(failure: unknown): DeliveryAnswer {
  if (failure instanceof AddressRefused) return failed(false, failure.message);
  if (!(failure instanceof Error)) return failed(true, shortened(String(failure)));
  const { code, responseCode } = failure as Error & { code?: string; responseCode?: number };
  // Where several addresses were tried, the error of all has no message.
  const message = failure.message || code || failure.name;
  if (code === 'EAUTH')
    return failed(true, `the mail server refuses user or password of SMTP_URL: ${shortened(message)}`);
  // A mail server's 5xx about this message or this recipient stays what it is (RFC 5321, section 4.2.1).
  const isFinal = (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500;
  return failed(!isFinal, shortened(message));
}

function failed(passing: boolean, problem: string): DeliveryAnswer {
  return { kind: 'failed', passing, problem, retryAfterSeconds: null };
}

function shortened(text: string): string {
  return cut(oneLine(text), 300);
}
