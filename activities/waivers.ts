// What happens to a waiver by itself: it is asked for, reminded of, ended. Nothing prolongs one (I5, I10).

import {
  excuses,
  forbiddenTiersOf,
  waivedWords,
  waiverMoment,
  type PatchWaiver,
  type WaiverMoment,
  type WaiverStatus,
} from '../domain/patchWaiver.js';
import { approversOf } from './concerned.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';

export interface AttendedWaiver {
  status: WaiverStatus;
  patchId: string;
  category: string;
  /** `KB5070884 for web-prd-01` */
  about: string;
  /** It stood, and has ended: the patch is due again. */
  reopened: boolean;
  /** ISO instant; null: nothing more happens by itself. */
  nextAt: string | null;
}

/** Whoever ends one for whom there is no person. */
const itself = 'Patchline';

export function createWaiverActivities(ports: Ports) {
  const { patchWaivers } = ports.inventory;

  async function required(waiverId: string): Promise<PatchWaiver> {
    const waiver = await patchWaivers.waiver(waiverId);
    if (waiver === null) throw givenUp(`waiver ${waiverId} is not in the inventory`);
    return waiver;
  }

  return {
    /** Does what is due now; asked again, it tells nobody twice and ends nothing twice. */
    async attendWaiver({ waiverId }: { waiverId: string }): Promise<AttendedWaiver> {
      const waiver = await attend(await required(waiverId));
      const { status, patchId, category, decidedBy } = waiver;
      const { nextAt } = waiverMoment(waiver, ports.clock.now());
      const reopened = decidedBy !== null && (status === 'expired' || status === 'revoked');
      return { status, patchId, category, about: aboutOf(waiver), reopened, nextAt };
    },

    /** For safety, beside the timers: whatever stands or is asked for has one, and what is due is done. */
    async sweepWaivers(): Promise<{ attended: number }> {
      const open = await patchWaivers.waivers({ statuses: ['asked', 'approved'] });
      for (const waiver of open) {
        const after = await attend(waiver);
        await ports.engine.startWaiver(waiver.waiverId, after.status !== waiver.status);
      }
      return { attended: open.length };
    },
  };

  async function attend(waiver: PatchWaiver): Promise<PatchWaiver> {
    if (waiver.status === 'approved') {
      const forbidden = await forbiddenNow(waiver);
      if (forbidden !== null) return end(waiver, 'revoked', forbidden);
      await tellRevised(waiver);
    }
    const { due } = waiverMoment(waiver, ports.clock.now());
    if (due === null) {
      if (waiver.status === 'approved') await tellApproved(waiver);
      // Told once, by whoever comes first: the one that ended it may have died before it told.
      else if (waiver.status !== 'replaced') await tellEnd(waiver);
      return waiver;
    }
    if (due.kind === 'unanswered') return end(waiver, 'expired', `nobody approved it until ${waiver.askedUntil}`);
    if (due.kind === 'over') return end(waiver, 'expired', `it was granted until ${waiver.until}`);
    await tellMoment(waiver, due);
    return waiver;
  }

  async function end(waiver: PatchWaiver, status: 'expired' | 'revoked', reason: string): Promise<PatchWaiver> {
    const word = { status, by: itself, reason, at: ports.clock.now() };
    const ended = (await patchWaivers.end(waiver.waiverId, word, () => []))?.waiver ?? waiver;
    await tellEnd(ended);
    return ended;
  }

  /** A deadline may have moved into a tier of which policy lets nobody waive anything, or policy has changed. */
  async function forbiddenNow({ patchId, category, vmId }: PatchWaiver): Promise<string | null> {
    const { patchWaivers: policy } = await ports.policy.current();
    if (policy.forbiddenTiers.length === 0) return null;
    const vmIds = vmId === null ? {} : { vmIds: [vmId] };
    const rows = await ports.inventory.due.rows({ patchIds: [patchId], category, ...vmIds, now: ports.clock.now() });
    const [problem] = forbiddenTiersOf(
      rows.map((row) => row.tier),
      policy,
    );
    return problem ?? null;
  }

  async function tellRevised(waiver: PatchWaiver): Promise<void> {
    const revised = await ports.inventory.revisions.newest([waiver.patchId], 'content');
    const revisedAt = revised.get(waiver.patchId) ?? null;
    if (excuses(waiver, revisedAt)) return;
    await tell(waiver, `revised/${revisedAt ?? ''}`, `Waiver to be renewed: ${aboutOf(waiver)} was revised`, [
      `The vendor changed its content at ${revisedAt ?? 'no time'}: the waiver excuses it no longer, and the patch is missing.`,
      'Nothing is installed while the waiver stands. Renew it, or revoke it and have the new content decided on.',
      `patchline waiver renew ${waiver.waiverId} --until … --reason …`,
    ]);
  }

  async function tellApproved(waiver: PatchWaiver): Promise<void> {
    await tell(waiver, 'approved', `Waiver approved: ${aboutOf(waiver)} until ${waiver.until}`, [
      `${waiver.decidedBy ?? ''}: ${waiver.justification ?? ''}`,
      `Meanwhile: ${waiver.control}`,
    ]);
  }

  async function tellMoment(waiver: PatchWaiver, { kind, at }: WaiverMoment): Promise<void> {
    const about = aboutOf(waiver);
    const decide = `patchline waiver approve ${waiver.waiverId} --justification …`;
    const renew = `It is never prolonged by itself: patchline waiver renew ${waiver.waiverId} --until … --reason …`;
    switch (kind) {
      case 'askedFor':
      case 'askedAgain':
        return tell(waiver, kind, `${kind === 'askedFor' ? '' : 'Reminder: '}Waiver asked for: ${about}`, [
          `${waiver.requestedBy} asks to do without it until ${waiver.until}: ${waiver.reason}`,
          `Meanwhile: ${waiver.control}`,
          `Decide by ${waiver.askedUntil}; silence waives nothing: ${decide}`,
        ]);
      case 'endsInAWeek':
      case 'endsInADay':
        return tell(waiver, kind, `Waiver ends ${kind === 'endsInADay' ? 'in a day' : 'in a week'}: ${about}`, [
          `${about} is ${waivedWords(waiver)}`,
          `From ${waiver.until} on it is due again.`,
          renew,
        ]);
      case 'unanswered':
      case 'over':
        throw new Error(`the waiver ends at ${at}, which is told by its end`);
    }
  }

  async function tellEnd(waiver: PatchWaiver): Promise<void> {
    const { status, endedBy, endReason, decidedBy, justification } = waiver;
    const about = aboutOf(waiver);
    if (status === 'rejected')
      return tell(waiver, status, `Waiver rejected: ${about}`, [`${decidedBy ?? ''}: ${justification ?? ''}`]);
    const stood = decidedBy !== null;
    await tell(waiver, status, `Waiver ${status}: ${about}${stood ? ' is due again' : ''}`, [
      `${endedBy ?? ''}: ${endReason ?? ''}`,
      ...(stood ? ['What protected it meanwhile may end: it is asked about and decided on as any other patch.'] : []),
    ]);
  }

  /** The owner, whoever asked for it, and those who decide for the category. */
  async function tell(waiver: PatchWaiver, occasion: string, subject: string, lines: string[]): Promise<void> {
    const people = new Map((await ports.policy.people()).map((person) => [person.name, person.mail]));
    const mails = [waiver.owner, waiver.requestedBy].flatMap(
      (who) => people.get(who) ?? (who.includes('@') ? who : []),
    );
    await ports.notices.tell({
      kind: 'waiver',
      urgency: 'routine',
      occasion: `${waiver.waiverId}/waiver/${occasion}`,
      to: [...new Set([...mails, ...(await approversOf(ports, [waiver.category], null))])],
      subject,
      lines: [...lines, `patchline waiver show ${waiver.waiverId}`],
      patchId: waiver.patchId,
      category: waiver.category,
    });
  }
}

function aboutOf({ patchId, vmName, category }: PatchWaiver): string {
  return `${patchId} for ${vmName ?? category}`;
}
