// Telling: who is reached is decided, written into the outbox with the audit log, and a workflow is started that delivers.
// Rows decide, the workflow is only started: whoever dies in between is made good for by the next look at what is unattended.

import type { Preferences } from '../../domain/notice.js';
import { routeNotice, type Recipient, type Routed, type RoutingFacts } from '../../domain/noticeRouting.js';
import type { Clock } from '../../ports/clock.js';
import type { EnginePort } from '../../ports/engine.js';
import type { NewDelivery, NoticeStore } from '../../ports/noticeLog.js';
import type { Notice, NoticePort } from '../../ports/notices.js';
import type { PolicyPort } from '../../ports/policy.js';
import { quietUntil } from './quietHours.js';

export interface NoticesInput {
  store: NoticeStore;
  policy: PolicyPort;
  engine: Pick<EnginePort, 'startDelivery' | 'startPage'>;
  clock: Clock;
}

export function createNotices({ store, policy, engine, clock }: NoticesInput): NoticePort {
  async function facts(): Promise<RoutingFacts> {
    const { notices, categories } = await policy.current();
    const preferences: ReadonlyMap<string, Preferences> = await store.preferences();
    return { notices, categories, people: await policy.people(), preferences };
  }

  return {
    async tell(notice) {
      const { occasion, kind, lines, patchId, category } = notice;
      const at = clock.now();
      const known = await facts();
      const { urgency, routed, left } = routeNotice(notice, known);
      const [subject, concerned] = [oneLine(notice.subject), notice.to.map(oneLine)];
      const isNeeded = urgency === 'page' || known.notices.mandatory.includes(kind);
      const { noticeId, open } = await store.tell(
        { occasion, kind, urgency, subject, lines, concerned, left, patchId, category },
        reached(notice, routed, isNeeded, at),
        at,
      );
      if (open) await engine.startDelivery(noticeId, 0);
      if (urgency === 'page') await engine.startPage(noticeId);
    },
  };
}

/** What must reach somebody and reaches nobody is a problem that is shown. */
function reached(notice: Notice, routed: Routed[], isNeeded: boolean, at: string): NewDelivery[] {
  if (routed.length === 0 && isNeeded) {
    const problem = `nobody is to be told of ${notice.kind}: give somebody the role, or name people in the notices of policy`;
    return [{ recipient: 'nobody', way: 'mail', heldUntil: null, problem }];
  }
  return routed.map(({ recipient, way, quietHours, problem }) => ({
    ...cleaned({ recipient, way }),
    heldUntil: quietHours === null ? null : quietUntil(quietHours, at),
    problem,
  }));
}

function cleaned({ recipient, way }: Recipient): Recipient {
  return { recipient: oneLine(recipient), way };
}

/** No control character and no half of a surrogate pair: in a header, and in a database, it would be more than text. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, 500);
}
