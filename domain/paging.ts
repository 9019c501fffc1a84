// The rounds of a page: told, repeated, escalated step by step, and in the end told to everybody. Never without an end (I10).

import type { NoticePolicy, RoundReason } from './notice.js';

export interface PageRound {
  round: number;
  /** Of the escalation; null: everybody. */
  step: number | null;
  reason: RoundReason;
  /** How long an acknowledgement is waited for before the next round. */
  waitSeconds: number;
}

/** Round 0 is what was told at once: to those whom it concerns and to the first step. Steps that reach nobody are left out. */
export function pageRounds(steps: { step: number; reaches: number }[], pages: NoticePolicy['pages']): PageRound[] {
  const { repeatMinutes, escalateMinutes } = pages;
  const filled = steps.filter(({ step, reaches }) => step === 0 || reaches > 0);
  const rounds: PageRound[] = [];
  for (const { step } of filled.length === 0 ? [{ step: 0 }] : filled) {
    for (let minutes = 0; minutes < escalateMinutes; minutes += repeatMinutes) {
      const waitSeconds = Math.min(repeatMinutes, escalateMinutes - minutes) * 60;
      const reason = minutes > 0 ? 'repeated' : step === 0 ? 'told' : 'escalated';
      rounds.push({ round: rounds.length, step, reason, waitSeconds });
    }
  }
  return [...rounds, { round: rounds.length, step: null, reason: 'unacknowledged', waitSeconds: 0 }];
}
