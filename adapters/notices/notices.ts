// Notices by mail.

import type { MailPort } from '../../ports/mail.js';
import type { NoticePort } from '../../ports/notices.js';

export function createNotices({ mail }: { mail: MailPort }): NoticePort {
  return {
    async tell({ to, subject, lines, occasion }) {
      if (to.length > 0) await mail.send({ to, subject, text: lines.join('\n'), occasion });
    },
  };
}
