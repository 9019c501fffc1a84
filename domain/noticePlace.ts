// Where in the console a notice leads: to the page on which whoever reads it can act, and else to the notice itself.

import type { NoticeKind, Urgency } from './notice.js';
import { ownPath } from './signIn.js';

export interface PlacedNotice {
  noticeId: string;
  kind: NoticeKind;
  urgency: Urgency;
  patchId: string | null;
  category: string | null;
}

const tabs: Partial<Record<NoticeKind, string>> = {
  testInconclusive: 'tests',
  checklist: 'tests',
  isolation: 'tests',
  waiver: 'waivers',
  halted: 'decisions',
  emergency: 'decisions',
  approvedByRule: 'decisions',
  approvalWithdrawn: 'decisions',
};

/** A path of the console, which sign-in returns to. A page leads to itself: that is where it is acknowledged. */
export function placeOf(notice: PlacedNotice): string {
  const itself = `/notices/${encodeURIComponent(notice.noticeId)}`;
  // A patch may be called anything: what sign-in would not return to is no link.
  return notice.urgency === 'page' ? itself : (ownPath(actingPlace(notice) ?? itself) ?? itself);
}

/** Where its subject is acted on; null: nowhere but on the notice itself. */
export function actingPlace({
  kind,
  patchId,
  category,
}: Pick<PlacedNotice, 'kind' | 'patchId' | 'category'>): string | null {
  if (kind === 'channelFailing') return '/channels';
  if ((kind === 'decisionNeeded' || kind === 'decisionReminder') && category !== null)
    return `/decide/${encodeURIComponent(category)}${patchId === null ? '' : `?patch=${encodeURIComponent(patchId)}`}`;
  if (patchId === null) return null;
  const tab = tabs[kind];
  return `/patches/${encodeURIComponent(patchId)}${tab === undefined ? '' : `?tab=${tab}`}`;
}
