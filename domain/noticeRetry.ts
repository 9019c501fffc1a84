// What comes after an attempt to deliver a notice: done, another attempt later, or never. Attempts are bounded (I10).

import type { NoticePolicy } from './notice.js';

export type DeliveryAnswer =
  | { kind: 'delivered'; answer: string }
  /** `passing`: a later attempt may succeed. */
  | { kind: 'failed'; passing: boolean; problem: string; retryAfterSeconds: number | null };

export type AfterAttempt =
  | { state: 'delivered'; answer: string }
  | { state: 'waiting'; nextAttemptAt: string; problem: string }
  | { state: 'undeliverable'; problem: string };

/** Whoever asks us to wait longer than this is taken for broken. */
const retryAfterSecondsMax = 24 * 3600;

/** `attempts`: how many there were, this one included. A wait that the receiver asks for is kept, and never shorter than ours. */
export function afterAttempt(
  answer: DeliveryAnswer,
  attempts: number,
  { attemptsMax, firstRetrySeconds, retryMinutesMax }: NoticePolicy['delivery'],
  now: string,
): AfterAttempt {
  if (answer.kind === 'delivered') return { state: 'delivered', answer: answer.answer };
  const { passing, problem, retryAfterSeconds } = answer;
  if (!passing) return { state: 'undeliverable', problem };
  if (attempts >= attemptsMax)
    return {
      state: 'undeliverable',
      problem: attempts === 1 ? problem : `given up after ${attempts} attempts: ${problem}`,
    };
  const ours = Math.min(firstRetrySeconds * 2 ** (attempts - 1), retryMinutesMax * 60);
  const seconds = Math.max(ours, Math.min(retryAfterSeconds ?? 0, retryAfterSecondsMax));
  return { state: 'waiting', nextAttemptAt: new Date(Date.parse(now) + seconds * 1000).toISOString(), problem };
}
