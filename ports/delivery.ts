// The ways out: mail servers and webhooks. One attempt each; whether there will be another is not theirs to decide.

import type { NoticeTarget } from '../domain/notice.js';
import type { DeliveryAnswer } from '../domain/noticeRetry.js';
import type { Claimed } from './noticeLog.js';

/** A webhook whose address and key are the secrets of these names. */
export type SignedTarget = Pick<NoticeTarget, 'name' | 'secret' | 'allowPrivate'> & { signingSecret: string };

export interface DeliveryPort {
  /** Never throws: what went wrong is the answer. All claimed deliveries have the same recipient and way and become one message. */
  send(claimed: Claimed): Promise<DeliveryAnswer>;
  /** A signed JSON body to a program, with a key against repetition; `text`: what it answered, bounded. Never throws. */
  sendSigned(target: SignedTarget, body: string, key: string): Promise<{ answer: DeliveryAnswer; text: string }>;
  /** Targets that could not be sent to as they are: a missing secret, an address that is none. */
  problems(
    targets: Pick<NoticeTarget, 'name' | 'secret' | 'signingSecret' | 'allowPrivate'>[],
  ): Promise<{ subject: string; problem: string }[]>;
}
