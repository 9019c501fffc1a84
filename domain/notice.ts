// What people are told of, by which ways, and what policy and they themselves say about it.

export const noticeKinds = [
  'patchAnnounced',
  'patchRevised',
  'patchSuperseded',
  'decisionNeeded',
  'decisionReminder',
  'approvedByRule',
  'testInconclusive',
  'checklist',
  'restorationAsked',
  'isolation',
  'approvalWithdrawn',
  'knownIssue',
  'waiver',
  'emergency',
  'twin',
  'unknownNeeded',
  'deadlineMoved',
  'deadlineInDanger',
  'overdue',
  'maintenanceAhead',
  'maintenanceStarted',
  'maintenanceEnded',
  'runDidNotStart',
  'halted',
  'channelFailing',
  'alarm',
  'noticeUndeliverable',
  'test',
] as const;

export type NoticeKind = (typeof noticeKinds)[number];

/** `page`: cannot wait for morning; it is repeated and escalated until somebody acknowledges it. */
export type Urgency = 'routine' | 'page';

export const ways = ['mail', 'teams', 'slack', 'webhook'] as const;
export type Way = (typeof ways)[number];

/** `held`: for the digest at the end of quiet hours; `skipped`: a later round of a page that somebody acknowledged meanwhile. */
export const deliveryStates = ['waiting', 'held', 'sending', 'delivered', 'undeliverable', 'skipped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Why a round of a page was told. Everything that is no page has one round, `told`. */
export type RoundReason = 'told' | 'repeated' | 'escalated' | 'unacknowledged';

/** Local times, `HH:MM`; an end that is not after the start is on the next day. */
export interface QuietHours {
  zone: string;
  from: string;
  until: string;
}

/** A webhook. Its address and its key are secrets: policy only names them. */
export interface NoticeTarget {
  name: string;
  way: Exclude<Way, 'mail'>;
  /** `NAME` of `PATCHLINE_SECRET_NAME`, which holds the address. */
  secret: string;
  /** `NAME` of the secret that holds the key of signatures; only of the way `webhook`, which must have one. */
  signingSecret: string | null;
  /** It may lie in this network, or on this machine (then without TLS too). */
  allowPrivate: boolean;
  /** Who alone may choose it as an own way; null: a team's. */
  person: string | null;
}

/** Beyond those whom a notice concerns: who else hears of it, and how urgent it is. */
export interface NoticeRule {
  id: string;
  /** Empty: every kind. */
  kinds: NoticeKind[];
  /** Empty: every category, and what belongs to none. */
  categories: string[];
  /** Whether those whom it concerns are told; a page always tells them. */
  concerned: boolean;
  /** Those who decide for the notice's category. */
  approvers: boolean;
  roles: string[];
  people: string[];
  targets: string[];
  urgency: Urgency | null;
}

export interface EscalationStep {
  /** Those whom the notice concerns. */
  concerned: boolean;
  roles: string[];
  people: string[];
  targets: string[];
}

export interface NoticePolicy {
  /** Of routine notices to people who set none themselves; null: never quiet. */
  quietHours: QuietHours | null;
  /** Kinds that nobody can switch off. */
  mandatory: NoticeKind[];
  rules: NoticeRule[];
  targets: NoticeTarget[];
  pages: {
    repeatMinutes: number;
    escalateMinutes: number;
    /** The first that names the category counts, else the first that names none. */
    escalation: { categories: string[]; steps: EscalationStep[] }[];
  };
  delivery: { attemptsMax: number; firstRetrySeconds: number; retryMinutesMax: number };
  /** How many days before a maintenance its owners hear of it. */
  aheadDays: number[];
  /** How often what is due is looked for. Read when a worker starts. */
  lookEveryMinutes: number;
}

/** What a person wants. Nothing said means as policy has it. */
export interface Preferences {
  /** By kind: `mail` and names of own targets; none of them: not told. */
  ways: Partial<Record<NoticeKind, string[]>>;
  /** `none`: never quiet, whatever policy says. */
  quietHours: QuietHours | 'none' | null;
}

export function deliveryWorkflowId(noticeId: string, round: number): string {
  return `notice/${noticeId}/${round}`;
}

export function pageWorkflowId(noticeId: string): string {
  return `page/${noticeId}`;
}
