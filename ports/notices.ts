// Telling people. What is told, to whom and why is decided by whoever calls; how it reaches each of them is the adapter's.

import type { NoticeKind, Urgency } from '../domain/notice.js';

export type { NoticeKind };

export interface Notice {
  kind: NoticeKind;
  /** Stable per occasion: told again by a retried activity, it reaches each person once. */
  occasion: string;
  /** Policy may say otherwise for its kind. */
  urgency: Urgency;
  /** Whom it concerns, as mail addresses: of people whom policy knows, or of owners. Policy may add others. */
  to: string[];
  subject: string;
  /** Plain text, a line each. Texts of vendors and machines may be in it as they are: the adapter escapes. */
  lines: string[];
  patchId: string | null;
  category: string | null;
}

export interface NoticePort {
  /** Written down at once, delivered by a workflow of its own; told again with the same occasion, nothing is new. */
  tell(notice: Notice): Promise<void>;
}
