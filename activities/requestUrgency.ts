// What a request for a decision shows of urgency, and how it is told: deadline, tier, reason, forensics, and which rings come too late.

import type { DecisionSubject } from '../domain/decision.js';
import { factOf, mostUrgent } from '../domain/due.js';
import { missedWords, outlookOf, requestUrgency, type Outlook, type RequestUrgency } from '../domain/urgency.js';
import type { Vm } from '../domain/vm.js';
import { dueNow } from './judging.js';
import { windowAfter } from './openings.js';
import type { Ports } from './ports.js';

/** From the facts as they stand: what is stored may be an hour old. */
export async function urgencyShown(
  ports: Ports,
  subject: DecisionSubject,
  machines: Vm[],
): Promise<RequestUrgency | null> {
  const now = ports.clock.now();
  const rows = await dueNow(ports, subject.patchId, machines);
  const openings = await openingsOf(ports, subject.windowRule, now);
  const rings: Outlook[] = subject.rings
    .filter((ring) => ring.vmIds.length > 0)
    .map(({ name, vmIds }) => {
      const mine = mostUrgent(rows.filter((row) => vmIds.includes(row.vmId)));
      return outlookOf(name, mine?.deadline ?? null, openings.next().value ?? null);
    });
  return requestUrgency(rows, rings, now);
}

/** The windows to come, one after another: each ring waits for a later one. None where policy has no such window. */
async function openingsOf(ports: Ports, windowRule: string, now: string): Promise<Iterator<string, null>> {
  const { windows } = await ports.policy.current();
  const rule = windows.find((one) => one.id === windowRule);
  let after = now;
  return {
    next() {
      const window = rule === undefined ? null : windowAfter(ports, rule, after);
      if (window === null) return { done: true, value: null };
      after = window.planAt;
      return { done: false, value: window.opensAt };
    },
  };
}

/** ` (P0, due 2026-06-14T00:00:00.000Z)`, for a subject. */
export function dueWords(urgency: RequestUrgency | null): string {
  return urgency === null ? '' : ` (${urgency.tier}, due ${urgency.deadline ?? 'at no date'})`;
}

export function urgencyLines(urgency: RequestUrgency | null): string[] {
  if (urgency === null) return [];
  const { deadline, tier, forensics, estimated, overdue, rings } = urgency;
  return [
    `Due ${deadline ?? 'at no date'}, ${tier}, because of ${factOf(urgency)}; the clock began ${urgency.clockBegan ?? 'never'}.`,
    ...(overdue === 0 ? [] : [`OVERDUE on ${overdue} machines.`]),
    ...(forensics ? ['A compromise is looked for on each machine before it is patched.'] : []),
    ...(estimated.length === 0 ? [] : [`Assumed, since nobody said: ${estimated.join(', ')}.`]),
    ...rings.flatMap((ring) => {
      const words = missedWords(ring);
      return words === null ? [] : [`Ring ${ring.name} ${words}.`];
    }),
    '',
  ];
}
