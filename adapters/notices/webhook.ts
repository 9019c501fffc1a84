// Notices for a program: a versioned JSON body, signed so that the receiver knows who sent it and when.

import { createHmac } from 'node:crypto';
import type { Claimed } from '../../ports/noticeLog.js';
import { linkTo } from './letter.js';

/** Version 1. Keys are only ever added; what changes its meaning gets another version. */
export function webhookBody({ deliveries, notices }: Claimed, publicUrl: string | null): string {
  return JSON.stringify({
    version: 1,
    notices: notices.map((notice, index) => ({
      id: notice.noticeId,
      delivery: deliveries[index]?.deliveryId ?? null,
      occasion: notice.occasion,
      kind: notice.kind,
      urgency: notice.urgency,
      round: deliveries[index]?.round ?? 0,
      reason: deliveries[index]?.reason ?? 'told',
      subject: notice.subject,
      lines: notice.lines,
      patchId: notice.patchId,
      category: notice.category,
      toldAt: notice.toldAt,
      link: linkTo(notice, publicUrl),
    })),
    link: publicUrl,
  });
}

/** `t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>" in hex>`: the time is signed too, so an old request cannot pass for a new one. */
export function signatureOf(body: string, key: string, seconds: number): string {
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
