// Telling people. What is told, to whom and why is decided by whoever calls; how it reaches each of them is the adapter's.

export type NoticeKind =
  | 'patchAnnounced'
  | 'patchRevised'
  | 'patchSuperseded'
  | 'decisionNeeded'
  | 'decisionReminder'
  | 'restorationAsked'
  | 'knownIssue'
  | 'unknownNeeded'
  | 'deadlineMoved'
  | 'deadlineInDanger'
  | 'overdue'
  | 'maintenanceAhead'
  | 'maintenanceStarted'
  | 'maintenanceEnded'
  | 'runDidNotStart'
  | 'halted'
  | 'channelFailing'
  | 'alarm';

export interface Notice {
  kind: NoticeKind;
  /** Stable per occasion: told again by a retried activity, it reaches each person once. */
  occasion: string;
  /** `page`: cannot wait for morning; it is repeated and escalated until somebody acknowledges it. */
  urgency: 'routine' | 'page';
  /** Mail addresses: of people whom policy knows, or of owners. An empty list tells nobody. */
  to: string[];
  subject: string;
  /** Plain text, a line each. Texts of vendors and machines may be in it as they are: the adapter escapes. */
  lines: string[];
  patchId: string | null;
  category: string | null;
}

export interface NoticePort {
  tell(notice: Notice): Promise<void>;
}
