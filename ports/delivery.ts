// The ways out: mail servers and webhooks. One attempt each; whether there will be another is not theirs to decide.

import type { NoticeTarget } from '../domain/notice.js';
import type { DeliveryAnswer } from '../domain/noticeRetry.js';
import type { Claimed } from './noticeLog.js';

export interface DeliveryPort {
  /** Never throws: what went wrong is the answer. All claimed deliveries have the same recipient and way and become one message. */
  send(claimed: Claimed): Promise<DeliveryAnswer>;
  /** Targets that could not be sent to as they are: a missing secret, an address that is none. */
  problems(targets: NoticeTarget[]): Promise<{ subject: string; problem: string }[]>;
}
