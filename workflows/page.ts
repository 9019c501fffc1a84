// A page: told, repeated, escalated, until somebody acknowledges it or everybody has been told. Never without an end (I10).

import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { acknowledgedSignal } from './messages.js';
import { records } from './proxies.js';

export interface PageResult {
  acknowledgedBy: string | null;
  rounds: number;
}

export async function page({ noticeId }: { noticeId: string }): Promise<PageResult> {
  let hints = 0;
  setHandler(acknowledgedSignal, () => {
    hints += 1;
  });

  const { subject, rounds } = await records.planPage({ noticeId });
  for (const { round, step, reason, waitSeconds } of rounds) {
    const seen = hints;
    const told = await records.tellRound({ noticeId, round, step, reason });
    setCurrentDetails(`Round ${round + 1} of ${rounds.length}, ${reason}: ${subject}`);
    const by = told.acknowledgedBy ?? (await acknowledgedWithin(noticeId, waitSeconds, seen, () => hints));
    if (by !== null) {
      setCurrentDetails(`Acknowledged by ${by}: ${subject}`);
      return { acknowledgedBy: by, rounds: round + 1 };
    }
  }
  setCurrentDetails(`Nobody has acknowledged: ${subject}`);
  return { acknowledgedBy: null, rounds: rounds.length };
}

/** The row says whether somebody has acknowledged; the signal only wakes, and one that means nothing shortens no wait. */
async function acknowledgedWithin(
  noticeId: string,
  seconds: number,
  before: number,
  hints: () => number,
): Promise<string | null> {
  const end = Date.now() + seconds * 1000;
  let seen = before;
  for (let left = seconds * 1000; left > 0; left = end - Date.now()) {
    if (!(await condition(() => hints() > seen, left))) return null;
    seen = hints();
    const { acknowledgedBy } = await records.pageAcknowledgement({ noticeId });
    if (acknowledgedBy !== null) return acknowledgedBy;
  }
  return null;
}
