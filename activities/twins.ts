// The life of a twin beside its building: those who decide are asked, nobody's silence approves it, and it is told how it ends (I5, I10).

import { openTwinStatuses, type Twin, type TwinStatus } from '../domain/twin.js';
import { approversOf } from './concerned.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';

export interface TwinInput {
  twinId: string;
}

export interface TwinBrief {
  status: TwinStatus;
  /** `web-prd-01-twin-3fa2c1 of web-prd-01` */
  about: string;
  name: string;
  source: { vmId: string; name: string };
  /** Null: the inventory does not know it yet. */
  vmId: string | null;
  expiresAt: string;
  retiresAt: string | null;
  retireAskedBy: string | null;
  /** Nothing of it is left, or nothing more is done about it. */
  ended: boolean;
}

export async function requiredTwin({ inventory }: Pick<Ports, 'inventory'>, twinId: string): Promise<Twin> {
  const twin = await inventory.twins.twin(twinId);
  if (twin === null) throw givenUp(`twin ${twinId} is not in the inventory`);
  return twin;
}

/** Whoever does what no person did. */
const itself = 'Patchline';

export function createTwinActivities(ports: Ports) {
  const { twins } = ports.inventory;

  return {
    async describeTwin({ twinId }: TwinInput): Promise<TwinBrief> {
      const twin = await requiredTwin(ports, twinId);
      const { subject, status, vmId, expiresAt, retiresAt, retireAskedBy, endedAt } = twin;
      return {
        status,
        about: aboutOf(twin),
        name: subject.name,
        source: { vmId: subject.source.vmId, name: subject.source.name },
        vmId,
        expiresAt,
        retiresAt,
        retireAskedBy,
        ended: endedAt !== null,
      };
    },

    /** Those who decide for the category hear of it; whoever proposed it does not decide. */
    async askForTwin({ twinId }: TwinInput): Promise<void> {
      const twin = await requiredTwin(ports, twinId);
      const { subject, proposedBy, expiresAt } = twin;
      const proposer = await mailOf(proposedBy);
      const approvers = (await approversOf(ports, [subject.category], null)).filter((mail) => !proposer.includes(mail));
      await tell(twin, 'asked', approvers, `A twin of ${subject.source.name}?`, [
        ...describe(twin),
        `Decide until ${expiresAt}: patchline twin approve ${twinId} --reason …, or twin refuse. Without a decision nothing is built.`,
      ]);
    },

    async expireTwin({ twinId }: TwinInput): Promise<void> {
      const { expiresAt } = await requiredTwin(ports, twinId);
      const at = ports.clock.now();
      const set = { status: 'expired' as const, endedAt: at };
      const why = `nobody decided until ${expiresAt}`;
      await twins.move(twinId, ['proposed'], set, { at, who: itself, what: 'expired', why });
    },

    /** Once failed it is removed; `alarm`: somebody has to look at once. */
    async failTwin({ twinId, reason, alarm }: TwinInput & { reason: string; alarm: boolean }): Promise<void> {
      const at = ports.clock.now();
      const set = { status: 'failed' as const, detail: reason };
      const told = { at, who: itself, what: 'failed', why: reason };
      const twin = await twins.move(twinId, ['approved', 'building'], set, told);
      const lines = [reason, 'Whatever was made of it is removed.'];
      await tell(twin, 'failed', await concerned(twin), `The twin ${aboutOf(twin)} failed`, lines, alarm);
    },

    /** `problem`: what is left at Azure, for somebody to remove. Null: nothing of ours is. */
    async settleTwinRemoval({ twinId, problem }: TwinInput & { problem: string | null }): Promise<void> {
      const at = ports.clock.now();
      const held = await requiredTwin(ports, twinId);
      if (held.endedAt !== null) return;
      const why = problem ?? held.retireReason ?? (held.status === 'failed' ? held.detail : 'its life is over');
      const status = held.status === 'built' ? (problem === null ? 'retired' : 'failed') : held.status;
      const detail = [held.detail, problem].filter((part) => part !== null && part !== '').join('; ');
      const told = { at, who: itself, what: problem === null ? 'removed' : 'could not be removed', why };
      const twin = await twins.move(twinId, ['built', 'failed'], { status, detail, endedAt: at }, told);
      if (problem === null) return;
      const lines = [problem, `Remove it by hand: it carries the tag patchline-twin=${twinId}.`];
      await tell(twin, 'left', await concerned(twin), `The twin ${aboutOf(twin)} could not be removed`, lines, true);
    },

    async tellTwinBuilt({ twinId }: TwinInput): Promise<void> {
      const twin = await requiredTwin(ports, twinId);
      const { subject, score, standsFor, retiresAt } = twin;
      await tell(twin, 'built', await concerned(twin), `The twin ${aboutOf(twin)} is there`, [
        `It stands for ${machines(standsFor ?? 0)} of ${subject.category}, and scores ${score ?? 'nothing'} against ${subject.source.name}.`,
        `It is removed at ${retiresAt ?? 'no known time'}.`,
      ]);
    },

    /** For safety, beside the timers: whatever is not over has its story. One that has nothing new to read is not woken: it may live for a year. */
    async sweepTwins(): Promise<{ attended: number }> {
      const found = await twins.twins({ statuses: [...openTwinStatuses, 'failed'] });
      const waiting = found.filter((twin) => twin.endedAt === null);
      for (const { twinId, status, retireAskedBy } of waiting)
        await ports.engine.startTwin(twinId, status === 'approved' || retireAskedBy !== null);
      return { attended: waiting.length };
    },
  };

  async function mailOf(...names: (string | null)[]): Promise<string[]> {
    return (await ports.policy.people()).filter(({ name }) => names.includes(name)).map(({ mail }) => mail);
  }

  async function concerned({ proposedBy, decidedBy, retireAskedBy }: Twin): Promise<string[]> {
    return mailOf(proposedBy, decidedBy, retireAskedBy);
  }

  async function tell(
    { twinId, subject }: Twin,
    occasion: string,
    to: string[],
    head: string,
    lines: string[],
    alarm = false,
  ): Promise<void> {
    await ports.notices.tell({
      kind: alarm ? 'alarm' : 'twin',
      urgency: alarm ? 'page' : 'routine',
      occasion: `${twinId}/twin/${occasion}`,
      to: [...new Set(to)],
      subject: head,
      lines: [...lines, `patchline twin show ${twinId}`],
      patchId: null,
      category: subject.category,
    });
  }
}

function aboutOf({ subject }: Pick<Twin, 'subject'>): string {
  return `${subject.name} of ${subject.source.name}`;
}

function machines(count: number): string {
  return count === 1 ? '1 production machine' : `${count} production machines`;
}

function describe({ subject, proposedBy, reason, digest }: Twin): string[] {
  const { source, restorePoint, name, resourceGroup, region, size, lifeDays, standsFor, cautions } = subject;
  return [
    `${proposedBy} proposes a copy of ${source.name} in staging: ${reason}`,
    `From ${restorePoint === null ? 'a restore point that is taken of it' : `its restore point of ${restorePoint.takenAt}`}, called ${name}, in ${resourceGroup} (${region}), ${size}, for ${lifeDays} days.`,
    `It would stand for ${machines(standsFor.length)} that nothing in staging stands for.`,
    ...cautions.map((one) => `Caution: ${one}.`),
    `Digest ${digest}`,
  ];
}
