// Messages that nobody may send: noted each, refused, and those who decide are woken. Anybody with write access to the engine can send anything.

import { canonical } from '../domain/canonical.js';
import { tellApprovers } from './concerned.js';
import type { Ports } from './ports.js';

export interface Forged {
  patchId: string;
  category: string;
  received: unknown;
  reason: string;
  /** Whom it claimed to come from; null: nobody. */
  by: string | null;
}

const shownLengthMax = 500;

/** Once for each content in the log; what stands in a refused decision's own row is not told there again. */
export async function noteForged(ports: Ports, { patchId, category, received, reason }: Forged): Promise<void> {
  const text = canonical(received);
  await ports.inventory.events.append({
    key: `message/refused/${patchId}/${category}/${ports.digests.sha256(`${reason}/${text}`)}`,
    at: ports.clock.now(),
    who: 'unknown',
    what: `refused: ${reason}`,
    why: text.slice(0, shownLengthMax),
    patchId,
    vmId: null,
    runKey: null,
  });
}

/** What has not even the shape of a word, or comes to another rollout: noted, and those who decide are woken. `nothing`: what is answered else. */
export async function refuseForged<T extends object>(
  ports: Ports,
  input: Omit<Forged, 'by' | 'reason'>,
  reason: string,
  nothing: T,
): Promise<T & { accepted: false; requestId: null; reasons: string[] }> {
  await noteForged(ports, { ...input, reason, by: null });
  await alarmOfForged(ports, { ...input, reason, by: null });
  return { ...nothing, accepted: false, requestId: null, reasons: [reason] };
}

/** One page an hour and rollout: a flood wakes nobody a thousand times, and everything is in the log. */
export async function alarmOfForged(ports: Ports, { patchId, category, reason, by }: Forged): Promise<void> {
  await tellApprovers(ports, {
    kind: 'alarm',
    patchId,
    category,
    subject: `ALARM: a forged message for ${patchId} in ${category} was refused`,
    lines: [
      `${reason}.`,
      ...(by === null ? [] : [`It claimed to come from ${by}.`]),
      'Somebody has access to the engine. More of them within this hour are only noted: patchline audit list.',
    ],
    occasion: `message/${patchId}/${category}/${ports.clock.now().slice(0, 13)}/alarm`,
  });
}
