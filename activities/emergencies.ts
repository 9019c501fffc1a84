// What happens to an emergency by itself: those who may sign are told, it ends, its review is opened, reminded of and told as overdue (I10).

import {
  emergencyMoment,
  isInForce,
  reviewDueAt,
  type Emergency,
  type EmergencyMoment,
  type EmergencyStatus,
} from '../domain/emergency.js';
import { approversOf } from './concerned.js';
import { takeOut } from './emergencyRun.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';

export interface AttendedEmergency {
  status: EmergencyStatus;
  patchId: string;
  category: string;
  /** `KB5070884 for web` */
  about: string;
  words: string;
  /** The patch was taken out of a run that it waited in, or the emergency has just ended: what waits for a decision is looked at again. */
  moved: boolean;
  /** ISO instant; null: nothing more happens by itself. */
  nextAt: string | null;
}

/** Whoever ends one for whom there is no person. */
const itself = 'Patchline';

export function createEmergencyActivities(ports: Ports) {
  const { emergencies, runs } = ports.inventory;

  return {
    /** Does what is due now; asked again, it tells nobody twice and ends nothing twice. */
    async attendEmergency({ emergencyId }: { emergencyId: string }): Promise<AttendedEmergency> {
      const held = await emergencies.emergency(emergencyId);
      if (held === null) throw givenUp(`emergency ${emergencyId} is not in the inventory`);
      const { emergency, moved } = await attend(held);
      const hasEnded = held.status === 'open' && emergency.status === 'ended';
      const { patchId, category, status, reviewDueAt: until, reviewedBy } = emergency;
      const review =
        reviewedBy !== null ? `reviewed by ${reviewedBy}` : until === null ? '' : `to be reviewed until ${until}`;
      const { nextAt } = emergencyMoment(emergency, ports.clock.now());
      const words = [status, review].filter((word) => word !== '').join(', ');
      return {
        status,
        patchId,
        category,
        about: aboutOf(emergency),
        words,
        moved: moved.length > 0 || hasEnded,
        nextAt,
      };
    },

    /** For safety, beside the timers: whatever is open or not reviewed has one, and what is due is done. */
    async sweepEmergencies(): Promise<{ attended: number }> {
      const waiting = await emergencies.emergencies({ reviewed: false });
      for (const { emergencyId } of waiting) await ports.engine.startEmergency(emergencyId, true);
      return { attended: waiting.length };
    },
  };

  async function attend(held: Emergency): Promise<{ emergency: Emergency; moved: string[] }> {
    const at = ports.clock.now();
    const emergency = await withReview(await ended(held, at), at);
    const isOpen = isInForce(emergency, at);
    if (isOpen) await tellSigners(emergency);
    const moved = isOpen ? await takeOut(ports, emergency) : [];
    const { due } = emergencyMoment(emergency, at);
    if (due !== null && due.kind !== 'expired') await tellReview(emergency, due);
    return { emergency, moved };
  }

  async function ended(held: Emergency, at: string): Promise<Emergency> {
    if (emergencyMoment(held, at).due?.kind !== 'expired') return held;
    const { emergency: policy } = await ports.policy.current();
    const reason = `it was asked for until ${held.expiresAt}`;
    const end = { by: itself, reason, at, reviewDueAt: reviewDueAt(policy, at) };
    return (await emergencies.end(held.emergencyId, end)) ?? held;
  }

  /** Its review is opened when the first run that went on by it has settled. */
  async function withReview(held: Emergency, at: string): Promise<Emergency> {
    if (held.reviewOpenedAt !== null) return held;
    const uses = await emergencies.uses({ emergencyIds: [held.emergencyId] });
    const used = uses.length === 0 ? [] : await runs.runs({ runKeys: uses.map((use) => use.runKey) });
    const settled = used.find((run) => run.status === 'settled');
    if (settled === undefined) return held;
    const { emergency: policy } = await ports.policy.current();
    const reason = `${settled.runKey} has settled: ${settled.outcome ?? 'unknown'}`;
    const review = { at, reviewDueAt: reviewDueAt(policy, at), reason };
    return (await emergencies.openReview(held.emergencyId, review)) ?? held;
  }

  async function tellSigners(emergency: Emergency): Promise<void> {
    const { emergencyId, wanted, requestedBy, reason, expiresAt } = emergency;
    const policy = (await ports.policy.current()).emergency;
    const signing = wanted.map(
      ({ kind, names }) =>
        `patchline emergency sign ${emergencyId} --${kind}${kind === 'window' ? '' : ` ${names}`} --reason …`,
    );
    const roles = new Set(wanted.flatMap(({ kind }) => policy.overrideRoles[kind]));
    const people = (await ports.policy.people()).filter(
      ({ name, roles: held }) => name !== requestedBy && held.some((role) => roles.has(role)),
    );
    await tell(emergency, {
      occasion: 'asked',
      urgency: 'page',
      to: people.map((person) => person.mail),
      subject: `EMERGENCY: ${aboutOf(emergency)} asked for by ${requestedBy}`,
      lines: [reason, `It ends at ${expiresAt}; what nobody signs opens nothing.`, ...signing],
    });
  }

  async function tellReview(emergency: Emergency, { kind, count }: Exclude<EmergencyMoment, { kind: 'expired' }>) {
    const { emergencyId, reviewDueAt: until } = emergency;
    const about = aboutOf(emergency);
    const heads = {
      reviewAsked: `Emergency to be reviewed: ${about}`,
      reviewReminder: `Reminder: the emergency of ${about} is to be reviewed`,
      reviewOverdue: `OVERDUE: nobody has reviewed the emergency of ${about}`,
    };
    await tell(emergency, {
      occasion: kind === 'reviewOverdue' ? `${kind}-${count}` : kind,
      urgency: kind === 'reviewOverdue' ? 'page' : 'routine',
      to: await approversOf(ports, [emergency.category], null),
      subject: heads[kind],
      lines: [
        `Until ${until ?? ''}, by somebody who neither asked for it, signed nor approved.`,
        `patchline emergency review ${emergencyId} --outcome …`,
      ],
    });
  }

  async function tell(
    emergency: Emergency,
    told: { occasion: string; urgency: 'routine' | 'page'; to: string[]; subject: string; lines: string[] },
  ): Promise<void> {
    const { emergencyId, patchId, category, requestedBy } = emergency;
    const asker = (await ports.policy.people()).filter(({ name }) => name === requestedBy).map(({ mail }) => mail);
    await ports.notices.tell({
      kind: 'emergency',
      urgency: told.urgency,
      occasion: `${emergencyId}/emergency/${told.occasion}`,
      to: [...new Set([...told.to, ...asker])],
      subject: told.subject,
      lines: [...told.lines, `patchline emergency show ${emergencyId}`],
      patchId,
      category,
    });
  }
}

function aboutOf({ patchId, category }: Emergency): string {
  return `${patchId} for ${category}`;
}
