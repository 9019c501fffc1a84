// Ids of notices and deliveries follow from what they are of: told again, they are the same.

import { createHash } from 'node:crypto';
import type { Way } from '../../domain/notice.js';

/** Short enough to be typed by somebody who was woken. */
export function noticeIdOf(occasion: string): string {
  return hash(occasion, 16);
}

export function deliveryIdOf(noticeId: string, way: Way, recipient: string, round: number): string {
  return hash(JSON.stringify([noticeId, way, recipient, round]), 24);
}

function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
