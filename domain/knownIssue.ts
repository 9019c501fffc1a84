// Known issues of a patch: which of them hold it in production, and whose word lets it go on. Unwinding is never held (I2).

import { closed, open, type Verdict } from './verdict.js';

export interface KnownIssue {
  issueId: string;
  patchId: string;
  /** `vendor`: the vendor's own flag; `manual`: a person wrote it down. */
  source: 'vendor' | 'manual';
  text: string;
  url: string | null;
  /** `inform` is shown and never holds. */
  effect: 'hold' | 'inform';
  openedBy: string;
  openedAt: string;
  closedBy: string | null;
  closedAt: string | null;
  outcome: string | null;
}

/** Somebody who decides for a category lets a patch go on there in spite of one of its known issues. */
export interface Acceptance {
  issueId: string;
  category: string;
  by: string;
  reason: string;
  at: string;
}

export interface KnownIssuePolicy {
  /** Whose known issues hold a patch. */
  hold: 'vendor' | 'manual' | 'both' | 'none';
}

export interface HoldFacts {
  issues: KnownIssue[];
  /** Ids of those that were accepted for the category. */
  accepted: string[];
  /** Ids of those that the standing approval was shown: who approved knew of them. */
  shown: string[];
}

/** Closed while a known issue holds the patch for a category. */
export function holdVerdict({ issues, accepted, shown }: HoldFacts, policy: KnownIssuePolicy): Verdict {
  const holding = issues.filter(
    (issue) => holds(issue, policy) && !accepted.includes(issue.issueId) && !shown.includes(issue.issueId),
  );
  return holding.length === 0 ? open : closed(...holding.map((issue) => `known issue: ${toldIssue(issue)}`));
}

/** Whether this issue may hold anything at all. */
export function holds({ closedAt, effect, source }: KnownIssue, { hold }: KnownIssuePolicy): boolean {
  return closedAt === null && effect === 'hold' && (hold === 'both' || hold === source);
}

export function toldIssue({ text, url, source, openedBy, openedAt }: KnownIssue): string {
  const who = source === 'vendor' ? `the vendor, ${openedBy}` : openedBy;
  return `${text}${url === null ? '' : ` (${url})`}, said ${who} at ${openedAt}`;
}

/** What the vendor's flag says: it comes without any text of its own. */
export const vendorIssueText = 'the vendor names a known issue of this patch';

/** Why this person may not accept it for a category whose approvers have `approverRole`; null when they may (I6). */
export function acceptanceProblem(
  issue: Pick<KnownIssue, 'closedAt' | 'openedBy' | 'closedBy'>,
  person: { name: string; roles: string[] },
  approverRole: string,
): string | null {
  if (issue.closedAt !== null) return `it was closed by ${issue.closedBy ?? 'somebody'} and holds nothing any more`;
  if (issue.openedBy === person.name) return `${person.name} opened it: somebody else who decides has to accept it`;
  if (!person.roles.includes(approverRole)) return `${person.name} lacks the role ${approverRole}`;
  return null;
}
