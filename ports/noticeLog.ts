// The outbox and log of notices: what was told, to whom, by which way, and how each delivery stands.

import type { DeliveryState, NoticeKind, Preferences, RoundReason, Urgency } from '../domain/notice.js';
import type { AfterAttempt } from '../domain/noticeRetry.js';
import type { Recipient } from '../domain/noticeRouting.js';

/** `unacknowledged`: everybody was told and nobody has acknowledged yet; a late acknowledgement still counts. */
export type PageState = 'open' | 'acknowledged' | 'unacknowledged';

export interface ToldNotice {
  noticeId: string;
  occasion: string;
  kind: NoticeKind;
  urgency: Urgency;
  subject: string;
  lines: string[];
  /** Those whom it concerns, as mail addresses. */
  concerned: string[];
  left: { recipient: string; why: string }[];
  patchId: string | null;
  category: string | null;
  toldAt: string;
  pageState: PageState | null;
  acknowledgedBy: string | null;
  acknowledgedAt: string | null;
  acknowledgement: string | null;
  exhaustedAt: string | null;
}

export interface Delivery extends Recipient {
  deliveryId: string;
  noticeId: string;
  round: number;
  reason: RoundReason;
  state: DeliveryState;
  digest: string | null;
  attempts: number;
  /** Null once it is closed. */
  nextAttemptAt: string | null;
  attemptedAt: string | null;
  answer: string | null;
  problem: string | null;
  toldAt: string;
  closedAt: string | null;
}

/** A delivery to be: `heldUntil` puts it into the digest at the end of quiet hours. */
export interface NewDelivery extends Recipient {
  heldUntil: string | null;
  problem: string | null;
}

export interface Claimed {
  deliveries: Delivery[];
  /** Of the same order and number. */
  notices: ToldNotice[];
}

export type NoticeListEntry = Delivery & {
  notice: Pick<
    ToldNotice,
    | 'occasion'
    | 'kind'
    | 'urgency'
    | 'subject'
    | 'patchId'
    | 'category'
    | 'pageState'
    | 'acknowledgedBy'
    | 'acknowledgedAt'
    | 'exhaustedAt'
  >;
};

export interface NoticeFilter {
  noticeId?: string;
  recipients?: string[];
  patchId?: string;
  kind?: NoticeKind;
  /** Undeliverable, failing and being tried again, or pages that nobody acknowledged. */
  problems?: boolean;
  pages?: boolean;
  /** Delivery that a page before ended with. */
  after?: string;
  limit: number;
}

export interface NoticeStanding {
  /** Not delivered by its last attempt, and tried again. */
  failing: number;
  /** In the last seven days. */
  undeliverable: number;
  openPages: number;
  unacknowledgedPages: number;
  problems: { subject: string; problem: string; seenAt: string }[];
}

export interface NoticeStore {
  /** One transaction with the audit log. The same occasion again changes nothing; `open`: something of it is still to be delivered. */
  tell(
    notice: Pick<
      ToldNotice,
      'occasion' | 'kind' | 'urgency' | 'subject' | 'lines' | 'concerned' | 'left' | 'patchId' | 'category'
    >,
    deliveries: NewDelivery[],
    at: string,
  ): Promise<{ noticeId: string; isNew: boolean; open: boolean }>;
  notice(noticeId: string): Promise<ToldNotice | null>;
  /** When these occasions were told; those that never were are left out. */
  told(occasions: string[]): Promise<Map<string, string>>;
  /** Deliveries of one round that are still open, and when the next of them is due. */
  due(noticeId: string, round: number, at: string): Promise<{ due: Delivery[]; nextAt: string | null }>;
  /**
   * Takes a delivery that is due for one attempt, with whatever else its digest holds; null when it is closed, not due yet, or another attempt
   * is under way. An attempt that never answered may be repeated after `staleSeconds`.
   */
  claim(deliveryId: string, at: string, staleSeconds: number): Promise<Claimed | null>;
  /** What came of the attempt; only of deliveries that are being sent. */
  attempted(deliveryIds: string[], after: AfterAttempt, at: string): Promise<void>;
  /** Undeliverable ones of a notice and round. */
  undeliverable(noticeId: string, round: number): Promise<Delivery[]>;
  /** Undeliverable ones are tried anew, by a person's order. */
  retry(noticeId: string, by: string, at: string): Promise<number>;
  /** A further round of a page, unless it was acknowledged; `last`: from here on it is unacknowledged. */
  tellRound(
    noticeId: string,
    round: { round: number; reason: RoundReason; last: boolean },
    recipients: NewDelivery[],
    at: string,
  ): Promise<{ acknowledgedBy: string | null }>;
  /** The first acknowledgement stands; further rounds that are still to be delivered are skipped. */
  acknowledge(
    noticeId: string,
    acknowledgement: { by: string; note: string; at: string },
  ): Promise<{ first: boolean; notice: ToldNotice } | 'unknown' | 'notAPage'>;
  /** Notices and rounds whose deliveries are overdue, and pages that are open: somebody's workflow may have died. */
  unattended(overdueSince: string): Promise<{ deliveries: { noticeId: string; round: number }[]; pages: string[] }>;
  /** Newest first. */
  list(filter: NoticeFilter): Promise<NoticeListEntry[]>;
  standing(since: string): Promise<NoticeStanding>;
  saveProblems(problems: { subject: string; problem: string }[], at: string): Promise<void>;
  preferences(): Promise<Map<string, Preferences & { setAt: string }>>;
  /** Null takes all back. */
  prefer(person: string, preferences: Preferences | null, at: string): Promise<void>;
}
